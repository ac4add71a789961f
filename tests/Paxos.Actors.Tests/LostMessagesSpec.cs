using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests;

/// <summary>The lecture's first cases: messages get lost, doubled, and late, and it makes no difference.</summary>
public sealed class LostMessagesSpec
{
    [Fact]
    public async Task All_goes_well()
    {
        await using var cluster = await Cluster.StartedAsync();
        Assert.Null(await cluster["c"].ReadDecisionAsync("color"));
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
        Assert.Equal("blue", await cluster["c"].ReadDecisionAsync("color"));
        Assert.Equal(0, RefusingSerializer.Refused);
    }

    [Fact]
    public async Task One_lost_promise_leaves_a_quorum()
    {
        await using var cluster = await Cluster.StartedAsync();
        var lost = cluster.Network.Lose<Promise>(from: "b", times: 1);
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await lost.FiredAsync();
    }

    [Fact]
    public async Task Two_lost_promises_are_asked_for_again()
    {
        await using var cluster = await Cluster.StartedAsync();
        var fromB = cluster.Network.Lose<Promise>(from: "b", times: 1);
        var fromC = cluster.Network.Lose<Promise>(from: "c", times: 1);
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await Task.WhenAll(fromB.FiredAsync(), fromC.FiredAsync());
    }

    [Fact]
    public async Task One_lost_accepted_leaves_a_quorum()
    {
        await using var cluster = await Cluster.StartedAsync();
        var lost = cluster.Network.Lose<Accepted>(from: "b", times: 1);
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await lost.FiredAsync();
    }

    [Fact]
    public async Task Two_lost_accepts_and_two_lost_accepteds_are_asked_for_again()
    {
        await using var cluster = await Cluster.StartedAsync();
        var accept = cluster.Network.Lose<Accept>(to: "b", times: 1);
        var accepted = cluster.Network.Lose<Accepted>(from: "c", times: 2);
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal(1, accept.Fired);
        Assert.InRange(accepted.Fired, 1, 2);
    }

    [Fact]
    public async Task Doubled_messages_count_once()
    {
        await using var cluster = await Cluster.StartedAsync();
        var promises = cluster.Network.Duplicate<Promise>();
        var accepteds = cluster.Network.Duplicate<Accepted>();
        // With b and c cut off, a alone says everything twice: that is no quorum.
        cluster.Network.Isolate("a");
        var alone = cluster["a"].DecideAsync("color", "blue");
        await promises.FiredAsync();
        Assert.Equal("red", await cluster["b"].DecideAsync("color", "red"));
        cluster.Network.Heal();
        Assert.Equal("red", await alone);
        Assert.True(accepteds.Fired > 0);
    }

    [Fact]
    public async Task Late_messages_change_nothing()
    {
        await using var cluster = await Cluster.StartedAsync();
        var late = cluster.Network.Hold<Accept>(from: "a", to: "c");
        var lateChosen = cluster.Network.Hold<Chosen>(from: "a", to: "c");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await Task.WhenAll(late.FiredAsync(), lateChosen.FiredAsync());
        Assert.Equal("blue", await cluster["c"].DecideAsync("color", "red"));
        late.Stop();
        lateChosen.Stop();
        cluster.Network.Release(late);
        cluster.Network.Release(lateChosen);
        foreach (var node in (string[])["a", "b", "c"])
            Assert.Equal("blue", await cluster[node].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task Who_was_not_told_finds_out_by_asking_a_quorum()
    {
        await using var cluster = await Cluster.StartedAsync();
        var untold = cluster.Network.Lose<Chosen>();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await untold.FiredAsync(3);
        untold.Stop();
        Assert.Equal("blue", await cluster["b"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task Rival_proposers_agree_and_end()
    {
        await using var cluster = await Cluster.StartedAsync();
        var nacks = cluster.Network.Watch<Nack>();
        var names = Enumerable.Range(0, 10).Select(i => $"rivals/{i}").ToArray();
        var decided = await Task.WhenAll(names.SelectMany(name =>
            ((string[])["a", "b", "c"]).Select(async node => (name, value: await cluster[node].DecideAsync(name, node)))));
        Assert.All(decided.GroupBy(one => one.name), name => Assert.Single(name.Select(one => one.value).Distinct()));
        Assert.True(nacks.Fired > 0, "they never met");
    }
}
