using Akka.Actor;
using Paxos.Actors.Roles;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Members;

/// <summary>
/// Where changes of the members come in. It works out the next configuration from the one that this node has applied, asks the
/// leader for it, and sees in its own log whether that came to be. A configuration's epoch makes the rest safe: one that is not
/// newer than what is in force is refused, and if it is chosen all the same it changes nothing.
/// </summary>
/// <param name="logs">The first is the one whose configuration the others follow.</param>
internal sealed class MembersActor(NodeContext node, IReadOnlyList<LogGroup> logs) : UntypedActor, IWithTimers
{
    /// <summary>What this actor sends has ids from here on, so that refusals find it, and not the log's client.</summary>
    public const ulong FirstId = 1UL << 63;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50);

    // A message may be lost: asked once more, the leader does it once all the same.
    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(1);

    // A change that somebody else made a moment ago is over soon, and worth the wait.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly List<MemberTask> tasks = [];
    private LogOpened? open;

    // Not the ids of the process before this one: what it asked for may be refused only now.
    private ulong lastId = FirstId + (ulong)Random.Shared.NextInt64(1L << 62);

    public ITimerScheduler Timers { get; set; } = null!;

    private LogBoard Log => logs[0].Board;

    protected override void PreStart() => Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, TickInterval);

    protected override void PostStop()
    {
        foreach (var task in tasks)
            task.Fail(new OutcomeUnknownException("The node ended before it answered: the change may have been made."));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LogOpened opened:
                open = opened;
                break;
            case ChangeCall call:
                Begin(new MemberTask(call.Change, null, Now + node.Settings.OperationTimeout, status => call.Done.TrySetResult(status!), e => call.Done.TrySetException(e)));
                break;
            case TransferCall call:
                Begin(new MemberTask(null, call.To, Now + node.Settings.OperationTimeout, _ => call.Done.TrySetResult(), e => call.Done.TrySetException(e)));
                break;
            case ConfigurationApplied applied:
                if (applied.Group == logs[0].Group)
                {
                    foreach (var task in tasks.ToList())
                        OnApplied(task, applied);
                }
                break;
            case ChangeRefused refused when tasks.Find(task => task.Open.Contains(refused.Id)) is { } task:
                OnRefused(task, refused.Id, refused.Why);
                break;
            case Tick:
                foreach (var task in tasks.ToList())
                    GoOn(task);
                break;
        }
    }

    private void Begin(MemberTask task)
    {
        tasks.Add(task);
        GoOn(task);
    }

    private void GoOn(MemberTask task)
    {
        try
        {
            if (task.To is { } to && Log.Leader == to)
                End(task);
            else if (node.Board.Refusal is var (reason, why))
                End(task, task.Open.Count > 0 ? Unknown() : new NotAppliedException(reason, why));
            else if (Now >= task.Deadline)
                End(task, task.Open.Count > 0 ? Unknown() : task.LastRefusal ?? (Exception)NobodyLeads());
            else if (task.Open.Count == 0 || Now - task.SentAt >= ResendAfter || Log.Leader != task.AskedOf)
                Ask(task);
        }
        catch (MembershipRefusedException e)
        {
            End(task, e);
        }
    }

    private void Ask(MemberTask task)
    {
        if (open is null || Log.InForce is not { } now || Log.Leader == default)
            return;
        if (task.To is { } to)
        {
            if (now.Configuration.IndexOfVoter(to) < 0)
                throw new MembershipRefusedException($"Node {to} has no vote: there are {string.Join(", ", now.Configuration.Voters.Select(voter => voter.Id))}.");
        }
        else if (task.Open.Count == 0)
        {
            // Those that follow make one change after the other too, as far as this node can see.
            if (logs.FirstOrDefault(log => log.Board.InForce is not { } other || other.Configuration.Epoch < now.Configuration.Epoch) is { } behind)
            {
                Wait(task, $"Group {behind.Group} has not come to configuration {now.Configuration.Epoch} yet: try again when it has.");
                return;
            }
            // A voter that has not taken over what was decided cannot hand it on.
            if (!node.Board.DecisionsHaveMoved(now.Configuration, node.Self))
            {
                Wait(task, $"The voters of configuration {now.Configuration.Epoch} have not all taken over the decisions yet: try again when they have.");
                return;
            }
            task.Next = task.Change!.Next(now.Configuration, node.Board);
        }
        task.AskedOf = Log.Leader;
        task.SentAt = Now;
        var id = ++lastId;
        task.Open.Add(id);
        Message message = task.To is { } successor ? new Transfer(id, successor) : new Reconfigure(id, task.Next!);
        if (task.AskedOf == node.Self.Id)
            open.Supervisor.Tell(new Delivery(node.Self.Id, "", message));
        else
            open.Log.Group.Send(task.AskedOf, "", message);
    }

    private void OnApplied(MemberTask task, ConfigurationApplied applied)
    {
        if (task.Open.Count == 0 || task.Next is not { } next || applied.Configuration.Epoch < next.Epoch)
            return;
        if (IsDone(task.Change!.Node, next, applied.Configuration))
        {
            End(task);
        }
        else
        {
            // Another change came first: what was sent is too old now, and is worked out anew.
            task.Open.Clear();
            GoOn(task);
        }
    }

    // As it was wanted, or later still, where this node has passed over slots by a snapshot.
    private static bool IsDone(NodeId changed, Configuration wanted, Configuration applied) =>
        applied.Find(changed) == wanted.Find(changed) && (wanted.IndexOfVoter(changed) < 0 || applied.IndexOfVoter(changed) >= 0);

    private void OnRefused(MemberTask task, ulong id, Refusal why)
    {
        task.Open.Remove(id);
        // While an earlier try may still be at work, a refusal of a later one says nothing: it may be what is under way.
        if (task.Open.Count > 0)
            return;
        switch (why)
        {
            case Refusal.NoQuorum:
                End(task, new MembershipRefusedException(task.To is { } to
                    ? $"The leader does not hear {to}."
                    : $"The leader hears no quorum of what would be {task.Next}: the log would stand still. Start those that are down first."));
                break;
            case Refusal.Conflict:
                Wait(task, "A change of the members is under way: try again when it is done.");
                break;
            case Refusal.Behind:
                Wait(task, $"Node {task.Change!.Node} has not caught up, or the leader does not hear it: as a voter it would be one that others wait for. Promote it when it has.");
                break;
        }
    }

    private void Wait(MemberTask task, string why)
    {
        task.LastRefusal = new MembershipRefusedException(why);
        task.ConflictSince ??= Now;
        if (Now - task.ConflictSince >= Patience)
            End(task, task.LastRefusal);
    }

    private void End(MemberTask task, Exception? mistake = null)
    {
        tasks.Remove(task);
        if (mistake is not null)
            task.Fail(mistake);
        else
            task.Succeed(task.To is null ? node.Board.Describe(Log.InForce!.Configuration, Log.InForce.Slot) : null);
    }

    private static OutcomeUnknownException Unknown() => new("No answer came in time, and the leader had been asked: the change may have been made, or may still be.");

    private static NotAppliedException NobodyLeads() =>
        new(NotAppliedReason.NoQuorum, "Nobody leads that this node could reach: nothing was changed. Are enough nodes up?");

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>One call, and what is known of what was sent for it.</summary>
    private sealed class MemberTask(
        MemberChange? change, NodeId? to, TimeSpan deadline, Action<ConfigurationStatus?> succeed, Action<Exception> fail)
    {
        public MemberChange? Change => change;

        public NodeId? To => to;

        public TimeSpan Deadline => deadline;

        public Configuration? Next { get; set; }

        /// <summary>Those that nobody has refused: each may be chosen, now or later.</summary>
        public HashSet<ulong> Open { get; } = [];

        public NodeId AskedOf { get; set; }

        public TimeSpan SentAt { get; set; }

        public TimeSpan? ConflictSince { get; set; }

        public MembershipRefusedException? LastRefusal { get; set; }

        public void Succeed(ConfigurationStatus? status) => succeed(status);

        public void Fail(Exception mistake) => fail(mistake);
    }

    public static Props Props(NodeContext node, IReadOnlyList<LogGroup> logs) => Akka.Actor.Props.Create(() => new MembersActor(node, logs));
}
