using System.Diagnostics;
using System.Globalization;
using System.Text;
using HdrHistogram;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>
/// Clients in a closed loop: each decides one fresh name after another over a connection that it keeps, and waits for each answer.
/// </summary>
internal sealed class DecideBench(IReadOnlyList<Uri> endpoints, int clients, int sizeBytes, long total)
{
    // Enough for the nodes' code to be compiled; every client takes part, so that its connection is open.
    private const int WarmUpTotal = 500;

    private static readonly TimeSpan OperationTimeout = TimeSpan.FromSeconds(10);

    // Names of one run are no other run's: a name that is decided already would measure something else.
    private readonly string run = Guid.NewGuid().ToString("N")[..12];
    private readonly byte[] value = Encoding.ASCII.GetBytes(new string('x', sizeBytes));
    private string? firstFailure;

    /// <summary>What the first operation that failed was told; null where none failed.</summary>
    public string? FirstFailure => firstFailure;

    public async Task<BenchResult> RunAsync(CancellationToken ct)
    {
        using var client = new NodeClient();
        var perClient = Enumerable.Range(0, clients).Select(_ => new LongHistogram(TimeSpan.TicksPerMinute, 3)).ToArray();
        await RoundAsync(client, "warm-up", Math.Max(clients, Math.Min(WarmUpTotal, total)), perClient, ct);
        foreach (var histogram in perClient)
            histogram.Reset();
        firstFailure = null;

        var started = Stopwatch.GetTimestamp();
        var failed = await RoundAsync(client, "run", total, perClient, ct);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var all = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        foreach (var histogram in perClient)
            all.Add(histogram);
        var any = all.TotalCount > 0;
        return new BenchResult(
            "decide",
            clients,
            sizeBytes,
            total,
            failed,
            all.TotalCount / elapsed.TotalSeconds,
            any ? Milliseconds(all.GetValueAtPercentile(50)) : 0,
            any ? Milliseconds(all.GetValueAtPercentile(99)) : 0,
            any ? Milliseconds(all.GetMaxValue()) : 0);
    }

    private async Task<long> RoundAsync(NodeClient client, string round, long count, LongHistogram[] histograms, CancellationToken ct)
    {
        var next = -1L;
        var failed = 0L;
        await Task.WhenAll(histograms.Select(async (histogram, index) =>
        {
            var endpoint = endpoints[index % endpoints.Count];
            while (Interlocked.Increment(ref next) is var n && n < count)
            {
                ct.ThrowIfCancellationRequested();
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
                deadline.CancelAfter(OperationTimeout);
                var name = string.Create(CultureInfo.InvariantCulture, $"bench/{run}/{round}/{n}");
                var started = Stopwatch.GetTimestamp();
                var answer = await client.DecideAsync(endpoint, name, value, deadline.Token);
                if (answer is Answer.Decided { Mine: true })
                {
                    histogram.RecordValue(Math.Min(Stopwatch.GetElapsedTime(started).Ticks, TimeSpan.TicksPerMinute));
                }
                else
                {
                    Interlocked.Increment(ref failed);
                    Interlocked.CompareExchange(ref firstFailure, $"{endpoint.GetLeftPart(UriPartial.Authority)}: {answer}", null);
                }
            }
        }));
        return failed;
    }

    private static double Milliseconds(long ticks) => TimeSpan.FromTicks(ticks).TotalMilliseconds;
}
