using System.Globalization;
using System.Text.Json.Serialization;

namespace Paxos.Node.Bench;

/// <summary>What a run measured. Latencies are milliseconds, of the operations that succeeded.</summary>
/// <param name="Total">Operations that were asked for; what did not succeed is in <paramref name="Failed"/>.</param>
/// <param name="Refused">Of the failed ones, those that certainly did not happen; of the others nobody knows.</param>
/// <param name="Watch">What those saw who watched; null: nobody did.</param>
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
    double MaxMs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] WatchResult? Watch = null)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Op} clients={Clients} size={SizeBytes}: {OpsPerSecond:F0} op/s  p50 {P50Ms:F2}  p99 {P99Ms:F2}  max {MaxMs:F2}   (ms){Failures}{(Watch is null ? "" : $"\n{Watch}")}");

    private string Failures => Failed == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"  FAILED {Failed} of {Total} ({Refused} certainly not done, {Failed - Refused} unknown)");
}

/// <summary>What the watches of a run saw. Latencies are milliseconds, from the beginning of a write until a watch was told.</summary>
/// <param name="Count">Watches.</param>
/// <param name="Events">Writes of the run that they were told, each counted for each of them.</param>
/// <param name="Missed">Events of acknowledged writes that did not come: a reset took their place.</param>
/// <param name="Breaks">How often one ended and was opened again.</param>
/// <param name="Resets">How often one was told how its register is, in place of the changes before.</param>
internal sealed record WatchResult(
    int Count, long Events, long Missed, long Breaks, long Resets, double EventsPerSecond, double P50Ms, double P99Ms, double MaxMs)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"watch count={Count}: {EventsPerSecond:F0} events/s  p50 {P50Ms:F2}  p99 {P99Ms:F2}  max {MaxMs:F2}   (ms){Trouble}");

    private string Trouble => Missed + Breaks + Resets == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"  MISSED {Missed} of {Missed + Events} ({Breaks} breaks, {Resets} resets)");
}
