using Paxos.Actors;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Paxos.TestKit.Clusters;

namespace Paxos.TestKit.Tests.Clusters;

/// <summary>What a cluster for specs does, and what it says where a spec is wrong.</summary>
public sealed class PaxosClusterTests
{
    [Fact]
    public async Task A_node_that_crashed_sends_nothing_more_and_comes_back_with_its_journal()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        await cluster["a"].DecideAsync("color", "blue");
        var sent = cluster.Network.Watch(envelope => envelope.From.Id == new NodeId("a"));
        await sent.FiredAsync();
        var crash = cluster.CrashAsync("a");
        var atOnce = sent.Fired;
        await crash;
        Assert.Equal(atOnce, sent.Fired);
        Assert.Equal(["b", "c"], cluster.Up);

        var incarnation = (await cluster.RestartAsync("a")).Status.Incarnation;
        await cluster.ReadyAsync();
        Assert.Equal(incarnation, cluster["b"].Status.Groups[0].Voters.Single(voter => voter.Id == new NodeId("a")).Incarnation);
        Assert.Equal("blue", await cluster["a"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task A_node_that_lost_its_journal_takes_no_part_until_it_is_put_in_its_own_place()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        await cluster["a"].Register<string>("lamp").WriteAsync("on");
        await cluster.RestartAsync("c", withJournal: false);
        await cluster.UntilAsync(() => cluster["c"].Status.Reason?.Contains("replace c", StringComparison.Ordinal) == true, "c asks to be put in its place");
        await cluster.UntilAsync(
            async () =>
            {
                try
                {
                    await cluster["a"].Members.ReplaceAsync(new NodeId("c"));
                    return true;
                }
                catch (PaxosException)
                {
                    // Its change is refused while the members have not heard that it is there.
                    return false;
                }
            },
            "c is put in its place");
        await cluster.ReadyAsync();
        Assert.Equal("on", (await cluster["c"].Register<string>("lamp").ReadAsync())!.Value);
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_is_followed_by_another_one()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        var old = await cluster.LeaderAsync();
        cluster.Network.Isolate(old);
        Assert.NotEqual(old, await cluster.LeaderAsync(except: old));
        cluster.Network.Heal(old);
        await cluster.ReadyAsync();
        await cluster.LeaderAsync();
    }

    [Fact]
    public async Task A_cut_in_one_direction_lets_the_other_one_pass()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        cluster.Network.CutOneWay("b", "a");
        await cluster.UntilAsync(() => HeardAgo("a", "b") > TimeSpan.FromSeconds(2), "a misses b");
        await cluster.UntilAsync(() => HeardAgo("b", "a") < TimeSpan.FromSeconds(1), "b hears a");
        cluster.Network.Heal();
        await cluster.ReadyAsync();

        TimeSpan? HeardAgo(string at, string of) => cluster[at].Status.Peers.Single(peer => peer.Id == new NodeId(of)).HeardAgo;
    }

    [Fact]
    public async Task What_is_delayed_arrives_later_and_not_sooner()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        var by = TimeSpan.FromMilliseconds(500);
        cluster.Network.Delay<Accepted>(by, from: "b");
        cluster.Network.Delay<Accepted>(by, from: "c");
        var start = TimeProvider.System.GetTimestamp();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        // A timer may be a tick of the system's clock early.
        Assert.True(TimeProvider.System.GetElapsedTime(start) > by - TimeSpan.FromMilliseconds(20));
        cluster.Network.AssertAllFired();
    }

    [Fact]
    public async Task The_clock_that_is_moved_ahead_ends_a_time_to_live_and_not_before()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
        var registers = cluster["a"].Registers;
        await registers.WriteAsync("lamp", "on"u8.ToArray(), ttl: TimeSpan.FromMinutes(30));
        cluster.Clock.Advance(TimeSpan.FromMinutes(20));
        await cluster["b"].Registers.WriteAsync("door", "open"u8.ToArray(), idempotencyKey: "opened");
        Assert.NotNull(await registers.ReadAsync("lamp"));
        cluster.Clock.Advance(TimeSpan.FromMinutes(10));
        await cluster.UntilAsync(async () => await registers.ReadAsync("lamp") is null, "the lamp goes out");
        Assert.NotNull(await registers.ReadAsync("door"));
    }

    [Fact]
    public async Task A_fault_that_never_fired_is_named()
    {
        var cluster = await PaxosCluster.StartAsync(nodes: 1, assertAllFired: true);
        var directory = Path.GetDirectoryName(cluster.DirectoryOf("a"))!;
        cluster.Network.Lose<Promise>(from: "a", times: 1);
        cluster.Network.Lose<Nack>(to: "a", times: 2);
        cluster.Network.Watch<Nack>();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        var failed = await Assert.ThrowsAsync<SpecFailedException>(async () => await cluster.DisposeAsync());
        Assert.Equal("Never fired: Lose 2 SingleDecree.Nack from any node to a (fired: 0).", failed.Message);
        Assert.False(Directory.Exists(directory), "files were left behind");
    }

    [Fact]
    public async Task Names_that_are_none_are_told_with_those_that_are()
    {
        await using var cluster = await PaxosCluster.StartAsync(nodes: 2);
        foreach (var wrong in (Action[])
        [
            () => _ = cluster["x"],
            () => cluster.System("x"),
            () => cluster.Start("x"),
            () => cluster.Record("x"),
            () => cluster.Network.Isolate("x"),
            () => cluster.Network.Lose<Promise>(from: "x"),
        ])
        {
            Assert.Contains("no node 'x': the nodes are a, b", Assert.Throws<ArgumentException>(wrong).Message, StringComparison.Ordinal);
        }
        Assert.Contains("its groups are default", (await Assert.ThrowsAsync<ArgumentException>(() => cluster.LeaderAsync(group: "stock"))).Message, StringComparison.Ordinal);
        await cluster.CrashAsync("b");
        Assert.Contains("'b' is down; up are a", Assert.Throws<ArgumentException>(() => cluster["b"]).Message, StringComparison.Ordinal);
        var late = await Assert.ThrowsAsync<TimeoutException>(() => cluster.UntilAsync(() => false, "pigs fly", TimeSpan.FromMilliseconds(50)));
        Assert.Contains("pigs fly", late.Message, StringComparison.Ordinal);
        Assert.Contains("a: Running; default led by", late.Message, StringComparison.Ordinal);
        Assert.Contains("b: down", late.Message, StringComparison.Ordinal);
    }
}
