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
    private readonly ConcurrentDictionary<NodeId, Heard> strangers = new();
    private volatile IReadOnlyList<LogGroup> logs = [];
    private volatile uint openEpoch;
    private volatile Formed formed = new(NodeState.Recovering, null);

    /// <summary>How large the journal's file is; null: it is no file. Set before anyone reads.</summary>
    public Func<long?>? JournalBytes { get; init; }

    /// <summary>The logs that this node hosts. Called once, before anyone reads.</summary>
    public void Host(IEnumerable<LogGroup> groups) => logs = [.. groups];

    public IReadOnlyList<LogGroup> Logs => logs;

    public NodeId Self => settings.Node;

    public NodeState State => formed.State;

    public string? Reason => formed.Reason;

    /// <summary>Why this node serves no calls now, and what to do; null: it does.</summary>
    public (NotAppliedReason Reason, string Message)? Refusal => State switch
    {
        NodeState.Running => null,
        NodeState.Refused or NodeState.Failed => (NotAppliedReason.NotMember, $"This node takes no part: {Reason}"),
        NodeState.Recovering => (NotAppliedReason.Forming, "This node reads its journal. Try again in a moment."),
        _ => (NotAppliedReason.Forming, $"This node takes no part yet. {Reason}"),
    };

    /// <summary>Refused and failed are final: whatever else happens, the first reason stays.</summary>
    public void Set(NodeState state, string? reason = null)
    {
        if (formed.State is not (NodeState.Refused or NodeState.Failed))
            formed = new Formed(state, reason);
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
    public void Hear(Member peer, string? http, string address, uint open) =>
        heard[peer.Id] = new Heard(peer.Incarnation, time.GetTimestamp(), http, address, open);

    public bool IsHeard(NodeId peer) => heard.TryGetValue(peer, out var known) && IsRecent(known);

    /// <summary>A node said that it is there, and is no member: not with this incarnation.</summary>
    public void Meet(Member stranger, string address)
    {
        foreach (var (gone, last) in strangers)
        {
            if (!IsRecent(last))
                strangers.TryRemove(gone, out _);
        }
        strangers[stranger.Id] = new Heard(stranger.Incarnation, time.GetTimestamp(), null, address, 0);
    }

    /// <summary>Who is no member, and said of late that it is there.</summary>
    public ImmutableHashSet<NodeId> Strangers => [.. strangers.Where(stranger => IsRecent(stranger.Value)).Select(stranger => stranger.Key)];

    /// <summary>The node of this name that is no member, and said of late that it is there, and where; null: none did.</summary>
    public (Member Member, string Address)? Stranger(NodeId node) =>
        strangers.TryGetValue(node, out var known) && IsRecent(known) ? (new Member(node, known.Incarnation), known.Address) : null;

    /// <summary>Where the members' remoting is, as far as it is known here.</summary>
    public IReadOnlyDictionary<NodeId, string> AddressesOf(Configuration configuration)
    {
        var addresses = new Dictionary<NodeId, string>();
        foreach (var member in configuration.Voters.Concat(configuration.Learners))
        {
            if (AddressOf(member, configuration) is { } address)
                addresses.Add(member.Id, address);
        }
        return addresses;
    }

    private string? AddressOf(Member member, Configuration configuration)
    {
        if (member.Id == settings.Node)
            return settings.Self.Address;
        if (heard.TryGetValue(member.Id, out var known) && known.Incarnation == member.Incarnation)
            return known.Address;
        return configuration.Addresses.TryGetValue(member.Id, out var address) ? address
            : settings.Members.TryGetValue(member.Id, out var named) ? named.Address
            : null;
    }

    private bool IsRecent(Heard known) => time.GetElapsedTime(known.At) < settings.SilentAfter;

    public NodeStatus Read(Member self)
    {
        var now = formed;
        var journalBytes = JournalBytes?.Invoke();
        // Of many groups most are in the same configuration.
        var described = new Dictionary<Configuration, (ConfigurationStatus Members, bool IsConnected)>(ReferenceEqualityComparer.Instance);
        return new NodeStatus(
            settings.Cluster,
            settings.Node,
            self.Incarnation,
            now.State,
            now.Reason,
            logs.Count == 0 ? [Read(GroupId.Default, new LogBoard())] : [.. logs.Select(log => Read(log.Group, log.Board))],
            [.. (Main is { } main ? main.Everyone.Order() : settings.Members.Keys).Where(id => id != settings.Node).Select(Peer)]);

        GroupStatus Read(GroupId group, LogBoard log)
        {
            if (log.InForce is not { Configuration: var configuration, Slot: var slot })
                return Status(group, log, now, self, new ConfigurationStatus(0, 0, Members(NodeRoles.Acceptor, self), Members(NodeRoles.Learner, self)), false, journalBytes);
            if (!described.TryGetValue(configuration, out var known))
                described.Add(configuration, known = (Describe(configuration, slot), QuorumConnected(now, configuration, self)));
            return Status(group, log, now, self, known.Members with { Slot = slot }, known.IsConnected, journalBytes);
        }
    }

    private static GroupStatus Status(
        GroupId group, LogBoard log, Formed now, Member self, ConfigurationStatus members, bool isConnected, long? journalBytes)
    {
        var chosen = log.Chosen;
        return new GroupStatus(group.ToString(), isConnected, members.Voters, members.Learners)
        {
            Epoch = members.Epoch,
            ConfigurationSlot = members.Slot,
            Reason = now.State == NodeState.Running ? log.Reason : null,
            // One that hears no quorum leads nobody, whether it has found out or not.
            Leader = log.Leader == default || (log.Leader == self.Id && !isConnected) ? null : log.Leader,
            Ballot = log.Ballot,
            Chosen = chosen,
            Applied = log.Applied,
            Trimmed = log.Trimmed,
            Lags = log.Leader == self.Id
                ? log.Learned
                    .Where(node => node.Key != self.Id && members.Voters.Concat(members.Learners).Any(member => member.Id == node.Key))
                    .ToImmutableDictionary(node => node.Key, node => chosen > node.Value ? chosen - node.Value : 0)
                : ImmutableDictionary<NodeId, ulong>.Empty,
            JournalBytes = journalBytes,
        };
    }

    // Of the first group, whose configuration the others follow.
    private Configuration? Main => logs.Count == 0 ? null : logs[0].Board.InForce?.Configuration;

    /// <summary>Whether this node hears a quorum of the voters, itself counted where it is one.</summary>
    public bool HearsQuorum(LogBoard log, Member self) =>
        log.InForce is { } inForce && QuorumConnected(formed, inForce.Configuration, self);

    private bool QuorumConnected(Formed now, Configuration configuration, Member self)
    {
        if (now.State != NodeState.Running)
            return false;
        var quorum = new Quorum(configuration);
        foreach (var voter in configuration.Voters)
        {
            if (voter == self || IsHeard(voter.Id))
                quorum.Add(voter.Id);
        }
        return quorum.Count >= Math.Max(configuration.Rule.Phase1, configuration.Rule.Phase2);
    }

    public ConfigurationStatus Describe(Configuration configuration, ulong slot)
    {
        return new ConfigurationStatus(
            configuration.Epoch, slot, [.. configuration.Voters.Select(Status)], [.. configuration.Learners.Select(Status)]);

        MemberStatus Status(Member member) => new(
            member.Id,
            member.Incarnation,
            AddressOf(member, configuration) ?? "",
            member.Id == settings.Node ? settings.HttpAddress : heard.TryGetValue(member.Id, out var known) ? known.Http : null);
    }

    // Before there is a configuration, what the settings say. A voter is listed once, among the voters.
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

    private sealed record Formed(NodeState State, string? Reason);

    private sealed record Heard(Incarnation Incarnation, long At, string? Http, string Address, uint OpenEpoch);
}
