using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>Which role of a node takes which message of the log: one table for every host.</summary>
public static class Takers
{
    /// <summary>Null: none, but the node's client.</summary>
    /// <param name="isOwn">A role of this same node says it.</param>
    /// <param name="hasAcceptor">Of the node that takes it.</param>
    public static Role? Of(Message message, bool isOwn, bool hasAcceptor) => message switch
    {
        Prepare or Accept or Confirm or Fetch or Trim or Observe => Role.Acceptor,
        // An acceptor hands on what it has, and says what it misses: nobody else is asked for that before.
        Chosen => hasAcceptor ? Role.Acceptor : Role.Learner,
        Entries => hasAcceptor && !isOwn ? Role.Acceptor : Role.Learner,
        Missing or LogIsRead or Kept or Trimmed or FetchSnapshot or SnapshotChunk or WhenApplied => Role.Learner,
        Refused or ReadConfirmed or LeaderIs => null,
        _ => Role.Proposer,
    };
}
