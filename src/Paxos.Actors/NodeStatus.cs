using Paxos.Protocol;

namespace Paxos.Actors;

public enum NodeState
{
    /// <summary>The nodes are finding each other for the first time; nobody votes yet.</summary>
    Forming,

    /// <summary>The node reads what it must not forget.</summary>
    Recovering,

    Running,

    /// <summary>The node is not who the others know: it takes no part. The reason says what to do.</summary>
    Refused,

    /// <summary>What the node must not forget is damaged or unreadable: it takes no part. The reason says what to do.</summary>
    Failed,
}

/// <summary>What a node knows about itself and hears of the others, without asking anyone.</summary>
/// <param name="Incarnation">Null until it is known.</param>
/// <param name="Reason">
/// Why the state is <see cref="NodeState.Refused"/> or <see cref="NodeState.Failed"/>; whom the node waits for while it is
/// <see cref="NodeState.Forming"/>; else null.
/// </param>
public sealed record NodeStatus(
    string Cluster,
    NodeId Node,
    Incarnation? Incarnation,
    NodeState State,
    string? Reason,
    IReadOnlyList<GroupStatus> Groups,
    IReadOnlyList<PeerStatus> Peers);

/// <param name="QuorumConnected">The node hears a quorum of the voters, itself counted where it is one.</param>
public sealed record GroupStatus(
    string Group,
    bool QuorumConnected,
    IReadOnlyList<MemberStatus> Voters,
    IReadOnlyList<MemberStatus> Learners);

/// <param name="Incarnation">Null until the node was heard.</param>
/// <param name="Address">Host and port of its remoting.</param>
/// <param name="Http">Where it serves HTTP, as it announced; null where it does not, or was not heard yet.</param>
public sealed record MemberStatus(NodeId Id, Incarnation? Incarnation, string Address, string? Http);

/// <param name="HeardAgo">How long ago something came from it; null: never since this node started.</param>
public sealed record PeerStatus(NodeId Id, TimeSpan? HeardAgo);
