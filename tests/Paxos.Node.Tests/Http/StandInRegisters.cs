using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Paxos.Actors;
using Paxos.Actors.Registers;

namespace Paxos.Node.Tests.Http;

/// <summary>The registers of one node that keeps them in memory, or fails as it is told. Nothing expires in it.</summary>
internal sealed class StandInRegisters : IRegisterStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, RegisterItem> items = new(ByBytes);
    private readonly Dictionary<string, (string Request, Written Result)> keyed = [];
    private readonly List<RegisterEvent> history = [];
    private readonly List<Channel<RegisterEvent>> watchers = [];
    private ulong revision;

    private static Comparer<string> ByBytes { get; } =
        Comparer<string>.Create((a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    public Exception? Failure { get; set; }

    /// <summary>What the writes asked for, in order.</summary>
    public ConcurrentQueue<(string Key, TimeSpan? Ttl, string? IdempotencyKey, Condition Condition)> Writes { get; } = [];

    /// <summary>With what consistency was read, in order.</summary>
    public ConcurrentQueue<Consistency> Reads { get; } = [];

    /// <summary>Watches from before this revision get a reset.</summary>
    public ulong CompactedThrough { get; set; }

    public int Watchers
    {
        get
        {
            lock (gate)
                return watchers.Count;
        }
    }

    public Task<RegisterItem?> ReadAsync(string key, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
    {
        Check(key);
        Reads.Enqueue(consistency);
        lock (gate)
            return Task.FromResult(items.GetValueOrDefault(key));
    }

    public Task<Written> WriteAsync(
        string key, ReadOnlyMemory<byte> value, Condition condition = default, TimeSpan? ttl = null, string? idempotencyKey = null, CancellationToken ct = default)
    {
        Check(key);
        if (value.Length > IRegisterStore.MaxValueBytes)
            throw new ArgumentException("The value is too long.");
        Writes.Enqueue((key, ttl, idempotencyKey, condition));
        return Once(idempotencyKey, $"put {key} {Convert.ToHexString(value.Span)} {condition} {ttl}", () =>
        {
            var current = items.GetValueOrDefault(key)?.Version ?? 0;
            if (condition.Version is { } wanted && wanted != current)
                return new Written(false, false, current);
            items[key] = new RegisterItem(key, ++revision, value);
            Tell(new RegisterEvent(RegisterEventKind.Put, revision, key, value, revision));
            return new Written(true, current == 0, revision);
        });
    }

    public Task<Written> DeleteAsync(string key, Condition condition = default, string? idempotencyKey = null, CancellationToken ct = default)
    {
        Check(key);
        Writes.Enqueue((key, null, idempotencyKey, condition));
        return Once(idempotencyKey, $"delete {key} {condition}", () =>
        {
            var current = items.GetValueOrDefault(key)?.Version ?? 0;
            if (current == 0 || (condition.Version is { } wanted && wanted != current))
                return new Written(false, false, current);
            items.Remove(key);
            revision++;
            Tell(new RegisterEvent(RegisterEventKind.Delete, revision, key, null, revision));
            return new Written(true, false, revision);
        });
    }

    public Task<RegisterPage> RangeAsync(
        string prefix, string? after = null, int limit = 100, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
    {
        if (Failure is not null)
            throw Failure;
        Reads.Enqueue(consistency);
        lock (gate)
        {
            var found = items.Values
                .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal) && (after is null || ByBytes.Compare(item.Key, after) > 0))
                .ToList();
            return Task.FromResult(new RegisterPage(revision, [.. found.Take(limit)], found.Count > limit ? found[limit - 1].Key : null));
        }
    }

    public async IAsyncEnumerable<RegisterEvent> WatchAsync(
        string keyOrPrefix, bool isPrefix, ulong? after = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        if (Failure is not null)
            throw Failure;
        var channel = Channel.CreateUnbounded<RegisterEvent>();
        lock (gate)
        {
            foreach (var e in after >= CompactedThrough ? history.Where(e => e.Revision > after) : Now(keyOrPrefix, isPrefix))
                channel.Writer.TryWrite(e);
            watchers.Add(channel);
        }
        try
        {
            await foreach (var e in channel.Reader.ReadAllAsync(ct))
            {
                if (e.Kind == RegisterEventKind.Progress || (isPrefix ? e.Key.StartsWith(keyOrPrefix, StringComparison.Ordinal) : e.Key == keyOrPrefix))
                    yield return e;
            }
        }
        finally
        {
            lock (gate)
                watchers.Remove(channel);
        }
    }

    /// <summary>Waits until somebody watches.</summary>
    public Task WatchedAsync() => Processes.Eventually.HoldsAsync(() => Task.FromResult(Watchers > 0), () => "nobody began to watch");

    public void Progress()
    {
        lock (gate)
            Tell(new RegisterEvent(RegisterEventKind.Progress, revision, "", null, 0));
    }

    /// <summary>All watches end: like this, or of themselves.</summary>
    public void EndWatches(Exception? with = null)
    {
        lock (gate)
            watchers.ForEach(watcher => watcher.Writer.TryComplete(with));
    }

    private IEnumerable<RegisterEvent> Now(string keyOrPrefix, bool isPrefix)
    {
        if (!isPrefix && !items.ContainsKey(keyOrPrefix))
            return [new RegisterEvent(RegisterEventKind.Reset, revision, keyOrPrefix, null, 0)];
        return [.. items.Values.Select(item => new RegisterEvent(RegisterEventKind.Reset, revision, item.Key, item.Value, item.Version))];
    }

    private void Tell(RegisterEvent e)
    {
        if (e.Kind != RegisterEventKind.Progress)
            history.Add(e);
        watchers.ForEach(watcher => watcher.Writer.TryWrite(e));
    }

    private Task<Written> Once(string? idempotencyKey, string request, Func<Written> apply)
    {
        lock (gate)
        {
            if (idempotencyKey is null)
                return Task.FromResult(apply());
            if (keyed.TryGetValue(idempotencyKey, out var before))
            {
                return before.Request == request
                    ? Task.FromResult(before.Result)
                    : throw new KeyConflictException($"The idempotency key '{idempotencyKey}' was used for another command.");
            }
            var result = apply();
            keyed[idempotencyKey] = (request, result);
            return Task.FromResult(result);
        }
    }

    private void Check(string key)
    {
        if (InstanceName.Problem(key) is { } problem)
            throw new ArgumentException(problem);
        if (Failure is not null)
            throw Failure;
    }
}
