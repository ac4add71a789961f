namespace Paxos.TestKit.Checking.Moves;

/// <summary>
/// The bound of an exhaustive check of decisions whose voters change: every run within it is looked at. There is one instance. The
/// first voters are a, b, ...; each change takes the first of them out and puts the next letter in.
/// </summary>
public sealed record MoveCheckOptions
{
    /// <summary>How many vote, before and after: 1 to 4.</summary>
    public int Voters { get; init; } = 3;

    /// <summary>How many changes there are, whether or not the one before is complete: 1 or 2.</summary>
    public int Changes { get; init; } = 1;

    /// <summary>1: the change puts nobody in.</summary>
    public int Shrinks { get; init; }

    /// <summary>Proposers of the first epoch, on a, b, ..., each with one ballot there. They go on in the next when their node hears of it.</summary>
    public int OldProposers { get; init; } = 1;

    /// <summary>Proposers that begin in the last epoch, on its last voters, each with one ballot.</summary>
    public int NewProposers { get; init; } = 1;

    /// <summary>1: the last one of them reads, and proposes nothing.</summary>
    public int Readers { get; init; }

    /// <summary>How many times a node crashes and comes back: any node, at any point.</summary>
    public int Crashes { get; init; }

    /// <summary>The quorums of the first epoch; 0: majorities.</summary>
    public int Phase1 { get; init; }

    /// <summary>The check gives up beyond this many states.</summary>
    public int MaxStates { get; init; } = 10_000_000;

    /// <exception cref="ArgumentException">A number is out of its range; the message says which.</exception>
    public void Validate()
    {
        InRange(Voters, 1, 4, "voters");
        InRange(Changes, 1, 2, "changes");
        InRange(Shrinks, 0, Voters > Changes ? 1 : 0, "for shrinking");
        InRange(OldProposers, 0, Voters, "old proposers");
        InRange(NewProposers, 0, 2, "new proposers");
        InRange(Readers, 0, NewProposers, "readers, each a new proposer");
        InRange(Crashes, 0, 9, "crashes");
        InRange(Phase1, 0, Voters, "nodes in a phase-1 quorum");
        InRange(MaxStates, 1, 500_000_000, "states at most");
    }

    private static void InRange(int number, int least, int most, string what)
    {
        if (number < least || number > most)
            throw new ArgumentException($"The exhaustive check of changing voters takes {least} to {most} {what}, not {number}.");
    }
}
