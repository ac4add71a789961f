using Google.Protobuf;
using Paxos.Actors.Registers;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>A watch of an app outside the members, which takes its events page by page.</summary>
internal sealed class OpenWatch(IAsyncEnumerable<RegisterEvent> events) : IDisposable
{
    // Well within a caller's deadline.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource ending = new();
    private IAsyncEnumerator<RegisterEvent>? source;
    private Task<bool>? coming;
    private ulong nextPage;
    private long idleSince = Environment.TickCount64;
    private int isBusy;

    /// <summary>What has come, or comes within a while; empty: nothing did.</summary>
    /// <exception cref="WatchLostException">Another page would be next, or one is asked for already.</exception>
    /// <exception cref="ArgumentException">It can't be watched.</exception>
    /// <exception cref="NotAppliedException">The node serves no watch.</exception>
    public async Task<Proto.WatchPage> NextAsync(ulong page)
    {
        if (Interlocked.Exchange(ref isBusy, 1) == 1)
            throw new WatchLostException();
        try
        {
            if (page != nextPage || ending.IsCancellationRequested)
                throw new WatchLostException();
            nextPage++;
            source ??= events.GetAsyncEnumerator(ending.Token);
            var result = new Proto.WatchPage();
            coming ??= source.MoveNextAsync().AsTask();
            await ((Task)coming).WaitAsync(LongestWait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            for (var bytes = 0; coming.IsCompleted;)
            {
                if (!await coming.ConfigureAwait(false))
                    throw new NotAppliedException(NotAppliedReason.NoQuorum, "The watch has ended at this node.");
                var item = ToProto(source.Current);
                bytes += item.CalculateSize();
                // It begins the next page: one value alone may fill a frame, and remoting would drop what is larger.
                if (result.Items.Count > 0 && bytes > Batches.MaxBytes)
                    break;
                result.Items.Add(item);
                coming = source.MoveNextAsync().AsTask();
            }
            return result;
        }
        finally
        {
            Volatile.Write(ref idleSince, Environment.TickCount64);
            Interlocked.Exchange(ref isBusy, 0);
            if (ending.IsCancellationRequested)
                LetGo();
        }
    }

    /// <summary>Ends it where nobody has asked for so long.</summary>
    public bool TryEnd(TimeSpan idle)
    {
        if (Volatile.Read(ref isBusy) == 1 || Environment.TickCount64 - Volatile.Read(ref idleSince) < idle.TotalMilliseconds)
            return false;
        Dispose();
        return true;
    }

    public void Dispose()
    {
        if (ending.IsCancellationRequested)
            return;
        ending.Cancel();
        LetGo();
    }

    // Whoever has the source ends it: one that has an event which nobody took does not end by itself, and would be offered more.
    private void LetGo()
    {
        if (Interlocked.Exchange(ref isBusy, 1) == 0)
            _ = EndSourceAsync();
    }

    private async Task EndSourceAsync()
    {
        if (coming is not null)
            await ((Task)coming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (source is not null)
            await source.DisposeAsync().ConfigureAwait(false);
        ending.Dispose();
    }

    private static Proto.WatchEvent ToProto(RegisterEvent @event) => new()
    {
        Kind = (uint)@event.Kind,
        Revision = @event.Revision,
        Key = @event.Key,
        HasValue = @event.Value is not null,
        Value = @event.Value is { } value ? UnsafeByteOperations.UnsafeWrap(value) : ByteString.Empty,
        Version = @event.Version,
    };
}
