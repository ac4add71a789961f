namespace Paxos.TestKit.Simulation;

/// <summary>What came of a simulated run. The same seed and options give the same run.</summary>
/// <param name="Broken">The first broken invariant: the run ends there. Null: all held.</param>
/// <param name="Sometimes">How often each rare thing happened: what never happened was not tested.</param>
/// <param name="Slots">How long the log became.</param>
/// <param name="Steps">How many things happened: a message that arrived, a write that was done, a timer, a fault.</param>
/// <param name="Faults">Those that came: the run's end may have been before the last that was planned.</param>
/// <param name="Trace">A line an event where that was asked for.</param>
public sealed record SimulationResult(
    int Seed,
    BrokenLogInvariant? Broken,
    IReadOnlyDictionary<string, int> Sometimes,
    ulong Slots,
    long Steps,
    IReadOnlyList<PlannedFault> Faults,
    IReadOnlyList<string> Trace)
{
    public override string ToString() => Broken is null ? $"seed {Seed}: {Slots} slots" : $"seed {Seed}: {Broken}";
}
