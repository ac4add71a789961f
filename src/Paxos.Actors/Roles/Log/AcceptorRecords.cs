using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>
/// Which records of an acceptor's journal are still needed. The last <see cref="LogTrimmed"/> repeats what was promised before
/// it, so what stands before both that record and every entry that was not trimmed may go.
/// </summary>
internal sealed class AcceptorRecords
{
    // In the order of the journal; the front is the oldest that holds an entry which may still be asked for.
    private readonly Queue<(ulong Number, ulong Slot)> entries = new();
    private ulong trimmedThrough;
    private ulong lastTrimmed;

    /// <summary>The record has been written, or read back. In the order of the journal.</summary>
    public void Add(ulong number, Event @event)
    {
        switch (@event)
        {
            case EntryAccepted e:
                entries.Enqueue((number, e.Slot));
                break;
            case EntryLearned e:
                entries.Enqueue((number, e.Slot));
                break;
            case LogTrimmed e:
                trimmedThrough = Math.Max(trimmedThrough, e.Through);
                lastTrimmed = number;
                break;
        }
        while (entries.TryPeek(out var oldest) && oldest.Slot <= trimmedThrough)
            entries.Dequeue();
    }

    /// <summary>The number of the oldest record that is needed; 1: all are.</summary>
    public ulong Needed => lastTrimmed == 0 ? 1 : entries.TryPeek(out var oldest) ? Math.Min(oldest.Number, lastTrimmed) : lastTrimmed;
}
