using Paxos.Actors.Registers;
using Paxos.Protocol.MultiPaxos;
using Paxos.TestKit.Clusters;

namespace Paxos.TestKit.Tests.Clusters;

/// <summary>Registers: what the leader asks the others to accept is lost, and three clients write and read meanwhile.</summary>
public sealed class LostAcceptsSpec
{
    [Fact]
    public async Task Lost_accepts_are_sent_again_and_what_clients_are_told_stays_linearizable()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        var leader = await cluster.LeaderAsync();
        cluster.Network.Lose<Accept>(from: leader, times: 4);
        cluster.Network.Lose<Accepted>(to: leader, times: 2);

        await Task.WhenAll(cluster.Names.Select(async node =>
        {
            var lamp = cluster.Record(node).Register<string>("lamp");
            for (var i = 0; i < 5; i++)
            {
                await lamp.WriteAsync($"{i} by {node}");
                await lamp.ReadAsync();
            }
        }));

        await cluster.AllAppliedAsync();
        cluster.Network.AssertAllFired();
        Assert.Equal(30, cluster.History.Count);
        cluster.History.AssertLinearizable();
    }
}
