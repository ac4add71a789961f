using System.Collections.Immutable;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.Actors.StateMachines;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using Paxos.TestKit.Clusters;

namespace Paxos.TestKit.Tests.Clusters;

/// <summary>A state machine of the app's own: its leader dies when the others have accepted a command, and before it hears of that.</summary>
public sealed class DeadLeaderSpec
{
    [Fact]
    public async Task A_command_that_was_under_way_when_its_leader_died_happens_once()
    {
        var setup = PaxosSetup.Empty.WithMachine("stock", () => new Stock());
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3, setup: setup);
        var leader = await cluster.LeaderAsync(group: "stock");
        var other = cluster.Names.First(node => node != leader);
        Assert.Equal(5, await StockOn(cluster, other).ApplyAsync(new Move("tea", 5)));

        var unheard = cluster.Network.Lose<Accepted>(to: leader, group: "stock");
        var sold = StockOn(cluster, other).ApplyAsync(new Move("tea", -2));
        await unheard.FiredAsync();
        await cluster.CrashAsync(leader);
        unheard.Stop();

        Assert.Equal(3, await sold);
        Assert.NotEqual(leader, await cluster.LeaderAsync(group: "stock"));

        await cluster.RestartAsync(leader);
        await cluster.ReadyAsync();
        await cluster.AllAppliedAsync();
        foreach (var node in cluster.Names)
            Assert.Equal(3, await StockOn(cluster, node).QueryAsync((Stock stock) => stock.Of("tea"), Consistency.Local));
    }

    private static IReplicatedMachine<Move, int> StockOn(PaxosCluster cluster, string node) => cluster[node].StateMachine<Move, int>("stock");

    private sealed record Move(string Item, int Count);

    private sealed class Stock : StateMachine<Move, int>
    {
        private ImmutableDictionary<string, int> counts = ImmutableDictionary<string, int>.Empty;

        public int Of(string item) => counts.GetValueOrDefault(item);

        public override int Apply(Move command, in Context context)
        {
            counts = counts.SetItem(command.Item, Of(command.Item) + command.Count);
            return Of(command.Item);
        }

        public override Action<Stream> Freeze()
        {
            var frozen = counts;
            return stream => JsonSerializer.Serialize(stream, frozen);
        }

        public override void Restore(Stream snapshot) =>
            counts = JsonSerializer.Deserialize<ImmutableDictionary<string, int>>(snapshot)!;
    }
}
