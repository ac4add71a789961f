using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Paxos.Actors.Storage;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>
/// The learner of a log and the machine that it applies to. It has no journal: it begins with its newest snapshot, and the log
/// has what comes after.
/// </summary>
internal sealed class LogLearnerActor : UntypedActor, IWithTimers, IHost
{
    // A step that catches up is not what is to be measured.
    private const ulong MaxTimed = 100;

    private readonly ILoggingAdapter logger = Context.GetLogger();
    private readonly LogContext log;
    private readonly IActorRef client;
    private readonly IActorRef watches;
    private readonly NodeContext node;
    private readonly Replica replica;
    private readonly Learner learner;
    private readonly DigestComparison digests;
    private readonly Effects effects = new();
    private readonly Outbox outbox = new();
    private readonly List<Completed> completed = [];
    private readonly List<Notified> notified = [];
    private readonly RetryPace.Retrier retrier;
    private string? unreadable;
    private bool isWriting;

    // The last piece of another node's snapshot of this slot has come; 0: one could not be kept. Null: neither.
    private ulong? arrived;

    public LogLearnerActor(LogContext log, IActorRef client, IActorRef watches)
    {
        this.log = log;
        this.client = client;
        this.watches = watches;
        node = log.Group.Node;
        retrier = node.Retries.NewRetrier();
        replica = new Replica(log.NewMachine(), log.Settings.Sessions);
        digests = new DigestComparison(node.Self.Id);
        learner = new Learner(node.Self.Id, log.First, replica, log.Options, log.HasAcceptor);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private InForce? InForce => replica.InForce;

    protected override void PreStart()
    {
        var slot = log.Snapshots.Load(replica.Restore, Unreadable);
        if (slot > 0)
            logger.Info("Group {0} goes on from the snapshot of slot {1}.", log.Group.Group, slot);
        if (slot > 0)
            unreadable = null;
        learner.Start(slot, InForce, effects, log.Snapshots.SizeOf(slot));
        if (InForce is { } inForce)
            Context.Parent.Tell(Applied(inForce.Configuration, inForce.Slot));
        watches.Tell(new WatchesBegin(replica.Index));
        CarryOut(isRestored: slot > 0);
    }

    protected override void PostStop() => retrier.End();

    private ConfigurationApplied Applied(Configuration configuration, ulong slot) =>
        new(log.Group.Group, configuration, slot, [.. replica.Configurations.Select(each => each.Configuration).Where(each => each.Epoch <= configuration.Epoch)]);

    private void Unreadable(string file, Exception mistake)
    {
        unreadable = $"{file} ({mistake.Message})";
        logger.Error("The snapshot {0} is damaged and is not used. {1}", file, mistake.Message);
    }

    // It was never this node's, and others may have it whole.
    private void CameDamaged(string file, Exception mistake) =>
        logger.Warning("Another node's snapshot came damaged and is asked for again, elsewhere. {0}", mistake.Message);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // What the snapshots held is not in the log any more: this node would begin with nothing, and not know it.
            case Delivery { Message: Trimmed } delivery when delivery.From == node.Self.Id && unreadable is not null && learner.AppliedThrough == 0:
                Context.Parent.Tell(new Damaged(
                    $"The snapshot {unreadable} of group {log.Group.Group} is damaged, there is no other, and the log before it was let go. "
                    + StorageFault.WayBack("that file")));
                return;
            case Delivery { Message: StateDigest digest } delivery:
                digests.On(delivery.From, digest, replica, log.Group.Configuration, effects);
                break;
            case Delivery delivery:
                learner.On(delivery.From, delivery.Message, node.Now, effects);
                break;
            case Protocol.Timer timer:
                retrier.End();
                learner.OnTimer(timer, node.Now, effects);
                break;
            // It began anew since, from a snapshot, and has not come so far again.
            case LocalQuery query when query.Slot > learner.AppliedThrough:
                query.Question.Fail(new NotAppliedException(
                    NotAppliedReason.NoQuorum, "This node's learner failed and is catching up: ask again in a moment, or another node."));
                return;
            case LocalQuery query:
                query.Question.Ask(replica);
                return;
            case BeginWatch begin:
                watches.Tell(new AddWatcher(begin.Watcher, replica.Index, begin.Watcher.Current(replica.Query)));
                return;
            case AskProgress:
                watches.Tell(new ProgressHere(replica.Index));
                return;
            case SnapshotWritten written:
                OnWritten(written);
                break;
        }
        CarryOut();
    }

    private void CarryOut(bool isRestored = false)
    {
        digests.OnApplied(replica, log.Group.Configuration, effects);
        outbox.Add(effects, this);
        effects.Clear();
        // In the same step: it would take back what was applied meanwhile.
        if (arrived is { } slot)
        {
            arrived = null;
            CarryOut(Restore(slot));
            return;
        }
        if (learner.AppliedThrough != log.Board.Applied || completed.Count > 0 || isRestored)
            client.Tell(new AppliedHere(learner.AppliedThrough, completed.Count > 0 ? completed.ToArray() : [], isRestored));
        if (notified.Count > 0)
            watches.Tell(new Changes(notified.ToArray()));
        else if (isRestored)
            watches.Tell(new WatchesBegin(replica.Index));
        var applied = learner.AppliedThrough;
        for (var next = Math.Max(log.Board.Applied, applied - Math.Min(applied, MaxTimed)) + 1; next <= applied; next++)
            log.Times.Applied(next);
        completed.Clear();
        notified.Clear();
        log.Board.Applied = learner.AppliedThrough;
        log.Board.Chosen = learner.ChosenThrough;
        log.Board.Index = replica.Index;
    }

    void IHost.Persist(Event @event) => throw new NotSupportedException("A learner keeps snapshots, not events.");

    void IHost.Send(NodeId to, Message message)
    {
        if (to == node.Self.Id)
            Context.Parent.Tell(new Delivery(to, "", message));
        else
            log.Group.Send(to, "", message);
    }

    // It has no other than to ask again.
    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) =>
        Timers.StartSingleTimer(timer, timer, retrier.Begin(node.Draw(min, max)));

    void IHost.StopTimer(Protocol.Timer timer)
    {
        Timers.Cancel(timer);
        retrier.End();
    }

    void IHost.Tell(Effect.Told told)
    {
        switch (told)
        {
            case Completed m:
                completed.Add(m);
                break;
            case Notified m:
                notified.Add(m);
                break;
            case Reconfigured m:
                Context.Parent.Tell(Applied(m.Configuration, m.Slot));
                break;
            case Diverged m:
                Context.Parent.Tell(new DivergedHere(m));
                break;
            case SnapshotWanted:
                WriteSnapshot();
                break;
            case SnapshotAsked m:
                Serve(m);
                break;
            case ChunkReceived m:
                Receive(m);
                break;
        }
    }

    // The step may have gone on behind the slot at which it was wanted: it is named after what is in it.
    private void WriteSnapshot()
    {
        if (isWriting)
            return;
        isWriting = true;
        var slot = replica.AppliedSlot;
        var since = Stopwatch.GetTimestamp();
        ISnapshotView view;
        try
        {
            view = replica.Freeze();
            log.Board.Counts.SnapshotHeld(Stopwatch.GetElapsedTime(since));
        }
        catch (Exception e)
        {
            // The machine's own mistake: it can go on, and be frozen another time.
            OnWritten(new SnapshotWritten(slot, 0, e));
            return;
        }
        var files = log.Snapshots;
        Task.Run(() => files.Write(slot, view)).PipeTo(
            Self,
            success: bytes => new SnapshotWritten(slot, bytes, null),
            failure: mistake => new SnapshotWritten(slot, 0, mistake));
    }

    private void OnWritten(SnapshotWritten written)
    {
        isWriting = false;
        if (written.Mistake is null)
        {
            log.Board.Counts.Snapshots.Add();
            log.Board.Counts.SnapshotBytes.Add(written.Bytes);
            learner.OnSnapshotDurable(written.Slot, written.Bytes, effects);
            return;
        }
        log.Board.Counts.SnapshotFailures.Add();
        // The old one stays, nothing is trimmed, and the next one is tried when it is due.
        learner.OnSnapshotFailed();
        logger.Error(
            "The snapshot of group {0} at slot {1} could not be written; the last one stays and the log is not trimmed. {2}",
            log.Group.Group, written.Slot, StorageFault.IsDiskFull(written.Mistake) ? "The disk is full." : written.Mistake.Message);
    }

    private void Serve(SnapshotAsked asked)
    {
        if (log.Snapshots.Read(asked.Slot, asked.Offset, log.Settings.SnapshotChunkBytes) is { } chunk)
            log.Group.Send(asked.To, "", new SnapshotChunk(chunk.Slot, chunk.Offset, chunk.Total, new Value(chunk.Bytes)));
    }

    private void Receive(ChunkReceived chunk)
    {
        try
        {
            log.Snapshots.Receive(chunk.Offset, chunk.Bytes.Bytes.Span);
            if (chunk.Offset + (ulong)chunk.Bytes.Bytes.Length == chunk.Total)
                arrived = chunk.Slot;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.Warning("A piece of the snapshot of slot {0} could not be kept; it is asked for again. {1}", chunk.Slot, e.Message);
            arrived = 0;
        }
    }

    private bool Restore(ulong slot)
    {
        if (slot == 0 || !log.Snapshots.Accept(slot, replica.Restore, CameDamaged))
        {
            learner.OnRestoreFailed(effects);
            return false;
        }
        logger.Info("Group {0} was restored from another node's snapshot of slot {1}.", log.Group.Group, slot);
        learner.OnRestored(slot, InForce, effects, log.Snapshots.SizeOf(slot));
        return true;
    }

    private sealed record SnapshotWritten(ulong Slot, long Bytes, Exception? Mistake) : INoSerializationVerificationNeeded;

    public static Props Props(LogContext log, IActorRef client, IActorRef watches) =>
        Akka.Actor.Props.Create(() => new LogLearnerActor(log, client, watches));
}
