using System.Diagnostics;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>
/// Clients that stay with their node and wait for each answer: in a closed loop, or at a rate. Then an operation has a time at which it
/// is meant to begin, from which its latency counts: what waits behind a slow one is not left out. (Timers are good to about 1 ms,
/// and that counts too.)
/// </summary>
/// <param name="rate">Operations a second, of all clients; null: each asks again as soon as it was answered.</param>
/// <param name="watches">Of what is written; null: none.</param>
internal sealed class LoadBench(IReadOnlyList<Uri> endpoints, IBenchOperation operation, int clients, int? rate, BenchWatches? watches = null)
{
    // Every client takes part, so that its connection is open; and many in a closed loop do so much at once that their own code, new in
    // this process, would be compiled well only when half of what is measured is over.
    private const int WarmUpTotal = 2000;
    private const int WarmUpOfEach = 100;

    private static readonly TimeSpan OperationTimeout = TimeSpan.FromSeconds(10);

    // Errors that come at once would else use up the run before anybody has noticed.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(20);

    private readonly Latencies latencies = new(TimeSpan.TicksPerMinute);
    private string? firstFailure;

    /// <summary>What the first operation that failed was told; null where none failed.</summary>
    public string? FirstFailure => firstFailure;

    /// <exception cref="UsageException">What the run needs could not be written, or not be watched.</exception>
    public async Task<BenchResult> RunAsync(string op, int sizeBytes, long total, CancellationToken ct)
    {
        // Before leases are taken, which might end while many watches are opened.
        if (watches is not null)
            await watches.OpenAsync(ct);
        await RoundAsync(0, operation.Prepared, operation.PrepareAsync, answer => answer is Answer.Written, null, ct);
        if (firstFailure is not null)
            throw new UsageException($"the registers that the run needs could not be written: {firstFailure}");

        var warmUp = Math.Max(clients, Math.Min(Math.Max(WarmUpTotal, rate is null ? clients * WarmUpOfEach : 0), total));
        await RoundAsync(0, warmUp, operation.RunAsync, operation.IsSuccess, null, ct);
        latencies.Reset();
        firstFailure = null;

        watches?.Begin();
        var started = Stopwatch.GetTimestamp();
        var (failed, refused) = await RoundAsync(warmUp, total, operation.RunAsync, operation.IsSuccess, watches is null ? null : watches.Expect, ct);
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new BenchResult(
            op,
            clients,
            sizeBytes,
            total,
            failed,
            refused,
            latencies.Count / elapsed.TotalSeconds,
            latencies.P50Ms,
            latencies.P99Ms,
            latencies.MaxMs,
            watches is null ? null : await watches.EndAsync(ct));
    }

    private async Task<(long Failed, long Refused)> RoundAsync(
        long first,
        long count,
        Func<BenchTurn, CancellationToken, Task<Answer>> ask,
        Func<Answer, bool> isSuccess,
        Action<BenchTurn>? succeeded,
        CancellationToken ct)
    {
        // Each client begins with the operation of its own number, and takes what comes next from then on.
        var (last, failed, refused) = (first + clients - 1, 0L, 0L);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async index =>
        {
            var endpoint = endpoints[index % endpoints.Count];
            using var deadline = new Deadline(OperationTimeout, ct);
            for (var n = first + index; n < first + count; n = Interlocked.Increment(ref last))
            {
                var turn = new BenchTurn(index, endpoint, n, await StartAsync(began, n - first, ct));
                var answer = await ask(turn, deadline.Next());
                ct.ThrowIfCancellationRequested();
                if (isSuccess(answer))
                {
                    latencies.Record(Stopwatch.GetElapsedTime(turn.Started));
                    succeeded?.Invoke(turn);
                    continue;
                }
                Interlocked.Increment(ref failed);
                if (answer is Answer.Refused or Answer.Unreachable or Answer.Invalid or Answer.Lost)
                    Interlocked.Increment(ref refused);
                Interlocked.CompareExchange(ref firstFailure, $"{endpoint.GetLeftPart(UriPartial.Authority)}: {Why(answer)}", null);
                await Task.Delay(PauseAfterFailure, ct);
            }
        }));
        return (failed, refused);
    }

    private static string Why(Answer answer) => answer switch
    {
        Answer.Unsettled unsettled => unsettled.Detail,
        Answer.Lost lost => lost.Current is { } current ? $"the register has the version {current} by now" : "the register is gone",
        _ => answer.ToString(),
    };

    // When the operation begins, or is meant to.
    private async ValueTask<long> StartAsync(long began, long n, CancellationToken ct)
    {
        if (rate is null)
            return Stopwatch.GetTimestamp();
        var meant = began + (long)(n * (double)Stopwatch.Frequency / rate.Value);
        if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), meant) is { Ticks: > 0 } early)
            await Task.Delay((int)Math.Ceiling(early.TotalMilliseconds), ct);
        return meant;
    }

    /// <summary>Of one operation after another: a source and a timer for each would be a tenth of what a client costs.</summary>
    private sealed class Deadline(TimeSpan timeout, CancellationToken ct) : IDisposable
    {
        private CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(ct);

        public CancellationToken Next()
        {
            if (!source.TryReset())
            {
                source.Dispose();
                source = CancellationTokenSource.CreateLinkedTokenSource(ct);
            }
            source.CancelAfter(timeout);
            return source.Token;
        }

        public void Dispose() => source.Dispose();
    }
}
