using System.Globalization;

namespace Paxos.Node.Bench;

/// <summary>What a run measured. Latencies are milliseconds, of the operations that succeeded.</summary>
internal sealed record BenchResult(
    string Op,
    int Clients,
    int SizeBytes,
    long Total,
    long Failed,
    double OpsPerSecond,
    double P50Ms,
    double P99Ms,
    double MaxMs)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Op} clients={Clients} size={SizeBytes}: {OpsPerSecond:F0} op/s  p50 {P50Ms:F2}  p99 {P99Ms:F2}  max {MaxMs:F2}   (ms)");
}
