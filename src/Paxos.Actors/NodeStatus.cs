using System.Collections.Immutable;
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
    IReadOnlyList<PeerStatus> Peers)
{
    /// <summary>It takes part, and in every group hears a quorum, knows who leads, and serves: calls are answered.</summary>
    public bool IsReady => State == NodeState.Running && Groups.All(group => group is { QuorumConnected: true, Leader: not null, Reason: null });

    /// <summary>What is missing until it is ready, and what to do; null: it is (<see cref="IsReady"/>).</summary>
    public string? Missing => State switch
    {
        NodeState.Running when IsReady => null,
        NodeState.Running when Groups.FirstOrDefault(group => group.Reason is not null) is { Reason: { } reason } => reason,
        NodeState.Running when Groups.All(group => group.QuorumConnected) => $"Node {Node} hears a quorum, and knows of no leader yet.",
        NodeState.Running => $"Node {Node} does not hear a quorum of the voters.",
        NodeState.Forming => $"Node {Node} takes no part yet. {Reason}",
        NodeState.Recovering => $"Node {Node} is reading its journal.",
        _ => Reason ?? $"Node {Node} takes no part.",
    };
}

/// <param name="QuorumConnected">The node hears a quorum of the voters, itself counted where it is one.</param>
public sealed record GroupStatus(
    string Group,
    bool QuorumConnected,
    IReadOnlyList<MemberStatus> Voters,
    IReadOnlyList<MemberStatus> Learners)
{
    /// <summary>The number of the configuration in force here, from 1; 0: none is yet, and the members are those of the settings.</summary>
    public uint Epoch { get; init; }

    /// <summary>The slot of its entry in the log; 0: it is the first.</summary>
    public ulong ConfigurationSlot { get; init; }

    /// <summary>What keeps this node from doing its part in the group, and what to do; null: nothing.</summary>
    public string? Reason { get; init; }

    /// <summary>Who leads the group's log, as far as this node knows; null: nobody that it could reach.</summary>
    public NodeId? Leader { get; init; }

    /// <summary>The leader's ballot, or the highest that this node has heard of.</summary>
    public Ballot Ballot { get; init; }

    /// <summary>Slots up to this one are chosen, as far as this node has heard.</summary>
    public ulong Chosen { get; init; }

    /// <summary>Slots up to this one are applied here.</summary>
    public ulong Applied { get; init; }

    /// <summary>Slots up to this one are in a durable snapshot here, and not in the journal any more.</summary>
    public ulong Trimmed { get; init; }

    /// <summary>On the leader: how many chosen slots each other node has not got yet, as far as it said.</summary>
    public IReadOnlyDictionary<NodeId, ulong> Lags { get; init; } = ImmutableDictionary<NodeId, ulong>.Empty;

    /// <summary>The size of the journal's file, which all groups share; null where it is no file.</summary>
    public long? JournalBytes { get; init; }
}

/// <summary>Who the members are.</summary>
/// <param name="Epoch">The configuration's number, from 1.</param>
/// <param name="Slot">Of its entry in the log; 0: it is the first.</param>
public sealed record ConfigurationStatus(uint Epoch, ulong Slot, IReadOnlyList<MemberStatus> Voters, IReadOnlyList<MemberStatus> Learners);

/// <param name="Incarnation">Null until the node was heard.</param>
/// <param name="Address">Host and port of its remoting.</param>
/// <param name="Http">Where it serves HTTP, as it announced; null where it does not, or was not heard yet.</param>
public sealed record MemberStatus(NodeId Id, Incarnation? Incarnation, string Address, string? Http);

/// <param name="HeardAgo">How long ago something came from it; null: never since this node started.</param>
public sealed record PeerStatus(NodeId Id, TimeSpan? HeardAgo);
