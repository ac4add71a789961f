using Akka.Actor;
using Paxos.Actors.Registers;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.Actors.Roles.Log;

/// <summary>Somebody begins to watch.</summary>
internal sealed record Watch(RegisterWatcher Watcher) : INoSerializationVerificationNeeded;

/// <summary>To the learner: how is it now, for a watcher that begins with that?</summary>
internal sealed record BeginWatch(RegisterWatcher Watcher) : INoSerializationVerificationNeeded;

/// <summary>The learner's answer; the changes that it tells later are later than this.</summary>
internal sealed record AddWatcher(RegisterWatcher Watcher, ulong Index, IReadOnlyList<RegisterRow> Current) : INoSerializationVerificationNeeded;

/// <summary>What one step of the learner brought.</summary>
internal sealed record Changes(IReadOnlyList<Notified> Items) : INoSerializationVerificationNeeded;

/// <summary>The learner goes on from here: what was before it does not tell.</summary>
internal sealed record WatchesBegin(ulong Index) : INoSerializationVerificationNeeded;

/// <summary>To the learner: how far is it?</summary>
internal sealed record AskProgress : INoSerializationVerificationNeeded
{
    public static readonly AskProgress Instance = new();
}

/// <summary>The learner's answer.</summary>
internal sealed record ProgressHere(ulong Index) : INoSerializationVerificationNeeded;

/// <summary>Hands the changes that the learner tells to those who watch, and keeps the last ones for those who come later.</summary>
internal sealed class WatchesActor(LogSection settings) : UntypedActor, IWithTimers
{
    // A learner that is still on its way to where it was before it started again.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly RegisterWatchers watchers = new();

    // Those for whom the learner was asked how it is now.
    private readonly HashSet<RegisterWatcher> waiting = [];
    private readonly Queue<Notified> history = new();
    private long historyBytes;

    // The history is whole after this index, and everything up to the other one has been handed out.
    private ulong wholeAfter;
    private ulong through;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        watchers.End();
        foreach (var watcher in waiting)
            watcher.End();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case WatchesBegin begin:
                OnBegin(begin.Index);
                break;
            case Changes changes:
                OnChanges(changes.Items);
                break;
            case Watch watch:
                OnWatch(watch.Watcher);
                break;
            case AddWatcher add:
                OnAnswer(add);
                break;
            case AskAgain again:
                Ask(again.Watcher);
                break;
            case AskProgress when watchers.Count == 0:
                Timers.Cancel(AskProgress.Instance);
                break;
            case AskProgress:
                Context.Parent.Tell(message);
                break;
            // A learner that started again comes to what it has told already.
            case ProgressHere progress when progress.Index >= through:
                watchers.TellAll(watcher => watcher.Progress(progress.Index));
                break;
        }
    }

    private void OnBegin(ulong index)
    {
        // What was asked of the one before may be lost.
        foreach (var watcher in waiting.ToArray())
            Ask(watcher);
        // A learner that started again tells once more what it told before its end: that is left out.
        if (index <= through && through > 0)
            return;
        // What is in between nobody here will ever hear of.
        watchers.End();
        history.Clear();
        historyBytes = 0;
        wholeAfter = through = index;
    }

    private void OnChanges(IReadOnlyList<Notified> items)
    {
        // All of one index come together.
        var before = through;
        foreach (var item in items)
        {
            if (item.Index <= before)
                continue;
            through = item.Index;
            history.Enqueue(item);
            historyBytes += Size(item);
            if (watchers.Count > 0)
                watchers.Tell(item.Topic, watcher => watcher.Offer(item));
        }
        while (history.Count > settings.WatchHistoryEvents || historyBytes > settings.WatchHistoryBytes)
        {
            var oldest = history.Dequeue();
            historyBytes -= Size(oldest);
            wholeAfter = oldest.Index;
        }
    }

    private static int Size(Notified notified) => notified.Topic.Length * sizeof(char) + notified.Notification.Bytes.Length;

    private void OnWatch(RegisterWatcher watcher)
    {
        if (watcher.After is not { } after || after < wholeAfter)
        {
            waiting.Add(watcher);
            Ask(watcher);
            return;
        }
        foreach (var item in history)
        {
            if (item.Index > after && !watcher.Offer(item))
            {
                watcher.End();
                return;
            }
        }
        Add(watcher);
    }

    private void Ask(RegisterWatcher watcher)
    {
        if (watcher.IsClosed)
            waiting.Remove(watcher);
        if (waiting.Contains(watcher))
            Context.Parent.Tell(new BeginWatch(watcher));
    }

    private void OnAnswer(AddWatcher add)
    {
        if (!waiting.Contains(add.Watcher))
            return;
        // A learner that started again is not where it was, and what it tells on the way there is left out here.
        if (add.Index < through)
        {
            Timers.StartSingleTimer(add.Watcher, new AskAgain(add.Watcher), AskAgainAfter);
            return;
        }
        waiting.Remove(add.Watcher);
        add.Watcher.Reset(add.Index, add.Current);
        Add(add.Watcher);
    }

    // The groups that nobody watches ask for no progress.
    private void Add(RegisterWatcher watcher)
    {
        watchers.Add(watcher);
        if (!Timers.IsTimerActive(AskProgress.Instance))
            Timers.StartPeriodicTimer(AskProgress.Instance, AskProgress.Instance, settings.WatchProgress);
    }

    private sealed record AskAgain(RegisterWatcher Watcher) : INoSerializationVerificationNeeded;

    public static Props Props(LogSection settings) => Akka.Actor.Props.Create(() => new WatchesActor(settings));
}
