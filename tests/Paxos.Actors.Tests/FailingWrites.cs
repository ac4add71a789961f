using Akka.Persistence;
using Akka.Persistence.TestKit;
using Paxos.Actors.Wire;

namespace Paxos.Actors.Tests;

/// <summary>Writes of one kind of event fail, or are rejected, in a node's test journal, until <see cref="StopAsync"/>; all others pass.</summary>
internal sealed class FailingWrites
{
    private readonly ITestJournal journal;
    private int fired;

    private FailingWrites(ITestJournal journal) => this.journal = journal;

    /// <param name="of">The end of the persistence id of whose writes; empty: of all.</param>
    public static async Task<FailingWrites> BeginAsync(Cluster cluster, string node, string manifest, string of = "")
    {
        var failing = new FailingWrites(cluster.JournalOf(node));
        await failing.journal.OnWrite.FailIf(write => failing.Meets(write, manifest, of, times: int.MaxValue));
        return failing;
    }

    /// <summary>The next one is rejected, as by a serializer: the journal itself is well.</summary>
    public static async Task<FailingWrites> RejectOneAsync(Cluster cluster, string node, string manifest)
    {
        var failing = new FailingWrites(cluster.JournalOf(node));
        await failing.journal.OnWrite.RejectIf(write => failing.Meets(write, manifest, "", times: 1));
        return failing;
    }

    /// <summary>How many writes have failed.</summary>
    public int Fired => Volatile.Read(ref fired);

    /// <summary>Waits until one has.</summary>
    public Task FiredAsync() => Eventually.HoldsAsync(() => Fired > 0, () => "no write failed");

    private bool Meets(IPersistentRepresentation write, string manifest, string of, int times)
    {
        var isMeant = Fired < times
            && write.Payload is StoredEvent stored && stored.Manifest == manifest && write.PersistenceId.EndsWith(of, StringComparison.Ordinal);
        if (isMeant)
            Interlocked.Increment(ref fired);
        return isMeant;
    }

    public Task StopAsync() => journal.OnWrite.Pass();
}
