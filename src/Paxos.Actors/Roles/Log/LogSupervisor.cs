using Akka.Actor;
using Akka.Event;
using Paxos.Actors.Members;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>
/// Above the roles of one log on one node: takes each message to the role that it is for, and starts one that failed again
/// after a delay that grows. What comes for a role that is down is lost, as a network might lose it.
/// </summary>
internal sealed class LogSupervisor : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter logger = Context.GetLogger();
    private readonly LogContext log;
    private readonly IActorRef client;
    private readonly NodeId self;
    private readonly Child proposer;
    private readonly Child acceptor;
    private readonly Child learner;
    private readonly IActorRef watches;
    private HearingChanged hearing = new(HearingView.Nobody);
    private Configuration? followed;
    private ulong started;

    public LogSupervisor(LogContext log, IActorRef client)
    {
        this.log = log;
        this.client = client;
        self = log.Group.Node.Self.Id;
        watches = Context.ActorOf(WatchesActor.Props(log.Settings), "watches");
        acceptor = new Child("acceptor", LogAcceptorActor.Props(log), log.Group.Node.Settings);
        learner = new Child("learner", LogLearnerActor.Props(log, client, watches), log.Group.Node.Settings);
        proposer = new Child("proposer", LogProposerActor.Props(log), log.Group.Node.Settings);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        if (log.HasAcceptor)
            Start(acceptor);
        else
            log.Board.IsRead = true;
        Start(learner);
        Start(proposer);
    }

    // A role's state is ahead of its journal: it is never restarted with it, always started anew.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        logger.Error(exception, "A role failed and starts again from what it had written.");
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Delivery delivery:
                OnDelivery(delivery);
                break;
            case LocalQuery query when log.Board.Fault is { } fault:
                query.Question.Fail(new NotAppliedException(NotAppliedReason.NotMember, fault));
                break;
            case LocalQuery query when learner.Actor.IsNobody():
                query.Question.Fail(new NotAppliedException(
                    NotAppliedReason.NoQuorum, "This node's learner failed and starts again in a moment: ask again, or another node."));
                break;
            case LocalQuery or BeginWatch or AskProgress:
                learner.Actor.Tell(message);
                break;
            case Watch watch when log.Board.Fault is { } fault:
                watch.Watcher.End(new NotAppliedException(NotAppliedReason.NotMember, fault));
                break;
            case Watch:
                watches.Tell(message);
                break;
            case HearingChanged changed:
                hearing = changed;
                proposer.Actor.Tell(changed);
                break;
            case ConfigurationApplied applied:
                OnApplied(applied);
                break;
            case Follow follow:
                followed = follow.Configuration;
                log.Group.Hear(followed);
                FollowWhereLeading();
                break;
            case FollowAgain:
                FollowWhereLeading();
                break;
            case Terminated terminated:
                OnStopped(terminated.ActorRef);
                break;
            case Revive revive:
                Start(revive.Child);
                break;
            case DivergedHere diverged:
                StopServing(diverged.Told);
                break;
            case Damaged damaged:
                Context.Parent.Forward(damaged);
                break;
        }
    }

    private void OnDelivery(Delivery delivery)
    {
        switch (delivery.Message)
        {
            case StateDigest:
                learner.Actor.Tell(delivery);
                return;
            case Accept when delivery.From == self:
                log.Board.Counts.Proposals.Add();
                break;
        }
        switch (Takers.Of(delivery.Message, isOwn: delivery.From == self, log.HasAcceptor))
        {
            case Role.Acceptor:
                acceptor.Actor.Tell(delivery);
                break;
            case Role.Learner:
                learner.Actor.Tell(delivery);
                break;
            case Role.Proposer:
                proposer.Actor.Tell(delivery);
                break;
            default:
                OnAnswer(delivery);
                break;
        }
    }

    private void OnAnswer(Delivery delivery)
    {
        switch (delivery.Message)
        {
            case LeaderIs leader:
                logger.Info("Group {0}: {1} leads, ballot {2}.", log.Group.Group, leader.Leader == default ? "nobody" : leader.Leader.ToString(), leader.Ballot);
                if (leader.Leader != default)
                    log.Board.Counts.LeaderChanges.Add();
                log.Board.Lead(leader.Leader, leader.Ballot);
                client.Tell(delivery);
                FollowWhereLeading();
                break;
            case Refused { Id: >= MembersActor.FirstId } refused:
                Context.Parent.Tell(new ChangeRefused(refused.Id, refused.Why));
                break;
            default:
                client.Tell(delivery);
                break;
        }
    }

    private void OnApplied(ConfigurationApplied applied)
    {
        log.Group.Adopt(applied.Configuration);
        log.Board.Adopt(new InForce(applied.Configuration, applied.Slot));
        // It has never voted, so it has promised nothing that an acceptor would have to know.
        if (!log.HasAcceptor && applied.Configuration.IndexOfVoter(self) >= 0)
        {
            log.HasAcceptor = true;
            Start(acceptor);
            Context.Stop(learner.Actor);
        }
        Context.Parent.Tell(applied);
    }

    // Each log has its own fence, so each group changes by its own leader, when that sees that it has to.
    private void FollowWhereLeading()
    {
        if (followed is not { } wanted || log.Board.Leader != self || log.Board.InForce?.Configuration.Epoch >= wanted.Epoch)
            return;
        proposer.Actor.Tell(new Delivery(self, "", new Reconfigure(MembersActor.FirstId, wanted)));
        Timers.StartSingleTimer(FollowAgain.Instance, FollowAgain.Instance, log.Options.Retry.Max);
    }

    // What it answered would be its own, and not the log's. It goes on accepting: that does not hang on the machine.
    private void StopServing(Diverged diverged)
    {
        var others = string.Join(", ", diverged.Others.Select(said => $"{said.Node} {said.Digest:x16}"));
        log.Board.Fault = $"After slot {diverged.Slot} of group {log.Group.Group} this node's state machine is not where the others are "
            + $"(digest {diverged.Digest:x16}; {others}): it is not deterministic, or its code or the settings paxos.log differ between nodes. "
            + $"This node serves the group no more. When the cause is mended: stop the node, remove its snapshots of the group ({log.Snapshots.Pattern}) and start it.";
        logger.Error("{0}", log.Board.Fault);
        proposer.Actor.Tell(new Delivery(self, "", new Resign()));
        Context.Stop(learner.Actor);
        // Behind those who came before it, so that they are ended too.
        watches.Tell(PoisonPill.Instance);
    }

    private void Start(Child child)
    {
        child.Actor = Context.Watch(Context.ActorOf(child.Props, $"{child.Name}-{++started}"));
        if (child != proposer)
            return;
        if (log.Board.Fault is not null)
            child.Actor.Tell(new Delivery(self, "", new Resign()));
        child.Actor.Tell(hearing);
    }

    private void OnStopped(IActorRef actor)
    {
        var child = actor.Equals(acceptor.Actor) ? acceptor : actor.Equals(learner.Actor) ? learner : proposer;
        if (!actor.Equals(child.Actor))
            return;
        child.Actor = ActorRefs.Nobody;
        // Who leads is not known here while the proposer is down.
        if (child == proposer)
            OnDelivery(new Delivery(self, "", new LeaderIs(default, log.Board.Ballot)));
        if (log.Board.Fault is not null && child == learner)
            return;
        var delay = child.Restarts.Next(Context.System.Scheduler.MonotonicClock);
        logger.Warning("Group {0}: the {1} stopped; it starts again in {2:F1} s.", log.Group.Group, child.Name, delay.TotalSeconds);
        Timers.StartSingleTimer(child, new Revive(child), delay);
    }

    private sealed class Child(string name, Props props, PaxosSettings settings)
    {
        public string Name => name;

        public Props Props => props;

        public IActorRef Actor { get; set; } = ActorRefs.Nobody;

        public RestartDelay Restarts { get; } = new(settings);
    }

    private sealed record FollowAgain : INoSerializationVerificationNeeded
    {
        public static readonly FollowAgain Instance = new();
    }

    private sealed record Revive(Child Child) : INoSerializationVerificationNeeded;

    public static Props Props(LogContext log, IActorRef client) => Akka.Actor.Props.Create(() => new LogSupervisor(log, client));
}
