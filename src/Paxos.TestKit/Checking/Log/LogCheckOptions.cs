namespace Paxos.TestKit.Checking.Log;

/// <summary>
/// The bound of an exhaustive check of the log: every run within it is looked at. Nodes a, b, c vote; where there is a change of
/// the configuration there is d as well. What a leader proposes behind the last slot is lost.
/// </summary>
public sealed record LogCheckOptions
{
    /// <summary>Nodes that stand for leader, a first: 1 to 3.</summary>
    public int Proposers { get; init; } = 2;

    /// <summary>How many times each of them stands, whatever crashes in between. 1 or more.</summary>
    public int Ballots { get; init; } = 1;

    /// <summary>Slots of the log. A leader's no-op takes the first free one.</summary>
    public int Slots { get; init; } = 2;

    /// <summary>What each leader is asked to propose, one command a slot, as soon as it is open.</summary>
    public int Commands { get; init; } = 1;

    /// <summary>Slots that a leader has under way.</summary>
    public int Window { get; init; } = 2;

    /// <summary>How many times a node crashes and comes back: any node, at any point.</summary>
    public int Crashes { get; init; } = 1;

    /// <summary>How many times each node writes a snapshot and trims its log, or only writes the snapshot.</summary>
    public int Snapshots { get; init; }

    /// <summary>1: node a, as a leader, asks for the configuration a, b, d; in that it proposes its commands.</summary>
    public int Reconfigurations { get; init; }

    /// <summary>1: promises come in pages of one entry.</summary>
    public int Pages { get; init; }

    /// <summary>1: what a node's proposer and acceptor say to each other takes as long as it likes; else it arrives at once.</summary>
    public int SlowSelf { get; init; }

    /// <summary>The check gives up beyond this many states.</summary>
    public int MaxStates { get; init; } = 10_000_000;

    /// <exception cref="ArgumentException">A number is out of its range; the message says which.</exception>
    public void Validate()
    {
        InRange(Proposers, 1, 3, "proposers");
        InRange(Ballots, 1, 5, "ballots");
        InRange(Slots, 1, 9, "slots");
        InRange(Commands, 0, 9, "commands");
        InRange(Window, 1, 9, "slots under way");
        InRange(Crashes, 0, 9, "crashes");
        InRange(Snapshots, 0, 9, "snapshots");
        InRange(Reconfigurations, 0, 1, "changes of the configuration");
        InRange(Pages, 0, 1, "for pages");
        InRange(SlowSelf, 0, 1, "for slow messages to oneself");
        InRange(MaxStates, 1, 500_000_000, "states at most");
    }

    private static void InRange(int number, int least, int most, string what)
    {
        if (number < least || number > most)
            throw new ArgumentException($"The exhaustive check of the log takes {least} to {most} {what}, not {number}.");
    }
}
