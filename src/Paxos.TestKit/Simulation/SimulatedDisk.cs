namespace Paxos.TestKit.Simulation;

/// <summary>How long a node's writes take, and whether they fail.</summary>
internal sealed class SimulatedDisk(SimulatedNode node, LogSimulation world)
{
    public const string Event = "an event";
    public const string Snapshot = "a snapshot";

    private long slowUntilUs;
    private long fullUntilUs;
    private bool failsOnce;

    /// <summary>How many events are durable, or were: each has a number.</summary>
    public ulong Written { get; set; }

    /// <summary>In the words of <see cref="Marks"/>.</summary>
    public static string Mark(string what) => $"{what} could not be written";

    public void SlowDown(long us) => slowUntilUs = world.Schedule.NowUs + us;

    /// <summary>At least one write fails, and all for so long.</summary>
    public void Fail(long us)
    {
        failsOnce = true;
        fullUntilUs = world.Schedule.NowUs + us;
    }

    public void Heal() => (slowUntilUs, fullUntilUs, failsOnce) = (0, 0, false);

    public long DrawWriteUs() =>
        world.Schedule.NowUs < slowUntilUs ? world.Random.Next(5_000, 100_000)
        : world.Network.IsBad && world.Random.NextDouble() < world.Options.SlowWrites ? world.Random.Next(1_000, 100_000)
        : world.Random.Next(50, 1_000);

    /// <summary>A write comes to its end: does it fail?</summary>
    public bool Fails(string what)
    {
        if (!failsOnce && world.Schedule.NowUs >= fullUntilUs)
            return false;
        failsOnce = false;
        world.Trace($"fault: {node.Id} could not write {what}");
        world.Marks.Hit(Mark(what));
        return true;
    }
}
