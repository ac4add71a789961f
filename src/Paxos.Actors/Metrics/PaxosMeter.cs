using System.Diagnostics;
using System.Diagnostics.Metrics;
using Paxos.Actors.Roles;
using Paxos.Actors.Roles.Log;

namespace Paxos.Actors.Metrics;

/// <summary>
/// The meter "Paxos" of one node (System.Diagnostics.Metrics). What the actors count they count in plain numbers, which are read
/// when somebody collects: only what takes time is told one by one.
/// </summary>
internal sealed class PaxosMeter : IDisposable
{
    public const string Name = "Paxos";

    // Seconds. From a fast disk to one that holds elections up.
    private static readonly double[] DurationBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter meter;
    private readonly Histogram<double> persist;
    private readonly Histogram<double> stage;
    private readonly StatusBoard board;

    public PaxosMeter(PaxosSettings settings, StatusBoard board)
    {
        this.board = board;
        meter = new Meter(new MeterOptions(Name) { Tags = [new("cluster", settings.Cluster), new("node", settings.Node.ToString())] });
        persist = Duration("paxos.journal.persist.duration", "From the role's order to its being durable.");
        stage = Duration(
            "paxos.log.stage.duration",
            "How long it took, by stage. Of the slots that this node proposed: queue: from the first command's coming to the proposal; quorum: "
            + "from then until a quorum had accepted; apply: from the proposal until it was applied here. call: of the commands that came to "
            + "this node, from then until their result.");

        Gauge("paxos.log.leader", null, "1 on the node that leads the group, 0 on the others.", log => log.Board.Leader == settings.Node ? 1 : 0);
        Gauge("paxos.log.ballot.round", null, "The round of the leader's ballot, or of the highest that was heard.", log => (long)log.Board.Ballot.Round);
        Gauge("paxos.log.chosen.slot", null, "Slots up to this one are chosen, as far as this node has heard.", log => (long)log.Board.Chosen);
        Gauge("paxos.log.applied.slot", null, "Slots up to this one are applied here.", log => (long)log.Board.Applied);
        Gauge("paxos.log.trimmed.slot", null, "Slots up to this one are in a snapshot, and not in the journal any more.", log => (long)log.Board.Trimmed);
        Gauge("paxos.log.calls.pending", null, "Calls under way that came to this node.", log => log.Board.Counts.PendingCalls);
        Gauge("paxos.log.queue.size", "By", "Bytes of commands that wait at the leader for a slot.", log => log.Board.Counts.QueuedBytes);
        Counter("paxos.log.applied.commands", null, "Commands that the group's machine has applied, of all time.", log => (long)log.Board.Index);
        Counter("paxos.log.proposals", null, "Slots that this node proposed, tries again included.", log => log.Board.Counts.Proposals.Value);
        Counter("paxos.log.leader.changes", null, "How often this node heard of another leader or ballot.", log => log.Board.Counts.LeaderChanges.Value);
        Counter("paxos.snapshot.writes", null, "Snapshots that this node wrote.", log => log.Board.Counts.Snapshots.Value);
        Counter("paxos.snapshot.failures", null, "Snapshots that could not be written.", log => log.Board.Counts.SnapshotFailures.Value);
        Counter("paxos.snapshot.written", "By", "Bytes of the snapshots that this node wrote.", log => log.Board.Counts.SnapshotBytes.Value);
        meter.CreateObservableGauge(
            "paxos.snapshot.hold.longest", () => PerGroup(log => log.Board.Counts.LongestSnapshotHold.TotalSeconds), "s",
            "The longest time for which a snapshot stopped the group's learner: nothing is applied meanwhile. It is written beside it.");
        meter.CreateObservableCounter("paxos.log.commands", () => Outcomes(log => log.Board.Counts.Commands), null, "Commands that came to this node, by outcome.");
        meter.CreateObservableCounter(
            "paxos.log.reads", () => Outcomes(log => log.Board.Counts.Reads), null, "Linearizable reads that came to this node, by outcome.");
        meter.CreateObservableCounter("paxos.messages.sent", () => Sent.Value, null, "Messages that this node sent to other nodes.");
        meter.CreateObservableCounter("paxos.messages.received", () => Received.Value, null, "Messages that came from other nodes.");
        meter.CreateObservableGauge("paxos.journal.size", () => board.JournalBytes?.Invoke() ?? 0, "By", "The journal's file; 0: it is none.");
        meter.CreateObservableGauge("paxos.node.running", () => board.State == NodeState.Running ? 1 : 0, null, "1 while the node takes part.");
    }

    public Count Sent { get; } = new();

    public Count Received { get; } = new();

    /// <param name="since">When it was ordered: <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Persisted(long since, in TagList role)
    {
        if (persist.Enabled)
            persist.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, role);
    }

    /// <param name="since">When it began: <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Passed(long since, in TagList of)
    {
        if (stage.Enabled)
            stage.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, of);
    }

    public void Dispose() => meter.Dispose();

    private Histogram<double> Duration(string name, string description) => meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });

    private void Gauge(string name, string? unit, string description, Func<LogGroup, long> read) =>
        meter.CreateObservableGauge(name, () => PerGroup(read), unit, description);

    private void Counter(string name, string? unit, string description, Func<LogGroup, long> read) =>
        meter.CreateObservableCounter(name, () => PerGroup(read), unit, description);

    private IEnumerable<Measurement<T>> PerGroup<T>(Func<LogGroup, T> read)
        where T : struct =>
        board.Logs.Select(log => new Measurement<T>(read(log), new KeyValuePair<string, object?>("group", log.Group.ToString())));

    private IEnumerable<Measurement<long>> Outcomes(Func<LogGroup, IReadOnlyList<(string Outcome, Count Count)>> read) =>
        board.Logs.SelectMany(log => read(log).Select(one => new Measurement<long>(
            one.Count.Value,
            new KeyValuePair<string, object?>("group", log.Group.ToString()),
            new KeyValuePair<string, object?>("outcome", one.Outcome))));
}
