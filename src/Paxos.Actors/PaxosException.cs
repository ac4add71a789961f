namespace Paxos.Actors;

/// <summary>An operation that did not succeed. The type says whether it may have happened all the same.</summary>
public abstract class PaxosException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Why an operation was certainly not applied.</summary>
public enum NotAppliedReason
{
    /// <summary>A bounded queue was full. Try again later, or slower.</summary>
    Overloaded,

    /// <summary>No quorum of voters answered before the deadline.</summary>
    NoQuorum,

    /// <summary>This node is no member of the cluster, or has been refused: ask another.</summary>
    NotMember,

    /// <summary>The cluster's nodes have not all found each other yet for the first time.</summary>
    Forming,
}

/// <summary>The operation was certainly not applied, and never will be: it may be tried again.</summary>
public sealed class NotAppliedException(NotAppliedReason reason, string message) : PaxosException(message)
{
    public NotAppliedReason Reason { get; } = reason;
}

/// <summary>The deadline passed when the operation was on its way: it may have happened, or may still happen.</summary>
public sealed class OutcomeUnknownException(string message) : PaxosException(message);

/// <summary>A change of the members was certainly not made, and the message says why: one is under way, or it would cost the quorum, or ...</summary>
public sealed class MembershipRefusedException(string message) : PaxosException(message);

/// <summary>The idempotency key was used for another command within the last hour: this one was certainly not applied.</summary>
public sealed class KeyConflictException(string message) : PaxosException(message);

/// <summary>
/// The session in which the command was sent has ended before the command was applied: it was not, and never will be, by
/// this try. The next call is in a new session.
/// </summary>
public sealed class SessionExpiredException(string message) : PaxosException(message);

/// <summary>The command was applied, on every node alike, and the machine threw: this is what it said.</summary>
public sealed class CommandFailedException(string message) : PaxosException(message);

/// <summary>The settings, the data directory or the journal do not allow this node to start. The message says what to do.</summary>
public sealed class PaxosConfigurationException(string message, Exception? inner = null) : PaxosException(message, inner);
