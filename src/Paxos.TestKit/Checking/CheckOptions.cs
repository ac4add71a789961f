namespace Paxos.TestKit.Checking;

/// <summary>The bound of an exhaustive check: every run within it is looked at.</summary>
public sealed record CheckOptions
{
    public const int MaxAcceptors = 5;

    /// <summary>1 to <see cref="MaxAcceptors"/>.</summary>
    public int Acceptors { get; init; } = 3;

    /// <summary>Each proposes a value of its own, on a node that has an acceptor too.</summary>
    public int Proposers { get; init; } = 2;

    /// <summary>How many ballots each proposer and each reader may issue, whatever crashes in between. 1 or more.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>How many times a role crashes and comes back: any role, at any point.</summary>
    public int Crashes { get; init; } = 1;

    /// <summary>Proposers that read, on nodes that have an acceptor too.</summary>
    public int Readers { get; init; }

    /// <summary>Nodes without a vote, which are told what is chosen or ask for it.</summary>
    public int Learners { get; init; }

    /// <summary>The check gives up beyond this many states: about 60 bytes of memory each.</summary>
    public int MaxStates { get; init; } = 20_000_000;

    /// <exception cref="ArgumentException">A number is out of its range; the message says which.</exception>
    public void Validate()
    {
        InRange(Acceptors, 1, MaxAcceptors, "acceptors");
        InRange(Proposers, 0, Acceptors, "proposers");
        InRange(Readers, 0, Acceptors - Proposers, "readers, each on a node with an acceptor and without a proposer");
        InRange(Proposers + Readers, 1, Acceptors, "proposers and readers");
        InRange(Rounds, 1, 5, "rounds");
        InRange(Crashes, 0, 9, "crashes");
        InRange(Learners, 0, 3, "learners");
        InRange(MaxStates, 1, 500_000_000, "states at most");
    }

    private static void InRange(int number, int least, int most, string what)
    {
        if (number < least || number > most)
            throw new ArgumentException($"The exhaustive check takes {least} to {most} {what}, not {number}.");
    }

    public override string ToString()
    {
        (int Number, string What)[] parts =
            [(Acceptors, "acceptor"), (Proposers, "proposer"), (Readers, "reader"), (Learners, "learner"), (Crashes, "crash")];
        var who = parts.Where(part => part.Number > 0).Select(part => Count(part.Number, part.What));
        return $"{string.Join(", ", who)}, {Count(Rounds, "round")} each";
    }

    private static string Count(int number, string what) =>
        number == 1 ? $"1 {what}" : what == "crash" ? $"{number} crashes" : $"{number} {what}s";
}
