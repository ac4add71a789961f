namespace Paxos.Node.Tests.Processes;

/// <summary>Counters that lose nothing and count nothing twice, while leaders are killed.</summary>
public sealed class CounterTests(ProcessCluster cluster) : IClassFixture<ProcessCluster>
{
    [Fact]
    public async Task Every_acknowledged_increment_is_there_once_while_the_leader_is_killed_again_and_again()
    {
        await using var counters = new Counters(cluster, "count");
        await counters.MoreAnswersAsync(50);
        for (var kill = 0; kill < 4; kill++)
        {
            var leader = await cluster.LeaderAsync();
            await cluster.KillAsync(leader);
            await counters.MoreAnswersAsync(30);
            cluster.Start(leader);
            await cluster.ReadyAsync(leader);
            await counters.MoreAnswersAsync(30);
        }
        await cluster.KillAsync(cluster.Ids);
        cluster.Start(cluster.Ids);
        await cluster.ReadyAsync(cluster.Ids);
        await counters.MoreAnswersAsync(30);
        await counters.StopAsync();
        await counters.CheckAsync();
    }
}
