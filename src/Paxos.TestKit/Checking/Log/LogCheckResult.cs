using System.Globalization;

namespace Paxos.TestKit.Checking.Log;

/// <summary>What an exhaustive check of the log found.</summary>
/// <param name="States">The different states visited.</param>
/// <param name="Transitions">The moves tried, whether or not they led to a new state.</param>
/// <param name="Depth">The most moves that any state is away from the first, by the shortest way.</param>
/// <param name="IsComplete">Every state within the bound was visited: there was no violation, and the cap was not hit.</param>
public sealed record LogCheckResult(
    LogCheckOptions Options,
    int States,
    long Transitions,
    int Depth,
    TimeSpan Elapsed,
    bool IsComplete,
    LogViolation? Violation)
{
    /// <summary>A few lines: the figures, and the violation with the way there.</summary>
    public override string ToString() => CheckResult.Describe(
        Options,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{States:N0} states, {Transitions:N0} transitions, depth {Depth}, {Elapsed.TotalSeconds:F1} s"),
        Violation,
        IsComplete,
        Options.MaxStates);
}

/// <summary>An invariant that does not hold, and the shortest way there, move by move.</summary>
public sealed record LogViolation(BrokenInvariant Broken, IReadOnlyList<string> Moves)
{
    public Invariant Invariant => Broken.Invariant;

    public override string ToString() => $"{Broken}\nThe shortest way there:\n{string.Join('\n', Moves)}\n";
}
