using System.Diagnostics;
using Akka.Actor;
using Paxos.Actors.Storage;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using CoreReason = Paxos.Protocol.Log.NotAppliedReason;

namespace Paxos.Actors.Roles.Log;

/// <summary>
/// Where calls for a log come in: the node's client of it. It answers each call exactly once, by its deadline, and says
/// whether what did not succeed may have happened.
/// </summary>
internal sealed class ClientActor : UntypedActor, IWithTimers, IHost
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(20);

    private readonly NodeContext node;
    private readonly Client client;
    private readonly Effects effects = new();
    private readonly Outbox outbox = new();
    private readonly Dictionary<ulong, (Completion Done, long Since)> commands = [];
    private readonly Dictionary<ulong, LogRead> reads = [];

    // Every call has the same time, so the first that came is the first that is due.
    private readonly Queue<(TimeSpan Deadline, ulong Call)> deadlines = new();
    private LogOpened? open;

    // When the message came that is being handled, which may be about many calls.
    private Now now;
    private ulong lastCall;
    private bool isFlushing;

    public ClientActor(NodeContext node)
    {
        this.node = node;
        client = new Client(Incarnations.Draw().Number, node.Settings.Log.Clients, node.Settings.Log.Sessions);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        foreach (var command in commands.Values)
            command.Done.Fail(new OutcomeUnknownException("The node ended before it answered: the operation may have happened."));
        foreach (var read in reads.Values)
            read.Question.Fail(new NotAppliedException(NotAppliedReason.NoQuorum, "The node ended before it answered."));
    }

    protected override void OnReceive(object message)
    {
        now = node.Now;
        switch (message)
        {
            case LogOpened opened:
                open = opened;
                break;
            case LogCommand or LogRead:
                OnCall(message);
                break;
            case LogBatch batch:
                foreach (var call in batch.Calls)
                    OnCall(call);
                break;
            case Watch watch when Refusal() is { } refused:
                watch.Watcher.End(refused);
                break;
            case Watch:
                open!.Supervisor.Tell(message);
                break;
            // The calls that came meanwhile stand before it in the mailbox, so they share a message to the leader.
            case Flush:
                isFlushing = false;
                client.Flush(now, effects);
                break;
            case Delivery delivery:
                client.On(delivery.From, delivery.Message, now, effects);
                break;
            case AppliedHere applied:
                OnApplied(applied);
                break;
            case Protocol.Timer timer:
                client.OnTimer(timer, now, effects);
                break;
            case Sweep:
                GiveUpOverdue();
                break;
        }
        outbox.Add(effects, this);
        effects.Clear();
        if (open is not null)
            open.Log.Board.Counts.PendingCalls = commands.Count + reads.Count;
    }

    private void OnCall(object call)
    {
        if (call is LogCommand command)
            OnCommand(command);
        else
            OnRead((LogRead)call);
    }

    private void OnCommand(LogCommand command)
    {
        if (Refusal() is { } refused)
        {
            command.Done.Fail(refused);
            return;
        }
        commands.Add(Begin(), (command.Done, Stopwatch.GetTimestamp()));
        if (command.Key is { } key)
            client.SubmitKeyed(lastCall, key, command.Payload, now, effects);
        else
            client.Submit(lastCall, command.Payload, now, effects);
    }

    private void OnRead(LogRead read)
    {
        if (Refusal() is { } refused)
        {
            read.Question.Fail(refused);
        }
        else if (read.IsLocal)
        {
            open!.Supervisor.Tell(new LocalQuery(read.Question, 0));
        }
        else
        {
            reads.Add(Begin(), read);
            client.Read(lastCall, now, effects);
        }
    }

    private ulong Begin()
    {
        // Only while somebody waits: of many groups most are idle.
        if (deadlines.Count == 0)
            Timers.StartPeriodicTimer(Sweep.Instance, Sweep.Instance, SweepInterval);
        deadlines.Enqueue((Monotonic + node.Settings.OperationTimeout, ++lastCall));
        if (!isFlushing)
        {
            isFlushing = true;
            Self.Tell(Flush.Instance);
        }
        return lastCall;
    }

    private NotAppliedException? Refusal() => node.Board.Refusal is var (reason, message)
        ? new NotAppliedException(reason, message)
        : open?.Log.Board.Fault is { } fault ? new NotAppliedException(NotAppliedReason.NotMember, fault)
        : open is null ? new NotAppliedException(NotAppliedReason.Forming, "This node starts its roles. Try again in a moment.") : null;

    private void OnApplied(AppliedHere applied)
    {
        foreach (var completed in applied.Completed)
            client.OnCompleted(completed, now, effects);
        if (applied.IsRestored)
            client.OnSkipped(applied.Slot, effects);
        client.OnApplied(applied.Slot, effects);
    }

    private void GiveUpOverdue()
    {
        while (deadlines.TryPeek(out var oldest))
        {
            var isWaiting = commands.ContainsKey(oldest.Call) || reads.ContainsKey(oldest.Call);
            if (isWaiting && oldest.Deadline > Monotonic)
                return;
            deadlines.Dequeue();
            if (isWaiting)
                client.GiveUp(oldest.Call, effects);
        }
        Timers.Cancel(Sweep.Instance);
    }

    private static TimeSpan Monotonic => Context.System.Scheduler.MonotonicClock;

    void IHost.Persist(Event @event) => throw new NotSupportedException("A client writes nothing.");

    void IHost.Send(NodeId to, Message message)
    {
        if (open is null)
            return;
        if (to == node.Self.Id)
            open.Supervisor.Tell(new Delivery(to, "", message));
        else
            open.Log.Group.Send(to, "", message);
    }

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) => Timers.StartSingleTimer(timer, timer, node.Draw(min, max));

    void IHost.StopTimer(Protocol.Timer timer) => Timers.Cancel(timer);

    void IHost.Tell(Effect.Told told)
    {
        open?.Log.Board.Counts.Ended(told);
        switch (told)
        {
            case CallCompleted m when commands.Remove(m.CallId, out var command):
                open!.Log.Times.Completed(command.Since);
                Complete(command.Done, m.Result);
                break;
            case CallNotApplied m when commands.Remove(m.CallId, out var command):
                command.Done.Fail(NotApplied(m.Reason));
                break;
            case CallUnknown m when commands.Remove(m.CallId, out var command):
                command.Done.Fail(new OutcomeUnknownException(
                    "No answer came in time, and the command had been sent: it may have been applied, or may still be."));
                break;
            case ReadReady m when reads.Remove(m.CallId, out var read):
                open!.Supervisor.Tell(new LocalQuery(read.Question, m.Slot));
                break;
            case ReadFailed m when reads.Remove(m.CallId, out var read):
                read.Question.Fail(NotApplied(m.Reason));
                break;
        }
    }

    private static void Complete(Completion command, Result result)
    {
        switch (result.Kind)
        {
            case ResultKind.Done:
                command.Succeed(result.Value);
                break;
            case ResultKind.Failed:
                command.Fail(new CommandFailedException(result.Value.ToString()));
                break;
            case ResultKind.SessionExpired:
                command.Fail(new SessionExpiredException("The session ended before the command was applied: it was not applied by this try."));
                break;
            case ResultKind.KeyConflict:
                command.Fail(new KeyConflictException("The idempotency key was used for another command: this one was not applied."));
                break;
            case ResultKind.TooFarAhead:
                command.Fail(NotApplied(CoreReason.Overloaded));
                break;
            default:
                command.Fail(new OutcomeUnknownException("The result is not kept any more: the command may have been applied before."));
                break;
        }
    }

    private static NotAppliedException NotApplied(CoreReason reason) => reason == CoreReason.Overloaded
        ? new NotAppliedException(NotAppliedReason.Overloaded, "Too many calls are under way (paxos.log.max-in-flight, queue-bytes): try again later, or slower.")
        : new NotAppliedException(NotAppliedReason.NoQuorum, "Nobody leads that this node could reach: nothing was proposed. Are enough nodes up?");

    private sealed record Flush : INoSerializationVerificationNeeded
    {
        public static readonly Flush Instance = new();
    }

    private sealed record Sweep : INoSerializationVerificationNeeded
    {
        public static readonly Sweep Instance = new();
    }

    public static Props Props(NodeContext node) => Akka.Actor.Props.Create(() => new ClientActor(node));
}
