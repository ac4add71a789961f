using Akka.Actor;
using Akka.Event;
using Akka.Pattern;
using Paxos.Actors.Decisions;
using Paxos.Actors.Members;
using Paxos.Actors.Remoting;
using Paxos.Actors.Roles.Log;
using Paxos.Actors.Storage;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>
/// The node's one endpoint, /user/paxos: all that peers send arrives here, and it lives as long as the actor system. It
/// checks who sends and who is meant, and hands on to the child that it is for.
/// </summary>
internal sealed class EndpointActor(NodeContext node, DataDirectory directory, IReadOnlyList<LogGroup> logs) : UntypedActor
{
    private const int MaxDropped = 1000;

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly HashSet<(Member, string)> dropped = [];
    private Membership? membership;
    private ConfigurationApplied? inForce;
    private IActorRef formation = ActorRefs.Nobody;
    private IActorRef decisions = ActorRefs.Nobody;
    private readonly Dictionary<GroupId, OpenLog> open = [];
    private readonly List<SnapshotFiles> snapshots = [];
    private IActorRef spread = ActorRefs.Nobody;
    private IActorRef roles = ActorRefs.Nobody;
    private IActorRef hearing = ActorRefs.Nobody;
    private IActorRef members = ActorRefs.Nobody;
    private GroupContext? group;

