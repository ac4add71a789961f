using Paxos.Protocol;
using Paxos.Protocol.Log;
using CoreReason = Paxos.Protocol.Log.NotAppliedReason;

namespace Paxos.Actors.Metrics;

/// <summary>What happened in one log on this node since the node started, for the meter.</summary>
internal sealed class LogCounts
{
    private long pendingCalls;
    private long queuedBytes;
    private long snapshotHoldTicks;

    /// <summary>Calls of this node that ended, by how they ended; the name is the metric's label.</summary>
    public IReadOnlyList<(string Outcome, Count Count)> Commands { get; } =
        [("applied", new Count()), ("failed", new Count()), ("session-expired", new Count()), ("refused", new Count()), ("overloaded", new Count()),
            ("no-leader", new Count()), ("unknown", new Count())];

    /// <inheritdoc cref="Commands"/>
    public IReadOnlyList<(string Outcome, Count Count)> Reads { get; } =
        [("confirmed", new Count()), ("overloaded", new Count()), ("no-leader", new Count())];

    public Count Proposals { get; } = new();

    public Count LeaderChanges { get; } = new();

    public Count Snapshots { get; } = new();

    public Count SnapshotFailures { get; } = new();

    public Count SnapshotBytes { get; } = new();

    /// <summary>The longest time that a snapshot kept the learner from what came to it. The rest of one is written beside it.</summary>
    public TimeSpan LongestSnapshotHold => TimeSpan.FromTicks(Volatile.Read(ref snapshotHoldTicks));

    /// <summary>Calls under way on this node.</summary>
    public long PendingCalls { get => Volatile.Read(ref pendingCalls); set => Volatile.Write(ref pendingCalls, value); }

    /// <summary>Bytes of commands that wait at this node for a slot: a leader's, else 0.</summary>
    public long QueuedBytes { get => Volatile.Read(ref queuedBytes); set => Volatile.Write(ref queuedBytes, value); }

    /// <summary>A snapshot kept the learner for so long. The learner alone says so.</summary>
    public void SnapshotHeld(TimeSpan time) => Volatile.Write(ref snapshotHoldTicks, Math.Max(snapshotHoldTicks, time.Ticks));

    /// <summary>A call has ended so.</summary>
    public void Ended(Effect.Told told)
    {
        switch (told)
        {
            case CallCompleted { Result.Kind: ResultKind.Done }:
                Commands[0].Count.Add();
                break;
            case CallCompleted { Result.Kind: ResultKind.Failed }:
                Commands[1].Count.Add();
                break;
            case CallCompleted { Result.Kind: ResultKind.SessionExpired }:
                Commands[2].Count.Add();
                break;
            case CallCompleted:
                Commands[3].Count.Add();
                break;
            case CallNotApplied m:
                Commands[m.Reason == CoreReason.Overloaded ? 4 : 5].Count.Add();
                break;
            case CallUnknown:
                Commands[6].Count.Add();
                break;
            case ReadReady:
                Reads[0].Count.Add();
                break;
            case ReadFailed m:
                Reads[m.Reason == CoreReason.Overloaded ? 1 : 2].Count.Add();
                break;
        }
    }
}
