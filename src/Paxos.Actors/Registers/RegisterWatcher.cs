using System.Threading.Channels;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.Actors.Registers;

/// <summary>
/// One who watches a key, or all that begin with a prefix. The node's watches put events in, and whoever asked takes them out.
/// One that falls behind is ended: it begins again with how it is then.
/// </summary>
internal sealed class RegisterWatcher(string keyOrPrefix, bool isPrefix, ulong? after, int buffer)
{
    private readonly Channel<RegisterEvent> events = Channel.CreateUnbounded<RegisterEvent>();
    private int resets;

    public string KeyOrPrefix => keyOrPrefix;

    public bool IsPrefix => isPrefix;

    /// <summary>The revision after which it begins; null: with how it is now.</summary>
    public ulong? After => after;

    public ChannelReader<RegisterEvent> Events => events.Reader;

    /// <summary>Nobody takes events any more.</summary>
    public bool IsClosed { get; private set; }

    public void Close()
    {
        IsClosed = true;
        events.Writer.TryComplete();
    }

    /// <summary>No further event comes: it fell behind, or there is a reason why this node serves none.</summary>
    public void End(Exception? reason = null) => events.Writer.TryComplete(reason);

    /// <summary>How it is now, to begin with: asked of the store, page by page.</summary>
    public IReadOnlyList<RegisterRow> Current(Func<Value, Value> query)
    {
        if (!isPrefix)
            return [.. RegisterAnswer.Decode(query(new RegisterQuery.Get(keyOrPrefix).Encode())).Rows];
        var rows = new List<RegisterRow>();
        string? next = null;
        do
        {
            var page = RegisterAnswer.Decode(query(new RegisterQuery.Range(keyOrPrefix, next, RegisterQuery.MaxLimit).Encode()));
            rows.AddRange(page.Rows);
            next = page.Next;
        }
        while (next is not null);
        return rows;
    }

    public void Reset(ulong revision, IReadOnlyList<RegisterRow> current)
    {
        // They may be more than a watcher falls behind by.
        resets = current.Count + 2;
        if (current.Count == 0)
            events.Writer.TryWrite(new RegisterEvent(RegisterEventKind.Reset, revision, keyOrPrefix, null, 0));
        foreach (var row in current)
            events.Writer.TryWrite(new RegisterEvent(RegisterEventKind.Reset, revision, row.Key, row.Value.Bytes, row.Version));
        // That was all: whoever goes on elsewhere need not begin with how it is once more, and miss the changes before that.
        if (isPrefix)
            Progress(revision);
    }

    /// <summary>False where it has fallen behind.</summary>
    public bool Offer(Notified notified)
    {
        // A node that is behind the one where it began comes to what it has seen already.
        if (notified.Index <= after)
            return true;
        if (isPrefix ? !notified.Topic.StartsWith(keyOrPrefix, StringComparison.Ordinal) : notified.Topic != keyOrPrefix)
            return true;
        var change = RegisterChange.Decode(notified.Notification);
        return Put(change.Value is { } value
            ? new RegisterEvent(RegisterEventKind.Put, notified.Index, notified.Topic, value.Bytes, change.Version)
            : new RegisterEvent(RegisterEventKind.Delete, notified.Index, notified.Topic, null, change.Version));
    }

    /// <inheritdoc cref="Offer"/>
    public bool Progress(ulong revision) => revision < after || Put(new RegisterEvent(RegisterEventKind.Progress, revision, keyOrPrefix, null, 0));

    private bool Put(RegisterEvent @event) => events.Reader.Count < buffer + resets && events.Writer.TryWrite(@event);
}
