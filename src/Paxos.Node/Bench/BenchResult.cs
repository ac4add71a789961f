using System.Globalization;

namespace Paxos.Node.Bench;

/// <summary>What a run measured. Latencies are milliseconds, of the operations that succeeded.</summary>
/// <param name="Total">Operations that were asked for; what did not succeed is in <paramref name="Failed"/>.</param>
/// <param name="Refused">Of the failed ones, those that certainly did not happen; of the others nobody knows.</param>
internal sealed record BenchResult(
    string Op,
    int Clients,
    int SizeBytes,
    long Total,
    long Failed,
    long Refused,
    double OpsPerSecond,
    double P50Ms,
    double P99Ms,
    double MaxMs)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Op} clients={Clients} size={SizeBytes}: {OpsPerSecond:F0} op/s  p50 {P50Ms:F2}  p99 {P99Ms:F2}  max {MaxMs:F2}   (ms){Failures}");

    private string Failures => Failed == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"  FAILED {Failed} of {Total} ({Refused} certainly not done, {Failed - Refused} unknown)");
}
