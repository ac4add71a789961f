using Akka.Actor;
using Akka.Event;
using Paxos.Actors.Decisions;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>
/// Above the roles of one group on one node: takes each message to the role that it is for, loads instances when they are
/// asked for and lets them go when they are idle, and starts a role that failed again after a delay that grows.
/// </summary>
internal sealed class RoleSupervisor : UntypedActor, IWithTimers
{
    // Messages that wait for a role to come back. More are dropped, as a network might: who sent them asks again.
    private const int MaxHeld = 64;

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly GroupContext group;
    private readonly NodeRoles roles;
    private readonly Dictionary<(string Role, string Name), Entry> entries = [];
    private readonly Dictionary<IActorRef, Entry> children = [];

    // The instances that are not being let go, the least recently used first.
    private readonly LinkedList<Entry> loaded = [];

    // Acceptors that were loaded when the node sealed its epoch: while one of them is at work, a vote of before may still leave.
    private readonly HashSet<Entry> atWork = [];
    private readonly List<(WhenStill Wanted, IActorRef Asker)> whenStill = [];

    // The configurations that the log has come through: whoever moves the decisions needs each, in order.
    private readonly List<ConfigurationInForce> comeThrough = [];
    private uint votingEpoch;
    private ulong started;

    public RoleSupervisor(GroupContext group)
    {
        this.group = group;
        roles = group.Node.Settings.Self.Roles;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Sweep.Instance, Sweep.Instance, group.Node.Settings.IdleAfter / 4);
        LoadVoting();
    }

    private void LoadVoting()
    {
        if (!Has(NodeRoles.Acceptor) || entries.ContainsKey((RoleNames.Epochs, "")))
            return;
        Load((RoleNames.Epochs, ""));
        Load((RoleNames.Names, ""));
    }

    // A role's state is ahead of the journal: it is never restarted with it, always started anew.
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(exception =>
        {
            log.Error(exception, "A role failed and starts again from its journal.");
            return Directive.Stop;
        });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Delivery delivery:
                OnDelivery(delivery);
                break;
            case Call call:
                OnCall(call);
                break;
            case VotesIn votes:
                OnVotesIn(votes.Epoch);
                break;
            case WhenStill wanted:
                whenStill.Add((wanted, Sender));
                AnswerWhenStill();
                break;
            case NameInstance or ReadNames:
                ToRole((RoleNames.Names, ""), message);
                break;
            case ReadInstance read:
                ToRole((RoleNames.Acceptor, read.Name), read);
                break;
            case TakeCopy take:
                ToRole((RoleNames.Acceptor, take.Copy.Name), take);
                break;
            case ConfigurationInForce next:
                OnConfiguration(next);
                break;
            case Terminated terminated when children.Remove(terminated.ActorRef, out var entry):
                OnStopped(entry);
                break;
            case Revive revive when revive.Entry.State == State.Down:
                Start(revive.Entry);
                break;
            case Sweep:
                LetGoOfIdle();
                break;
            case Damaged damaged:
                Context.Parent.Forward(damaged);
                break;
        }
    }

    // A proposer finds out what this node's acceptor knows. Without either of them it is the learner that may know, and
    // answers though no quorum is there.
    private void OnCall(Call call)
    {
        if (Has(NodeRoles.Proposer))
            ToRole((RoleNames.Proposer, ""), call);
        if (Has(NodeRoles.Proposer) && Has(NodeRoles.Acceptor))
            return;
        if (Has(NodeRoles.Learner))
            ToRole((RoleNames.Learner, call.Request.Name), call);
        if (Has(NodeRoles.Acceptor))
            ToRole((RoleNames.Acceptor, call.Request.Name), new Delivery(group.Node.Self.Id, call.Request.Name, new Learn()));
    }

    private void OnDelivery(Delivery delivery)
    {
        switch (delivery.Message)
        {
            case EpochMessage when Has(NodeRoles.Acceptor):
                ToRole((RoleNames.Epochs, ""), delivery);
                break;
            case Prepare or Accept or Query when Has(NodeRoles.Acceptor):
                ToRole((RoleNames.Acceptor, delivery.Name), delivery);
                break;
            case Promise or Accepted or Nack or Report:
                ToRoleIfLoaded((RoleNames.Proposer, ""), delivery);
                break;
            case Learn:
                ToRole(Has(NodeRoles.Acceptor) ? (RoleNames.Acceptor, delivery.Name) : (RoleNames.Learner, delivery.Name), delivery);
                break;
            case Chosen:
                ToRoleIfLoaded((RoleNames.Proposer, ""), delivery);
                // Where there is an acceptor it remembers the decision; the learner then only answers who waits here.
                if (Has(NodeRoles.Acceptor))
                {
                    ToRole((RoleNames.Acceptor, delivery.Name), delivery);
                    ToRoleIfLoaded((RoleNames.Learner, delivery.Name), delivery);
                }
                else
                {
                    ToRole((RoleNames.Learner, delivery.Name), delivery);
                }
                break;
        }
    }

    private void OnConfiguration(ConfigurationInForce next)
    {
        if (next.Configuration.Epoch <= group.Configuration.Epoch)
            return;
        group.Adopt(next.Configuration);
        comeThrough.Add(next);
        LoadVoting();
        foreach (var entry in entries.Values)
        {
            if (entry.State == State.Up && entry.Key.Role != RoleNames.Acceptor)
                entry.Child.Tell(next);
        }
    }

    // Whoever is at work has to end before anything is said about the seal; an instance that is asked for is loaded anew.
    private void OnVotesIn(uint epoch)
    {
        votingEpoch = epoch;
        if (epoch != 0)
            return;
        foreach (var entry in entries.Values.Where(entry => entry.Key.Role == RoleNames.Acceptor && entry.State != State.Down).ToArray())
        {
            atWork.Add(entry);
            if (entry.State == State.Up)
                LetGo(entry);
        }
    }

    private void AnswerWhenStill()
    {
        if (atWork.Count > 0)
            return;
        foreach (var (wanted, asker) in whenStill)
            asker.Tell(new Still(wanted.Page));
        whenStill.Clear();
    }

    // What an acceptor is given is judged when it is given, not when it came.
    private object Admitted(object message) =>
        message is Delivery delivery ? delivery with { Message = Epochs.Admit(delivery.Message, votingEpoch) } : message;

    private void Load((string Role, string Name) key)
    {
        var entry = new Entry(key, group.Node.Settings);
        entries.Add(key, entry);
        Start(entry);
    }

    // Who voted, and whom the settings make an acceptor, and whom the configuration does.
    private bool Has(NodeRoles role) => (roles & role) != 0
        || (role == NodeRoles.Acceptor && (group.Configuration.IndexOfVoter(group.Node.Self.Id) >= 0 || entries.ContainsKey((RoleNames.Epochs, ""))));

    private void ToRoleIfLoaded((string Role, string Name) key, object message)
    {
        if (entries.TryGetValue(key, out var entry))
            Tell(entry, message);
    }

    private void ToRole((string Role, string Name) key, object message)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entries.Add(key, entry = new Entry(key, group.Node.Settings));
            Start(entry);
            if (loaded.Count > group.Node.Settings.MaxLoaded)
                LetGo(loaded.First!.Value);
        }
        Tell(entry, message);
    }

    private void Tell(Entry entry, object message)
    {
        if (entry.Place.List is not null)
        {
            loaded.Remove(entry.Place);
            loaded.AddLast(entry.Place);
        }
        entry.LastUsed = Now;
        if (entry.State == State.Up)
            entry.Child.Tell(Admitted(message), Sender);
        else if (entry.State == State.Down && message is Call call)
            Sender.Tell(new CallEnded(call.Id, Unavailable(call)));
        else if (entry.Held.Count < MaxHeld)
            entry.Held.Enqueue((message, Sender));
    }

    private static Decision.Failed Unavailable(Call call) => new(
        call.Request.Name,
        Decision.Failure.NoQuorum,
        "This node's journal failed, and its proposer starts again in a moment: nothing was proposed. Its log says what failed.");

    private void Start(Entry entry)
    {
        var props = entry.Key.Role switch
        {
            RoleNames.Acceptor => AcceptorActor.Props(group, entry.Key.Name),
            RoleNames.Learner => LearnerActor.Props(group, entry.Key.Name),
            RoleNames.Epochs => EpochsActor.Props(group),
            RoleNames.Names => NamesActor.Props(group),
            _ => ProposerActor.Props(group),
        };
        entry.Child = Context.Watch(Context.ActorOf(props, $"{entry.Key.Role}-{++started}"));
        entry.State = State.Up;
        children.Add(entry.Child, entry);
        if (entry.Key.Role is RoleNames.Acceptor or RoleNames.Learner && entry.Place.List is null)
            loaded.AddLast(entry.Place);
        if (entry.Key.Role == RoleNames.Epochs)
            comeThrough.ForEach(each => entry.Child.Tell(each));
        while (entry.Held.TryDequeue(out var held))
            entry.Child.Tell(Admitted(held.Message), held.Sender);
    }

    private void OnStopped(Entry entry)
    {
        // Until it has read its journal again, it is not known whether the acceptors may vote.
        if (entry.Key.Role == RoleNames.Epochs)
            OnVotesIn(0);
        if (atWork.Remove(entry))
            AnswerWhenStill();
        if (entry.State == State.LettingGo)
        {
            if (entry.Held.Count > 0)
                Start(entry);
            else
                Forget(entry);
            return;
        }
        var delay = entry.Restarts.Next(Now);
        log.Warning("The {0} of {1} stopped; it starts again in {2:F1} s.", entry.Key.Role, entry.Key.Name is "" ? "this node" : entry.Key.Name, delay.TotalSeconds);
        entry.State = State.Down;
        Timers.StartSingleTimer(entry, new Revive(entry), delay);
    }

    private void LetGoOfIdle()
    {
        while (loaded.First is { Value: var oldest } && Now - oldest.LastUsed >= group.Node.Settings.IdleAfter)
            LetGo(oldest);
    }

    private void LetGo(Entry entry)
    {
        loaded.Remove(entry.Place);
        if (entry.State == State.Down)
        {
            Forget(entry);
            return;
        }
        entry.State = State.LettingGo;
        entry.Child.Tell(Roles.LetGo.Instance);
    }

    private void Forget(Entry entry)
    {
        Timers.Cancel(entry);
        entries.Remove(entry.Key);
    }

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private enum State
    {
        Up,
        LettingGo,
        Down,
    }

    private sealed class Entry
    {
        public Entry((string Role, string Name) key, PaxosSettings settings)
        {
            Key = key;
            Restarts = new RestartDelay(settings);
            Place = new LinkedListNode<Entry>(this);
        }

        public (string Role, string Name) Key { get; }

        public LinkedListNode<Entry> Place { get; }

        public IActorRef Child { get; set; } = ActorRefs.Nobody;

        public State State { get; set; }

        public Queue<(object Message, IActorRef Sender)> Held { get; } = new();

        public TimeSpan LastUsed { get; set; }

        public RestartDelay Restarts { get; }
    }

    private sealed record Revive(Entry Entry) : INoSerializationVerificationNeeded;

    private sealed record Sweep : INoSerializationVerificationNeeded
    {
        public static readonly Sweep Instance = new();
    }

    public static Props Props(GroupContext group) => Akka.Actor.Props.Create(() => new RoleSupervisor(group));
}
