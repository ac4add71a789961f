using Paxos.Actors;

namespace Paxos.Node.Http;

/// <summary>The body of <c>GET /v1/status</c>. The leader of the node is that of the group of the registers.</summary>
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
        LeaderOf(status),
        [.. status.Groups.Select(GroupDocument.From)],
        [.. status.Peers.Select(peer => new PeerDocument(peer.Id.ToString(), (long?)peer.HeardAgo?.TotalMilliseconds))]);

    private static LeaderDocument? LeaderOf(NodeStatus status)
    {
        if (status.Groups.Count == 0 || status.Groups[0] is not { Leader: { } leader } group)
            return null;
        return new LeaderDocument(leader.ToString(), group.Voters.FirstOrDefault(voter => voter.Id == leader)?.Http);
    }

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
    IReadOnlyDictionary<string, ulong> Lags,
    long? JournalBytes,
    bool QuorumConnected,
    ConfigurationDocument Configuration)
{
    public static GroupDocument From(GroupStatus group) => new(
        group.Group,
        group.Leader?.ToString(),
        group.Ballot == Protocol.Ballot.None ? null : new BallotDocument(group.Ballot.Round, group.Ballot.Node.ToString()),
        group.Chosen,
        group.Applied,
        group.Trimmed,
        group.Lags.ToDictionary(lag => lag.Key.ToString(), lag => lag.Value),
        group.JournalBytes,
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