    protected override void PreStart()
    {
        node.Transport.Start(node.Self.Id, Self);
        decisions = Context.ActorOf(DecisionsActor.Props(node), "decisions");
        members = Context.ActorOf(MembersActor.Props(node, logs), "members");
        foreach (var log in logs)
            log.Open(Context.ActorOf(ClientActor.Props(node), $"client-{log.Group}"));
        formation = Context.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(
                    FormationActor.Props(node, directory), "formation", node.Settings.BackoffMin, node.Settings.BackoffMax, randomFactor: 0.2, maxNrOfRetries: -1)
                .WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Stop))),
            "forming");
    }

    // The roles are stopped; what they had begun to write must not come to the disk behind the end of the node.
    protected override void PostStop()
    {
        snapshots.ForEach(files => files.Dispose());
        foreach (var log in logs)
            log.Dispose();
    }

    // A child's failure is a defect of ours in handling one message; what it knows is still right, and calls wait for it.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        log.Error(exception, "A message could not be handled, and is left out.");
        return Directive.Resume;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeEnvelope envelope when Problem(envelope) is { } problem:
                // Once for each sender and reason: a peer that is wrong is wrong twice a second.
                if (dropped.Count >= MaxDropped)
                    dropped.Clear();
                if (dropped.Add((envelope.From, problem)))
                    log.Warning("Dropped what {0} ({1}) sends: {2}", envelope.From.Id, envelope.From.Incarnation, problem);
                break;
            case NodeEnvelope envelope:
                node.Meter.Received.Add();
                OnEnvelope(envelope);
                break;
            case Decision.Request request:
                decisions.Forward(request);
                break;
            case Formed formed:
                OnFormed(formed);
                break;
            case HearingRound or ProcessEnded:
                hearing.Tell(message);
                break;
            case HearingChanged changed:
                foreach (var log in open.Values)
                    log.Supervisor.Tell(changed);
                spread.Tell(changed);
                break;
            case ConfigurationInForce next:
                roles.Tell(next);
                break;
            case Membership now:
                OnMembership(now);
                break;
            case ConfigurationApplied applied:
                OnApplied(applied);
                break;
            case ChangeCall or TransferCall or ChangeRefused:
                members.Forward(message);
                break;
            case Damaged damaged:
                StopTakingPart(NodeState.Failed, damaged.Reason);
                break;
        }
    }

    private string? Problem(NodeEnvelope envelope)
    {
        if (envelope.Cluster != node.Settings.Cluster)
            return $"it is of the cluster '{envelope.Cluster}', and this is '{node.Settings.Cluster}'";
        // Also from a stranger: it may know better who the members are, or has to be told that it is none.
        if (envelope.Message is Heartbeat)
            return null;
        if (envelope.To != node.Self)
            return $"it is meant for {envelope.To.Id} ({envelope.To.Incarnation}), and this is {node.Self.Id} ({node.Self.Incarnation})";
        // One that is not known yet will be, or will be told that it is no member.
        if (!IsHeard(envelope))
            return null;
        if (envelope.Message is Ping or Pong || IsOfLog(envelope.Message))
            return ProblemOfLog(envelope);
        if (group is null)
            return null;
        // Of decisions each ballot says which epoch it is of. Who was a member may be asked for what it remembers.
        if (!group.Knows(envelope.From) && !group.Knew(envelope.From))
            return "the configuration names another incarnation of it";
        return envelope.Group == group.Group ? null : $"it is of group '{envelope.Group}', and this node decides in '{group.Group}'";
    }

    // A log's acceptors count no quorums, and its proposers know which configuration they count in: an epoch that differs is
    // no reason to drop what is said. Another incarnation is.
    private string? ProblemOfLog(NodeEnvelope envelope)
    {
        if (!open.TryGetValue(envelope.Group, out var log))
            return $"it is of group '{envelope.Group}', which this node does not host";
        var named = log.Log.Group;
        return named.Names(envelope.From.Id) && !named.Knows(envelope.From) ? "the configuration names another incarnation of it" : null;
    }

    private bool IsAdmitted(Member peer) => open.Count > 0 && (peer == node.Self || membership?.Admitted.Contains(peer) == true);

    // Who is no member any more may hold decisions that the new voters must take over.
    private bool IsHeard(NodeEnvelope envelope) =>
        IsAdmitted(envelope.From) || (envelope.Message is EpochMessage && group?.Knew(envelope.From) == true);

    private static bool IsOfLog(Message message) =>
        message is not (Forward or Answer or InstanceMessage or EpochMessage);

    private void OnEnvelope(NodeEnvelope envelope)
    {
        if (envelope.Message is Heartbeat)
        {
            formation.Tell(envelope);
            return;
        }
        // Nobody takes part before the cluster is formed, and nobody is heard before it has said who it is, and what it knows
        // of this node: that may be too old a copy of itself. What is lost is sent again.
        if (!IsHeard(envelope))
            return;
        var delivery = new Delivery(envelope.From.Id, envelope.Name, envelope.Message, envelope.From.Incarnation);
        if (envelope.Message is Forward or Answer)
            decisions.Tell(delivery);
        else if (envelope.Message is Ping or Pong)
            hearing.Tell(delivery);
        else if (IsOfLog(envelope.Message))
            open[envelope.Group].Supervisor.Tell(delivery);
        else
            roles.Tell(delivery);
    }

    private void OnFormed(Formed formed)
    {
        if (formed.State == NodeState.Refused)
        {
            StopTakingPart(NodeState.Refused, formed.Reason!);
        }
        else if (formed.Genesis is { } genesis && open.Count == 0 && node.Board.State is not (NodeState.Refused or NodeState.Failed))
        {
            group = new GroupContext(node, GroupId.Default, genesis);
            roles = Context.ActorOf(RoleSupervisor.Props(group), "roles");
            decisions.Tell(new GroupOpened(group, roles));
            OpenLogs(genesis);
            node.Board.Set(NodeState.Running);
            log.Info("Node {0} takes part; a quorum is {1} of {2}.", node.Self.Id, genesis.Rule.Phase1, genesis.Voters.Length);
        }
        else if (open.Count == 0)
        {
            node.Board.Set(formed.State, formed.Reason);
        }
        else if (inForce is not null)
        {
            // It started anew, and what it had been told is lost.
            formation.Tell(inForce);
        }
    }

    private void OnMembership(Membership now)
    {
        membership = now;
        hearing.Tell(now);
        foreach (var log in open.Values)
            log.Log.Group.Hear(now.Newest);
    }

    // The first group's configuration is the node's; the other groups follow it, each in its own log.
    private void OnApplied(ConfigurationApplied applied)
    {
        members.Tell(applied);
        if (applied.Group != logs[0].Group)
            return;
        if (inForce is null || applied.Configuration.Epoch > inForce.Configuration.Epoch)
            log.Info("The members are {0}, since slot {1}.", applied.Configuration, applied.Slot);
        inForce = applied;
        formation.Tell(applied);
        foreach (var configuration in applied.Configurations)
            roles.Tell(new ConfigurationInForce(configuration));
        foreach (var (group, (_, supervisor)) in open)
        {
            if (group != applied.Group)
                supervisor.Tell(new Follow(applied.Configuration));
        }
    }

    private void OpenLogs(Configuration genesis)
    {
        SnapshotFiles.Prepare(directory.SnapshotDirectory);
        var voter = genesis.IndexOfVoter(node.Self.Id);
        foreach (var (index, log) in logs.Index())
        {
            var files = new SnapshotFiles(directory.SnapshotDirectory, node.Settings.Cluster, log.Group, node.Self.Id, node.Time);
            snapshots.Add(files);
            var context = new LogContext(new GroupContext(node, log.Group, genesis), genesis, log, files, isPreferred: index % genesis.Voters.Length == voter);
            if (membership is not null)
                context.Group.Hear(membership.Newest);
            log.Board.Adopt(new InForce(genesis, 0));
            var client = log.Client.Result;
            var supervisor = Context.ActorOf(LogSupervisor.Props(context, client), $"log-{log.Group}");
            var opened = new LogOpened(context, supervisor);
            client.Tell(opened);
            if (log == logs[0])
                members.Tell(opened);
            open.Add(log.Group, new OpenLog(context, supervisor));
        }
        hearing = Context.ActorOf(HearingActor.Props(open[logs[0].Group].Log.Group, open.Count), "hearing");
        if (membership is not null)
            hearing.Tell(membership);
        if (open.Count > 1 && node.Settings.Log.SpreadLeaders)
            spread = Context.ActorOf(SpreadActor.Props(node, [.. open.Values]), "spread");
    }

    // Final: it would be voting on a guess. What it knows it keeps, and its status says why.
    private void StopTakingPart(NodeState state, string reason)
    {
        if (node.Board.State is NodeState.Refused or NodeState.Failed)
            return;
        log.Error("Node {0} takes no part any more. {1}", node.Self.Id, reason);
        node.Board.Set(state, reason);
        Context.Stop(roles);
        Context.Stop(hearing);
        Context.Stop(spread);
        foreach (var log in open.Values)
            Context.Stop(log.Supervisor);
        open.Clear();
        // A refused node goes on saying who it is where the others must hear it. One whose journal is damaged cannot know.
        if (state == NodeState.Failed)
            Context.Stop(formation);
        group = null;
        roles = ActorRefs.Nobody;
    }

    public static Props Props(NodeContext node, DataDirectory directory, IReadOnlyList<LogGroup> logs) =>
        Akka.Actor.Props.Create(() => new EndpointActor(node, directory, logs));
}
