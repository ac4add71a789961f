using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Paxos.Actors.Roles.Log;
using Paxos.Actors.Storage;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>The heart of the node: tells the others that it is there, forms the cluster with them at the first start, and finds out whether it may take part.</summary>
internal sealed class FormationActor : JournaledActor
{
    private const int MaxSaid = 1000;

    private readonly DataDirectory directory;
    private readonly Formation formation;
    private readonly HashSet<string> said = [];
    private readonly SortedDictionary<NodeId, string> otherGroups = [];
    private readonly long startedAt;
    private Formed? told;
    private Membership? membership;
    private bool isBorn;

    public FormationActor(NodeContext node, DataDirectory directory)
        : base(node, node.PersistenceId("_", RoleNames.Formation))
    {
        this.directory = directory;
        startedAt = node.Time.GetTimestamp();
        var members = node.Settings.Members.Values;
        formation = new Formation(
            directory.Identity,
            directory.IsFormed,
            members.Where(member => member.Roles.HasFlag(NodeRoles.Acceptor)).Select(member => member.Id),
            members.Where(member => !member.Roles.HasFlag(NodeRoles.Acceptor)).Select(member => member.Id),
            joins: node.Settings.Join,
            process: node.Process,
            began: node.Journal.Began);
    }

    protected override void Recover(Event @event)
    {
        formation.Recover(@event);
        isBorn |= @event is Born;
    }

    protected override void Recovered()
    {
        Timers.StartPeriodicTimer(Beat.Instance, Beat.Instance, TimeSpan.Zero, Node.Settings.HeartbeatInterval);
        GoOn();
    }

