using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests;

public sealed class QuorumSpec
{
    [Fact]
    public async Task One_of_three_dead_is_not_missed()
    {
        await using var cluster = await Cluster.StartedAsync();
        await cluster.StopAsync("c");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal("blue", await cluster["b"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task Two_of_three_dead_is_said_within_the_deadline_and_over_when_one_returns()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.operation-timeout = 2s");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await Task.WhenAll(cluster.StopAsync("b"), cluster.StopAsync("c"));
        var accept = cluster.Network.Watch<Accept>(from: "a");
        var failed = await Assert.ThrowsAsync<NotAppliedException>(() => cluster["a"].DecideAsync("size", "large"));
        Assert.Equal(NotAppliedReason.NoQuorum, failed.Reason);
        Assert.Equal(0, accept.Fired);
        await Assert.ThrowsAsync<NotAppliedException>(() => cluster["a"].ReadDecisionAsync("size"));
        await Eventually.HoldsAsync(() => !cluster["a"].Status.Groups[0].QuorumConnected, () => "a still hears a quorum");
        // What is known to be chosen needs no quorum.
        Assert.Equal("blue", await cluster["a"].ReadDecisionAsync("color"));
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "red"));
        cluster.Start("b");
        await cluster.RunningAsync();
        Assert.Equal("small", await cluster["a"].DecideAsync("size", "small"));
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_does_not_say_that_it_leads()
    {
        await using var cluster = await Cluster.LedAsync();
        var leader = cluster.Leader;
        cluster.Network.Isolate(leader);
        await Eventually.HoldsAsync(() => cluster[leader].Status is { IsReady: false } status && status.Groups[0].Leader is null, () => $"{leader} says that it leads");
        var other = cluster.Others(leader)[0];
        await Eventually.HoldsAsync(() => cluster[other].Status.Groups[0].Leader is { } next && next.ToString() != leader, () => "nobody else leads");
        cluster.Network.Heal();
        await Eventually.HoldsAsync(
            () => cluster[leader].Status.Groups[0].Leader is { } next && next == cluster[other].Status.Groups[0].Leader, () => $"{leader} does not know who leads");
    }

    [Fact]
    public async Task Nobody_takes_part_before_all_have_found_each_other()
    {
        await using var cluster = new Cluster();
        cluster.Start("a");
        cluster.Start("b");
        await Eventually.HoldsAsync(() => cluster["a"].Status.State == NodeState.Forming, () => cluster["a"].Status.ToString());
        var failed = await Assert.ThrowsAsync<NotAppliedException>(() => cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal(NotAppliedReason.Forming, failed.Reason);
        Assert.Contains("c", cluster["a"].Status.Reason, StringComparison.Ordinal);
        cluster.Start("c");
        await cluster.RunningAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
    }

    [Fact]
    public async Task A_node_that_lost_its_disk_takes_no_part_and_says_so()
    {
        await using var cluster = await Cluster.StartedAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await cluster.StopAsync("c");
        cluster.Wipe("c");
        var answers = cluster.Network.Watch<Promise>(from: "c");
        cluster.Start("c");
        await Eventually.HoldsAsync(() => cluster["c"].Status.State == NodeState.Refused, () => cluster["c"].Status.ToString());
        Assert.Equal("large", await cluster["a"].DecideAsync("size", "large"));
        Assert.Equal(0, answers.Fired);
        var failed = await Assert.ThrowsAsync<NotAppliedException>(() => cluster["c"].ReadDecisionAsync("color"));
        Assert.Equal(NotAppliedReason.NotMember, failed.Reason);
    }

    [Fact]
    public async Task All_restarted_say_the_same()
    {
        await using var cluster = await Cluster.StartedAsync();
        foreach (var name in (string[])["color", "size", "t-shirt/color"])
            Assert.Equal(name, await cluster["a"].DecideAsync(name, name));
        await cluster.RestartAsync();
        foreach (var name in (string[])["color", "size", "t-shirt/color"])
        {
            Assert.Equal(name, await cluster["b"].DecideAsync(name, "other"));
            Assert.Equal(name, await cluster["c"].ReadDecisionAsync(name));
        }
    }
}
