using HdrHistogram;

namespace Paxos.Node.Bench;

/// <summary>What a run measured, of all its clients together.</summary>
/// <param name="maxTicks">What takes longer counts as this long: ticks, each 100 ns.</param>
internal sealed class Latencies(long maxTicks)
{
    // In units of 100 ns, to three digits. One for all clients: one for each would be 180 KiB a client, and no cache holds them.
    private readonly LongConcurrentHistogram histogram = new(1, maxTicks, 3);

    public long Count => histogram.TotalCount;

    /// <summary>Milliseconds, as the other ones; 0: nothing was measured.</summary>
    public double P50Ms => Percentile(50);

    public double P99Ms => Percentile(99);

    public double MaxMs => Count == 0 ? 0 : Milliseconds(histogram.GetMaxValue());

    public void Record(TimeSpan latency) => histogram.RecordValue(Math.Clamp(latency.Ticks, 0, maxTicks));

    public void Reset() => histogram.Reset();

    private double Percentile(double percentile) => Count == 0 ? 0 : Milliseconds(histogram.GetValueAtPercentile(percentile));

    private static double Milliseconds(long ticks) => TimeSpan.FromTicks(ticks).TotalMilliseconds;
}