    protected override void Written(Event @event)
    {
        Recover(@event);
        GoOn();
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case NodeEnvelope { Message: Heartbeat heartbeat } envelope:
                OnHeartbeat(envelope.From, heartbeat);
                break;
            case Beat:
                SayHello();
                TellState();
                break;
            case ConfigurationApplied applied:
                formation.Adopt(applied.Configuration);
                GoOn();
                break;
        }
    }

    private void OnHeartbeat(Member from, Heartbeat heartbeat)
    {
        if (IsOfOtherGroups(from, heartbeat))
            return;
        if (formation.On(from, heartbeat.Hello, Node.Journal.Current, heartbeat.OpenEpoch) is { } ignored)
            Warn(ignored);
        else
            Node.Board.Hear(from, heartbeat.Http, heartbeat.Address, heartbeat.OpenEpoch);
        if (formation.Stranger(from.Id) == from)
            Node.Board.Meet(from, heartbeat.Address);
        Reach(from, heartbeat);
        GoOn();
        // It has just started, and listens to nobody before it has heard who they are. An answer that says whom it answers
        // is not answered again.
        if (heartbeat.Hello.Heard is null && formation.HelloTo(from.Id, Node.Journal.Current) is { Heard: not null } answer)
            Say(from.Id, answer);
    }

    // Together they would look for a key in two places: so they never find each other.
    private bool IsOfOtherGroups(Member from, Heartbeat heartbeat)
    {
        if (heartbeat.RegisterGroups == Node.Settings.RegisterGroups)
        {
            otherGroups.Remove(from.Id);
            return false;
        }
        otherGroups[from.Id] =
            $"Node {from.Id} spreads the registers over {heartbeat.RegisterGroups} groups, and this node over {Node.Settings.RegisterGroups}: set "
            + "paxos.registers.groups to the same number on all nodes. Until then this node does not listen to that one.";
        Warn(otherGroups[from.Id]);
        TellState();
        return true;
    }

    private void GoOn()
    {
        // Order on disk: from here on a directory without this journal is known to have lost it.
        if (isBorn && !directory.IsFormed)
            directory.MarkFormed();
        if (formation.Next() is { } @event)
            Write(@event);
        TellMembership();
        TellState();
    }

    private void TellMembership()
    {
        if (formation.Current is not { } current)
            return;
        if (!ReferenceEquals(current, membership?.Newest))
        {
            foreach (var (node, address) in current.Addresses)
                Node.Transport.Reach(node, address, isItsWord: false);
        }
        var listened = formation.Listened.ToList();
        var now = new Membership(
            current, [.. listened.Select(member => member.Id)], [.. listened.Where(formation.TakesPartWith)]);
        if (membership is { } old && ReferenceEquals(old.Newest, now.Newest) && old.Peers.SetEquals(now.Peers) && old.Admitted.SetEquals(now.Admitted))
            return;
        membership = now;
        Context.Parent.Tell(now);
    }

    // A node knows best where it is; but one that took a member's name, and is none, must not draw away what is meant for that.
    private void Reach(Member from, Heartbeat heartbeat)
    {
        if ((formation.Current?.Find(from.Id) ?? from) == from)
            Node.Transport.Reach(from.Id, heartbeat.Address, isItsWord: true);
        if (!formation.WaitsToBeAdded)
            return;
        foreach (var (node, address) in heartbeat.Addresses)
            Node.Transport.Reach(node, address, isItsWord: false);
    }

    private void TellState()
    {
        var now = formation.State switch
        {
            FormationState.Open => new Formed(NodeState.Running, formation.Genesis, null),
            FormationState.Refused => new Formed(NodeState.Refused, null, formation.Reason),
            _ when formation.WaitsToBeAdded => new Formed(NodeState.Forming, null, WaitingToBeAdded()),
            _ => new Formed(NodeState.Forming, null, string.Join(' ', (string[])[$"Waiting for {string.Join(", ", formation.WaitingFor)}.", .. otherGroups.Values])),
        };
        if (now == told)
            return;
        told = now;
        if (formation.Difference is { } difference)
            Warn(difference);
        Context.Parent.Tell(now);
    }

    private string WaitingToBeAdded()
    {
        if (formation.Peers.Any(Node.Board.IsHeard) || Node.Time.GetElapsedTime(startedAt) < Node.Settings.SilentAfter)
            return $"Waiting to be made a member: paxos members add {Node.Self.Id}, or replace {Node.Self.Id} where this name is a member's.";
        var asked = Node.Settings.Members.Where(member => member.Key != Node.Self.Id).Select(member => $"{member.Key} at {member.Value.Address}");
        return $"Nobody answers: {string.Join(", ", asked)}. Are these members of cluster '{Node.Settings.Cluster}', are they up, and are the addresses right?";
    }

    // Once: a peer repeats itself twice a second.
    private void Warn(string warning)
    {
        if (said.Count >= MaxSaid)
            said.Clear();
        if (said.Add(warning))
            Log.Warning("{0}", warning);
    }

    private void SayHello()
    {
        // Those that were let go, and those that want to be members, as long as they say that they are there.
        var others = Node.Board.Strangers;
        foreach (var peer in formation.Peers.Union(others))
        {
            if (!formation.IsLetGo(peer) || others.Contains(peer))
            {
                if (formation.HelloTo(peer, Node.Journal.Current) is { } hello)
                    Say(peer, hello);
            }
        }
    }

    private void Say(NodeId peer, Hello hello)
    {
        IReadOnlyDictionary<NodeId, string> addresses = ImmutableDictionary<NodeId, string>.Empty;
        if (formation.Current is { } current && current.Find(peer) is null)
            addresses = Node.Board.AddressesOf(current);
        Node.Transport.Send(new NodeEnvelope(
            Node.Settings.Cluster,
            GroupId.Default,
            0,
            Node.Self,
            new Member(peer, default),
            "",
            new Heartbeat(
                hello, Node.Settings.HttpAddress, Node.Settings.RegisterGroups, Node.Settings.Self.Address, addresses, Node.Board.OpenEpoch)));
    }

    private sealed record Beat : INoSerializationVerificationNeeded
    {
        public static readonly Beat Instance = new();
    }

    public static Props Props(NodeContext node, DataDirectory directory) => Akka.Actor.Props.Create(() => new FormationActor(node, directory));
}
