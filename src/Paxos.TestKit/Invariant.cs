namespace Paxos.TestKit;

/// <summary>What must hold in every state that a run of the protocol can reach. Each is a check with this name.</summary>
public enum Invariant
{
    /// <summary>No two learners ever learn different values for one instance.</summary>
    Agreement,

    /// <summary>A chosen value was proposed by someone.</summary>
    Validity,

    /// <summary>An acceptor that promised ballot b never again accepts below b, across any crash.</summary>
    Promise,

    /// <summary>No two different values are ever accepted at the same ballot.</summary>
    OneValueABallot,

    /// <summary>Once a quorum accepted (b, v), every Accept at b' above b carries v.</summary>
    ChosenStaysChosen,

    /// <summary>A proposer that restarts never issues a ballot that it issued before.</summary>
    BallotsAreNotReused,

    /// <summary>Each learner applies slots 1, 2, 3, ... with no gap: nothing is let go that is not applied for good.</summary>
    Prefix,

    /// <summary>What a client was told is in a quorum of journals.</summary>
    AcknowledgedIsDurable,

    /// <summary>A read that says "undecided" began before anything was chosen.</summary>
    Linearizable,
}
