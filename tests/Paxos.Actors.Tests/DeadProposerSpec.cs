using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests;

/// <summary>The lecture's other cases: the proposer dies between its messages, and what may be chosen stays chosen.</summary>
public sealed class DeadProposerSpec
{
    [Fact]
    public async Task One_that_dies_after_Prepare_leaves_the_second_free_to_choose()
    {
        await using var cluster = await Cluster.StartedAsync();
        var promised = cluster.Network.Lose<Promise>(to: "a");
        var accept = cluster.Network.Watch<Accept>(from: "a");
        var abandoned = cluster["a"].DecideAsync("color", "blue");
        await promised.FiredAsync(3);
        await cluster.StopAsync("a");
        Assert.Equal("red", await cluster["b"].DecideAsync("color", "red"));
        Assert.Equal(0, accept.Fired);
        Assert.False(abandoned.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task One_that_dies_during_Accept_has_its_value_adopted_by_the_second()
    {
        await using var cluster = await Cluster.StartedAsync();
        var accepted = await AcceptOnlyAtC(cluster);
        await cluster.StopAsync("a");
        accepted.Stop();
        var told = cluster.Network.Watch<Promise>(from: "c", to: "b");
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
        Assert.True(told.Fired > 0, "c did not tell b");
    }

    [Fact]
    public async Task A_read_finishes_what_a_dead_proposer_began()
    {
        await using var cluster = await Cluster.StartedAsync();
        var accepted = await AcceptOnlyAtC(cluster);
        await cluster.StopAsync("a");
        accepted.Stop();
        var finished = cluster.Network.Watch<Accept>(from: "b");
        Assert.Equal("blue", await cluster["b"].ReadDecisionAsync("color"));
        Assert.True(finished.Fired > 0, "b answered without finishing");
    }

    [Fact]
    public async Task What_was_accepted_is_adopted_after_a_restart_of_all_too()
    {
        await using var cluster = await Cluster.StartedAsync();
        var accepted = await AcceptOnlyAtC(cluster);
        await Task.WhenAll(cluster.StopAsync("a"), cluster.StopAsync("b"), cluster.StopAsync("c"));
        accepted.Stop();
        cluster.Start("b");
        cluster.Start("c");
        await cluster.RunningAsync();
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
    }

    [Fact]
    public async Task Who_did_not_hear_may_ask_again_and_gets_the_answer()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.operation-timeout = 500ms");
        var unheard = cluster.Network.Lose<Accepted>(to: "a");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => cluster["a"].DecideAsync("color", "blue"));
        Assert.True(unheard.Fired > 0);
        unheard.Stop();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "red"));
    }

    // Of a's Accept only c hears, and a does not hear of that.
    private static async Task<TestKit.Network.Fault> AcceptOnlyAtC(Cluster cluster)
    {
        var toA = cluster.Network.Lose<Accept>(from: "a", to: "a");
        var toB = cluster.Network.Lose<Accept>(from: "a", to: "b");
        var accepted = cluster.Network.Lose<Accepted>(from: "c", to: "a");
        _ = cluster["a"].DecideAsync("color", "blue");
        await Task.WhenAll(toA.FiredAsync(), toB.FiredAsync(), accepted.FiredAsync());
        return accepted;
    }
}
