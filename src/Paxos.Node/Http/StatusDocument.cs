using Paxos.Actors;
using Paxos.Protocol;

namespace Paxos.Node.Http;

/// <summary>The body of <c>GET /v1/status</c>.</summary>
/// <param name="Leader">Of the first group; null where nobody leads that this node could reach.</param>
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
        status.Groups is [{ Leader: { } leader } first, ..] ? LeaderDocument.From(leader, first) : null,
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

internal sealed record LeaderDocument(string Id, string? Http)
{
    public static LeaderDocument From(NodeId leader, GroupStatus group) =>
        new(leader.ToString(), group.Voters.FirstOrDefault(voter => voter.Id == leader)?.Http);
}

/// <param name="Round">From 1: before the first ballot there is no document.</param>
internal sealed record BallotDocument(ulong Round, string Node)
{
    public static BallotDocument? From(Ballot ballot) => ballot.Round == 0 ? null : new(ballot.Round, ballot.Node.ToString());
}

/// <param name="Reason">What keeps this node from doing its part in the group, and what to do; null: nothing.</param>
/// <param name="Lags">On the leader: how many chosen slots each other node has not got yet.</param>
/// <param name="JournalBytes">Of the journal's file, which all groups share; null where it is none.</param>
internal sealed record GroupDocument(
    string Group,
    string? Reason,
    string? Leader,
    BallotDocument? Ballot,
    ulong Chosen,
    ulong Applied,
    ulong Trimmed,
    bool QuorumConnected,
    IReadOnlyDictionary<string, ulong> Lags,
    long? JournalBytes,
    ConfigurationDocument Configuration)
{
    public static GroupDocument From(GroupStatus group) => new(
        group.Group,
        group.Reason,
        group.Leader?.ToString(),
        BallotDocument.From(group.Ballot),
        group.Chosen,
        group.Applied,
        group.Trimmed,
        group.QuorumConnected,
        group.Lags.ToDictionary(lag => lag.Key.ToString(), lag => lag.Value),
        group.JournalBytes,
        ConfigurationDocument.From(new ConfigurationStatus(group.Epoch, group.ConfigurationSlot, group.Voters, group.Learners)));
}

/// <param name="Epoch">The configuration's number, from 1; 0: there is none yet, and these are the members of the settings.</param>
/// <param name="Slot">Of its entry in the log; 0: it is the first.</param>
internal sealed record ConfigurationDocument(uint Epoch, ulong Slot, IReadOnlyList<MemberDocument> Voters, IReadOnlyList<MemberDocument> Learners)
{
    public static ConfigurationDocument From(ConfigurationStatus status) => new(
        status.Epoch, status.Slot, [.. status.Voters.Select(MemberDocument.From)], [.. status.Learners.Select(MemberDocument.From)]);
}

internal sealed record MemberDocument(string Id, string? Incarnation, string Address, string? Http)
{
    public static MemberDocument From(MemberStatus member) =>
        new(member.Id.ToString(), member.Incarnation?.ToString(), member.Address, member.Http);
}

internal sealed record PeerDocument(string Id, long? HeardMsAgo);
