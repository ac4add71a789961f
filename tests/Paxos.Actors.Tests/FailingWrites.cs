using Akka.Persistence.TestKit;
using Paxos.Actors.Wire;

namespace Paxos.Actors.Tests;

/// <summary>Writes of one kind of event fail in a node's test journal, until <see cref="StopAsync"/>; all others pass.</summary>
internal sealed class FailingWrites
{
    private readonly ITestJournal journal;
    private int fired;

    private FailingWrites(ITestJournal journal) => this.journal = journal;

    /// <param name="of">The end of the persistence id of whose writes; empty: of all.</param>
    public static async Task<FailingWrites> BeginAsync(Cluster cluster, string node, string manifest, string of = "")
    {
        var failing = new FailingWrites(cluster.JournalOf(node));
        await failing.journal.OnWrite.FailIf(write =>
        {
            var isMeant = write.Payload is StoredEvent stored && stored.Manifest == manifest && write.PersistenceId.EndsWith(of, StringComparison.Ordinal);
            if (isMeant)
                Interlocked.Increment(ref failing.fired);
            return isMeant;
        });
        return failing;
    }

    /// <summary>Waits until so many writes have failed.</summary>
    public Task FiredAsync(int count = 1) =>
        Eventually.HoldsAsync(() => Volatile.Read(ref fired) >= count, () => $"{Volatile.Read(ref fired)} writes failed, not {count}");

    public Task StopAsync() => journal.OnWrite.Pass();
}
