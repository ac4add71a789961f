using System.Collections.Concurrent;
using System.Collections.Immutable;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>
/// What the node's actors put up about themselves, for anyone to read at any time: a status never waits for an actor.
/// </summary>
internal sealed class StatusBoard(PaxosSettings settings, TimeProvider time)
{
    private readonly ConcurrentDictionary<NodeId, Heard> heard = new();
    private ImmutableArray<LogGroup> logs = [];
    private volatile uint openEpoch;
    private volatile Formed formed = new(NodeState.Recovering, null, null);

    /// <summary>How large the journal's file is; null: it is no file. Set before anyone reads.</summary>
    public Func<long?>? JournalBytes { get; init; }

    /// <summary>The logs that this node hosts. Called once, before anyone reads.</summary>
    public void Host(IEnumerable<LogGroup> groups) => logs = [.. groups];

    public NodeState State => formed.State;

    public string? Reason => formed.Reason;

    /// <summary>Why this node serves no calls now, and what to do; null: it does.</summary>
    public (NotAppliedReason Reason, string Message)? Refusal => State switch
    {
        NodeState.Running => null,
        NodeState.Refused or NodeState.Failed => (NotAppliedReason.NotMember, $"This node takes no part: {Reason}"),
        NodeState.Recovering => (NotAppliedReason.Forming, "This node reads its journal. Try again in a moment."),
        _ => (NotAppliedReason.Forming, $"The cluster is forming: its nodes have not all found each other yet. {Reason} Try again in a moment."),
    };

    /// <summary>Refused and failed are final: whatever else happens, the first reason stays.</summary>
    public void Set(NodeState state, string? reason = null, GroupContext? group = null)
    {
        if (formed.State is not (NodeState.Refused or NodeState.Failed))
            formed = new Formed(state, reason, group ?? formed.Group);
    }

    /// <summary>The last epoch of decisions that this node was open in; 0: none.</summary>
    public uint OpenEpoch => openEpoch;

    public void DecisionsOpenIn(uint epoch) => openEpoch = epoch;

    /// <summary>
    /// As far as this node has heard, so many voters of this configuration have taken over the decisions that any quorum of them
    /// can lose the others. Before that the voters must not be changed again.
    /// </summary>
    public bool DecisionsHaveMoved(Configuration configuration, Member self)
    {
        var quorum = new Quorum(configuration);
        foreach (var voter in configuration.Voters)
        {
            var open = voter == self ? openEpoch
                : heard.TryGetValue(voter.Id, out var known) && known.Incarnation == voter.Incarnation ? known.OpenEpoch : 0;
            if (open >= configuration.VoterEpoch)
                quorum.Add(voter.Id);
        }
        return quorum.Count >= Math.Max(configuration.Rule.Phase1, configuration.Rule.Phase2);
    }

    /// <param name="http">Where it serves HTTP, if it said so.</param>
    /// <param name="open">The last epoch of decisions that it was open in.</param>
    public void Hear(Member peer, string? http, uint open) => heard[peer.Id] = new Heard(peer.Incarnation, time.GetTimestamp(), http, open);

    public bool IsHeard(NodeId peer) =>
        heard.TryGetValue(peer, out var known) && time.GetElapsedTime(known.At) < settings.SilentAfter;

    public NodeStatus Read(Member self)
    {
        var now = formed;
        return new NodeStatus(
            settings.Cluster,
            settings.Node,
            self.Incarnation,
            now.State,
            now.Reason,
            logs.IsEmpty ? [Status(GroupId.Default, new LogBoard(), now, self)] : [.. logs.Select(log => Status(log.Group, log.Board, now, self))],
            [.. settings.Members.Keys.Where(id => id != settings.Node).Select(Peer)]);
    }

    private GroupStatus Status(GroupId group, LogBoard log, Formed now, Member self)
    {
        var chosen = log.Chosen;
        return new GroupStatus(group.ToString(), QuorumConnected(now, self), Members(NodeRoles.Acceptor, self), Members(NodeRoles.Learner, self))
        {
            Reason = log.Fault,
            Leader = log.Leader == default ? null : log.Leader,
            Ballot = log.Ballot,
            Chosen = chosen,
            Applied = log.Applied,
            Trimmed = log.Trimmed,
            Lags = log.Leader == self.Id
                ? log.Learned.Remove(self.Id).ToImmutableDictionary(node => node.Key, node => chosen > node.Value ? chosen - node.Value : 0)
                : ImmutableDictionary<NodeId, ulong>.Empty,
            JournalBytes = JournalBytes?.Invoke(),
        };
    }

    private bool QuorumConnected(Formed now, Member self)
    {
        if (now.Group is not { } group || now.State != NodeState.Running)
            return false;
        var quorum = new Quorum(group.Configuration);
        foreach (var voter in group.Configuration.Voters)
        {
            if (voter == self || IsHeard(voter.Id))
                quorum.Add(voter.Id);
        }
        return quorum.Count >= Math.Max(group.Configuration.Rule.Phase1, group.Configuration.Rule.Phase2);
    }

    // A voter is listed once, among the voters.
    private List<MemberStatus> Members(NodeRoles role, Member self) =>
    [
        .. settings.Members.Values
            .Where(member => role == NodeRoles.Acceptor == member.Roles.HasFlag(NodeRoles.Acceptor))
            .Select(member => Status(member, self)),
    ];

    private MemberStatus Status(MemberSettings member, Member self)
    {
        if (member.Id == self.Id)
            return new MemberStatus(member.Id, self.Incarnation, member.Address, settings.HttpAddress);
        return heard.TryGetValue(member.Id, out var known)
            ? new MemberStatus(member.Id, known.Incarnation, member.Address, known.Http)
            : new MemberStatus(member.Id, null, member.Address, null);
    }

    private PeerStatus Peer(NodeId id) =>
        new(id, heard.TryGetValue(id, out var known) ? time.GetElapsedTime(known.At) : null);

    private sealed record Formed(NodeState State, string? Reason, GroupContext? Group);

    private sealed record Heard(Incarnation Incarnation, long At, string? Http, uint OpenEpoch);
}
