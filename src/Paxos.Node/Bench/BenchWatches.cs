using System.Diagnostics;

namespace Paxos.Node.Bench;

/// <summary>
/// Watches that are open while a run writes, spread over its registers in turn. How late an event is counts from the beginning of
/// its write.
/// </summary>
internal sealed class BenchWatches(IBenchTarget target, IReadOnlyList<Uri> endpoints, IWriteOperation operation, BenchKeys keys, BenchValues values, int count)
    : IAsyncDisposable
{
    // So many are opened at once: more would wait for each other, and each for its connection.
    private const int Opening = 64;

    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(30);

    // An event that has not come so long after the last one is missed.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly BenchValues values = values;
    private readonly CancellationTokenSource ending = new();
    private readonly Task?[] watching = new Task?[count];

    private readonly Latencies delays = new(TimeSpan.TicksPerHour);
    private long began = long.MaxValue;
    private long lastEventAt;
    private long expected;
    private long events;
    private long breaks;
    private long resets;

    /// <summary>Opens all of them, and waits until each has been told how its register is.</summary>
    /// <exception cref="UsageException">One could not be opened.</exception>
    public Task OpenAsync(CancellationToken ct) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = Opening, CancellationToken = ct },
        async (index, token) =>
        {
            var key = keys.Of(index);
            var first = index % endpoints.Count;
            var watch = new Watch(this);
            watching[index] = target.WatchAsync([.. endpoints.Skip(first), .. endpoints.Take(first)], key, watch, ending.Token);
            try
            {
                await watch.Opened.WaitAsync(OpenTimeout, token);
            }
            catch (TimeoutException)
            {
                throw new UsageException(
                    $"--watches: number {index + 1} of {count}, of '{key}', was not open within {OpenTimeout.TotalSeconds} s: {watch.Problem ?? "nothing was told"}");
            }
        });

    /// <summary>What is written from now on counts.</summary>
    public void Begin()
    {
        (events, breaks, resets) = (0, 0, 0);
        Volatile.Write(ref began, Stopwatch.GetTimestamp());
    }

    /// <summary>This write was acknowledged: all that watch its register are to be told.</summary>
    public void Expect(BenchTurn turn)
    {
        var key = operation.KeyOf(turn) % keys.Count;
        if (key < count)
            Interlocked.Add(ref expected, (count - key - 1) / keys.Count + 1);
    }

    /// <summary>Waits for the events that are still to come, and says how it was.</summary>
    public async Task<WatchResult> EndAsync(CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref events) < expected && Stopwatch.GetElapsedTime(Math.Max(since, Volatile.Read(ref lastEventAt))) < SilentAfter)
            await Task.Delay(LookEvery, ct);
        var came = Volatile.Read(ref events);
        return new WatchResult(
            count,
            came,
            Math.Max(0, expected - came),
            Volatile.Read(ref breaks),
            Volatile.Read(ref resets),
            came == 0 ? 0 : came / Stopwatch.GetElapsedTime(began, Volatile.Read(ref lastEventAt)).TotalSeconds,
            delays.P50Ms,
            delays.P99Ms,
            delays.MaxMs);
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        foreach (var watch in watching)
        {
            if (watch is not null)
                await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        ending.Dispose();
    }

    private sealed class Watch(BenchWatches all) : IBenchWatch
    {
        private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => opened.Task;

        /// <summary>Why it broke last; null: it did not.</summary>
        public string? Problem { get; private set; }

        public void OnReset()
        {
            if (!opened.TrySetResult())
                Interlocked.Increment(ref all.resets);
        }

        public void OnPut(ReadOnlySpan<byte> value)
        {
            if (all.values.StartedAt(value) is not { } started || started < Volatile.Read(ref all.began))
                return;
            var now = Stopwatch.GetTimestamp();
            all.delays.Record(Stopwatch.GetElapsedTime(started, now));
            Volatile.Write(ref all.lastEventAt, now);
            Interlocked.Increment(ref all.events);
        }

        public void OnBreak(string why)
        {
            Problem = why;
            Interlocked.Increment(ref all.breaks);
        }
    }
}
