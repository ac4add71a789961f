using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>What goes from the journal of a log's acceptor, and what stays.</summary>
public sealed class TrimmingSpec
{
    [Theory]
    [MemberData(nameof(Cluster.Journals), MemberType = typeof(Cluster))]
    public async Task What_was_accepted_and_is_in_no_snapshot_stays_when_a_journal_that_was_read_back_shrinks(string journal)
    {
        await using var cluster = await Cluster.LedAsync(journal);
        var leader = cluster.Leader;
        var (heir, away) = (cluster.Others(leader)[0], cluster.Others(leader)[1]);
        for (var i = 0; i < 20; i++)
            await cluster[leader].Register<int>($"key/{i}").WriteAsync(i);
        await Eventually.HoldsAsync(() => Applied(away) == Applied(leader) && Applied(heir) == Applied(leader), () => "they are behind");

        // The leader and one other accept this, and that one does not hear that it is chosen.
        cluster.Network.Isolate(away);
        var unheard = cluster.Network.Lose<Chosen>(from: leader, to: heir);
        var before = Applied(heir);
        await cluster[leader].Register<string>("color").WriteAsync("blue");
        await unheard.FiredAsync();
        Assert.Equal(before, Applied(heir));
        await Task.WhenAll(cluster.StopAsync(leader), cluster.StopAsync(heir), cluster.StopAsync(away));
        unheard.Stop();
        cluster.Network.Heal();

        // Its journal has nothing of this start but the trimming.
        cluster.Start(heir, "paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2");
        await Eventually.HoldsAsync(() => cluster.FirstRecord(heir) > 1, () => $"nothing went: {cluster[heir].Status}");
        await cluster.StopAsync(heir);

        cluster.Start(heir);
        cluster.Start(away);
        await cluster.RunningAsync();
        Assert.Equal("blue", (await cluster[away].Register<string>("color").ReadAsync())?.Value);

        ulong Applied(string node) => cluster[node].Status.Groups[0].Applied;
    }
}
