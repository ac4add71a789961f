using System.Diagnostics;
using HdrHistogram;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>Clients in a closed loop: each stays with its node, asks over a connection that it keeps, and waits for each answer.</summary>
internal sealed class LoadBench(IReadOnlyList<Uri> endpoints, IBenchOperation operation, int clients)
{
    // Enough for the nodes' code to be compiled; every client takes part, so that its connection is open.
    private const int WarmUpTotal = 2000;

    private static readonly TimeSpan OperationTimeout = TimeSpan.FromSeconds(10);

    // Errors that come at once would else use up the run before anybody has noticed.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(20);

    private readonly LongHistogram[] latencies = [.. Enumerable.Range(0, clients).Select(_ => NewHistogram())];
    private string? firstFailure;

    /// <summary>What the first operation that failed was told; null where none failed.</summary>
    public string? FirstFailure => firstFailure;

    /// <exception cref="UsageException">What the run needs could not be written.</exception>
    public async Task<BenchResult> RunAsync(string op, int sizeBytes, long total, CancellationToken ct)
    {
        await RoundAsync(0, operation.PreparedKeys, operation.PrepareAsync, answer => answer is Answer.Written, ct);
        if (firstFailure is not null)
            throw new UsageException($"the registers to read could not be written: {firstFailure}");

        var warmUp = Math.Max(clients, Math.Min(WarmUpTotal, total));
        await RoundAsync(0, warmUp, operation.RunAsync, operation.IsSuccess, ct);
        Array.ForEach(latencies, histogram => histogram.Reset());
        firstFailure = null;

        var started = Stopwatch.GetTimestamp();
        var (failed, refused) = await RoundAsync(warmUp, total, operation.RunAsync, operation.IsSuccess, ct);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var all = NewHistogram();
        Array.ForEach(latencies, all.Add);
        var any = all.TotalCount > 0;
        return new BenchResult(
            op,
            clients,
            sizeBytes,
            total,
            failed,
            refused,
            all.TotalCount / elapsed.TotalSeconds,
            any ? Milliseconds(all.GetValueAtPercentile(50)) : 0,
            any ? Milliseconds(all.GetValueAtPercentile(99)) : 0,
            any ? Milliseconds(all.GetMaxValue()) : 0);
    }

    private async Task<(long Failed, long Refused)> RoundAsync(
        long first, long count, Func<Uri, long, CancellationToken, Task<Answer>> ask, Func<Answer, bool> isSuccess, CancellationToken ct)
    {
        var (next, failed, refused) = (first - 1, 0L, 0L);
        await Task.WhenAll(latencies.Select(async (histogram, index) =>
        {
            var endpoint = endpoints[index % endpoints.Count];
            while (Interlocked.Increment(ref next) is var n && n < first + count)
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
                deadline.CancelAfter(OperationTimeout);
                var started = Stopwatch.GetTimestamp();
                var answer = await ask(endpoint, n, deadline.Token);
                ct.ThrowIfCancellationRequested();
                if (isSuccess(answer))
                {
                    histogram.RecordValue(Math.Min(Stopwatch.GetElapsedTime(started).Ticks, TimeSpan.TicksPerMinute));
                    continue;
                }
                Interlocked.Increment(ref failed);
                if (answer is Answer.Refused or Answer.Unreachable or Answer.Invalid)
                    Interlocked.Increment(ref refused);
                Interlocked.CompareExchange(ref firstFailure, $"{endpoint.GetLeftPart(UriPartial.Authority)}: {(answer as Answer.Unsettled)?.Detail ?? answer.ToString()}", null);
                await Task.Delay(PauseAfterFailure, ct);
            }
        }));
        return (failed, refused);
    }

    // In units of 100 ns, to three digits.
    private static LongHistogram NewHistogram() => new(TimeSpan.TicksPerMinute, 3);

    private static double Milliseconds(long ticks) => TimeSpan.FromTicks(ticks).TotalMilliseconds;
}
