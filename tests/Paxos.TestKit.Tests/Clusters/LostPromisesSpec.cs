using Paxos.Protocol.SingleDecree;
using Paxos.TestKit.Clusters;

namespace Paxos.TestKit.Tests.Clusters;

/// <summary>Decisions by name: b's next two promises and c's next one never arrive.</summary>
public sealed class LostPromisesSpec
{
    [Fact]
    public async Task Lost_promises_are_asked_for_again()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        cluster.Network.Lose<Promise>(from: "b", to: "a", times: 2);
        cluster.Network.Lose<Promise>(from: "c", to: "a", times: 1);

        Assert.Equal("blue", await cluster["a"].DecideAsync("t-shirt/color", "blue"));
        Assert.Equal("blue", await cluster["b"].DecideAsync("t-shirt/color", "red"));

        cluster.Network.AssertAllFired();
    }
}
