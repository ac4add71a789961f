using System.Diagnostics;

namespace Paxos.Node.Tests.Processes;

/// <summary>Counters that lose nothing and count nothing twice, while leaders are killed.</summary>
public sealed class CounterTests(ProcessCluster cluster) : IClassFixture<ProcessCluster>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Every_acknowledged_increment_is_there_once_while_the_leader_is_killed_every_few_seconds_for_a_minute()
    {
        await using var counters = new Counters(cluster, "count");
        await counters.MoreAnswersAsync(50);
        var kills = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Long || kills < 3; kills++)
            await KillLeaderAsync(counters);
        await cluster.KillAsync(cluster.Ids);
        cluster.Start(cluster.Ids);
        await cluster.ReadyAsync(cluster.Ids);
        await counters.MoreAnswersAsync(30);
        await counters.StopAsync();
        await counters.CheckAsync();
    }

    [Fact]
    public async Task Every_acknowledged_increment_is_there_once_while_a_node_is_replaced_by_an_empty_one_and_the_leader_is_killed()
    {
        await using var counters = new Counters(cluster, "replaced");
        await counters.MoreAnswersAsync(30);
        var leader = await cluster.LeaderAsync();
        var lost = cluster.Ids.First(id => id != leader);
        await cluster.KillAsync(lost);
        Directory.Delete(cluster.DataOf(lost), recursive: true);
        cluster.Join(lost);
        await cluster[lost].WaitForLineAsync("joining: Waiting to be made a member");
        // The two that are left are the quorum: with one of them down nothing can be done until it is back, and nothing is lost.
        await KillLeaderAsync(counters);
        await ProcessCluster.RunAsync(cluster.Endpoints, "members", "replace", lost);
        await KillLeaderAsync(counters);
        await cluster.ReadyAsync(lost);
        await KillLeaderAsync(counters);
        await counters.StopAsync();
        await counters.CheckAsync();
    }

    private async Task KillLeaderAsync(Counters counters)
    {
        var leader = await cluster.LeaderAsync();
        await cluster.KillAsync(leader);
        cluster.Start(leader);
        await counters.MoreAnswersAsync(30);
        await cluster.ReadyAsync(leader);
        await counters.MoreAnswersAsync(30);
    }
}
