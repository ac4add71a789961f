using Paxos.Actors;

namespace Paxos.Node.Http;

/// <summary>The body of <c>GET /v1/status</c>. What decisions by name do not have (a leader, slots) is null or 0.</summary>
internal sealed record StatusDocument(
    string Cluster,
    string Node,
    string? Incarnation,
    string State,
    string? Reason,
    LeaderDocument? Leader,
    IReadOnlyList<GroupDocument> Groups,
    IReadOnlyList<PeerDocument> Peers)
{
    public static StatusDocument From(NodeStatus status) => new(
        status.Cluster,
        status.Node.ToString(),
        status.Incarnation?.ToString(),
        NameOf(status.State),
        status.Reason,
        Leader: null,
        [.. status.Groups.Select(GroupDocument.From)],
        [.. status.Peers.Select(peer => new PeerDocument(peer.Id.ToString(), (long?)peer.HeardAgo?.TotalMilliseconds))]);

    public static string NameOf(NodeState state) => state switch
    {
        NodeState.Forming => "forming",
        NodeState.Recovering => "recovering",
        NodeState.Running => "running",
        NodeState.Refused => "refused",
        _ => "failed",
    };
}

internal sealed record LeaderDocument(string Id, string? Http);

internal sealed record BallotDocument(ulong Round, string Node);

internal sealed record GroupDocument(
    string Group,
    string? Leader,
    BallotDocument? Ballot,
    ulong Chosen,
    ulong Applied,
    ulong Trimmed,
    bool QuorumConnected,
    ConfigurationDocument Configuration)
{
    public static GroupDocument From(GroupStatus group) => new(
        group.Group,
        Leader: null,
        Ballot: null,
        Chosen: 0,
        Applied: 0,
        Trimmed: 0,
        group.QuorumConnected,
        new ConfigurationDocument(Slot: 0, [.. group.Voters.Select(MemberDocument.From)], [.. group.Learners.Select(MemberDocument.From)]));
}

internal sealed record ConfigurationDocument(ulong Slot, IReadOnlyList<MemberDocument> Voters, IReadOnlyList<MemberDocument> Learners);

internal sealed record MemberDocument(string Id, string? Incarnation, string Address, string? Http)
{
    public static MemberDocument From(MemberStatus member) =>
        new(member.Id.ToString(), member.Incarnation?.ToString(), member.Address, member.Http);
}

internal sealed record PeerDocument(string Id, long? HeardMsAgo);
