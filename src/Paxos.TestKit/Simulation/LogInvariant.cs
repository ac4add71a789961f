namespace Paxos.TestKit.Simulation;

/// <summary>What must hold of a replicated log in every state that a run can reach. Each is a check with this name.</summary>
public enum LogInvariant
{
    /// <summary>No two learners ever learn different entries for one slot, and nobody says that another is chosen.</summary>
    Agreement,

    /// <summary>What is chosen was proposed by someone, or is the no-op.</summary>
    Validity,

    /// <summary>An acceptor that promised ballot b never again accepts below b, across any crash.</summary>
    Promise,

    /// <summary>No two different entries are ever accepted at the same (slot, ballot).</summary>
    OneValueABallot,

    /// <summary>Once a quorum accepted (slot, b, v), every Accept at (slot, b' above b) carries v.</summary>
    ChosenStaysChosen,

    /// <summary>A proposer that restarts never issues a ballot that it issued before.</summary>
    BallotsAreNotReused,

    /// <summary>Each learner applies slots 1, 2, 3, ... with no gap and none twice; the state after slot n is the same on every node.</summary>
    Prefix,

    /// <summary>What anyone says is chosen is in a quorum of journals.</summary>
    AcknowledgedIsDurable,

    /// <summary>A confirmed read sees everything that was learned before it was asked; the clients' history of each register has a linearization.</summary>
    Linearizable,

    /// <summary>What was refused is never proposed, and no copy of a command is proposed twice.</summary>
    RefusedIsNotProposed,

    /// <summary>No command reaches the machine twice; what was told to be done was, and what was told not to be done was not.</summary>
    ExactlyOnce,

    /// <summary>No session and no register ends before its time, by a clock that no node has.</summary>
    NothingEndsEarly,

    /// <summary>From one batch to the next no more of the log's time passes than of real time.</summary>
    TimeIsNotAhead,

    /// <summary>A node with an old copy of its disk listens to nobody, where the others remember; and no member refuses that has its own.</summary>
    RefusesRightly,

    /// <summary>When the last fault is over, what is asked for is done within a bound, and every node has it.</summary>
    Progress,
}

/// <param name="What">Which nodes, slots, ballots and entries broke it.</param>
public sealed record BrokenLogInvariant(LogInvariant Invariant, string What) : Breach(What)
{
    public override string ToString() => $"{Invariant} is broken: {What}";
}
