using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>A role's durable events. After a trim its beginning goes, as far as no entry that is left stands in it.</summary>
internal sealed class Journal
{
    private readonly List<Event> events = [];

    public IReadOnlyList<Event> Events => events;

    /// <summary>The last ones are not there after all.</summary>
    public void Forget(int count) => events.RemoveRange(Math.Max(0, events.Count - count), Math.Min(count, events.Count));

    /// <summary>As it is now: to be put back later.</summary>
    public Action Copy()
    {
        Event[] copy = [.. events];
        return () =>
        {
            events.Clear();
            events.AddRange(copy);
        };
    }

    public void Clear() => events.Clear();

    public void Add(Event @event)
    {
        events.Add(@event);
        if (@event is not LogTrimmed trimmed)
            return;
        var gone = events.FindIndex(each => each == @event || each switch
        {
            EntryAccepted e => e.Slot > trimmed.Through,
            EntryLearned e => e.Slot > trimmed.Through,
            _ => false,
        });
        events.RemoveRange(0, gone);
    }
}
