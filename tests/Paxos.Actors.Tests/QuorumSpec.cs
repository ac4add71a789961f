using Akka.Actor;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Roles;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;
using Accept = Paxos.Protocol.SingleDecree.Accept;
using Accepted = Paxos.Protocol.MultiPaxos.Accepted;
using Promise = Paxos.Protocol.SingleDecree.Promise;

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
    public async Task A_node_with_an_older_copy_of_its_directory_takes_no_part_and_says_so()
    {
        await using var cluster = await Cluster.LedAsync();
        await cluster.StopAsync("c");
        var (data, older) = (cluster.DataOf("c"), cluster.DataOf("c-older"));
        Directory.CreateDirectory(older);
        foreach (var file in Directory.GetFiles(data))
            File.Copy(file, Path.Combine(older, Path.GetFileName(file)));
        var votes = cluster.Network.Watch<Accepted>(from: "c");
        cluster.Start("c");
        await cluster.RunningAsync();
        // The others are a quorum, and c may still be too late to be asked.
        var writes = 0;
        await Eventually.HoldsAsync(
            async () =>
            {
                await cluster["a"].Register<int>($"key/{writes}").WriteAsync(writes);
                return ++writes >= 5 && votes.Fired > 0;
            },
            () => "c never voted");
        await Eventually.HoldsAsync(() => cluster["c"].Status.Groups[0].Applied == cluster["a"].Status.Groups[0].Applied, () => "c is behind");
        // It tells how much it has written since.
        var told = cluster.Network.Watch<Heartbeat>(from: "c", to: "a");
        await told.FiredAsync(3);
        await cluster.StopAsync("c");
        SqliteConnection.ClearAllPools();
        Directory.Delete(data, recursive: true);
        Directory.Move(older, data);

        var before = votes.Fired;
        cluster.Start("c");
        await Eventually.HoldsAsync(() => cluster["c"].Status.State == NodeState.Refused, () => cluster["c"].Status.ToString());
        Assert.Contains("older copy", cluster["c"].Status.Reason, StringComparison.Ordinal);
        await cluster["a"].Register<int>("key/0").WriteAsync(6);
        Assert.Equal(before, votes.Fired);
    }

    [Fact]
    public async Task A_deposed_leader_that_does_not_know_it_answers_no_read()
    {
        await using var cluster = await Cluster.LedAsync("paxos.operation-timeout = 2s");
        var old = cluster.Leader;
        var next = cluster.Others(old)[0];
        await cluster[old].Register<string>("color").WriteAsync("blue");
        await Eventually.HoldsAsync(() => cluster[next].Status.Groups[0].Applied == cluster[old].Status.Groups[0].Applied, () => $"{next} is behind");
        // The nodes go on hearing each other, and nothing of the log comes to who led.
        var unheard = cluster.Network.Lose(envelope =>
            envelope.To.Id == new NodeId(old) && envelope.From.Id != envelope.To.Id && envelope.Message is not (Ping or Pong or Heartbeat));
        cluster.System(next).ActorSelection("/user/paxos/log-default").Tell(
            new Delivery(new NodeId(old), "", new TakeOver(cluster[next].Status.Groups[0].Ballot)), ActorRefs.NoSender);
        await Eventually.HoldsAsync(() => cluster[next].Status.Groups[0].Leader?.ToString() == next, () => $"{next} does not lead");
        await cluster[next].Register<string>("color").WriteAsync("red");
        Assert.Equal(old, cluster[old].Status.Groups[0].Leader?.ToString());
        await Assert.ThrowsAnyAsync<PaxosException>(() => cluster[old].Register<string>("color").ReadAsync());
        Assert.True(unheard.Fired > 0);
        unheard.Stop();
        // Whoever leads by now.
        await Eventually.HoldsAsync(
            async () => await Reads(cluster[old]) == "red",
            () => string.Join("; ", cluster.Up.Select(node => $"{node}: {cluster[node].Status}")));
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

    private static async Task<string?> Reads(PaxosExtension paxos)
    {
        try
        {
            return (await paxos.Register<string>("color").ReadAsync())?.Value;
        }
        catch (PaxosException)
        {
            return null;
        }
    }
}
