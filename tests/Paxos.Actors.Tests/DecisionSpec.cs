namespace Paxos.Actors.Tests;

public sealed class DecisionSpec
{
    [Fact]
    public async Task Three_nodes_decide_one_value()
    {
        await using var cluster = await Cluster.StartedAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
        Assert.Equal("blue", await cluster["c"].ReadDecisionAsync("color"));
        Assert.Null(await cluster["c"].ReadDecisionAsync("size"));
    }
}
