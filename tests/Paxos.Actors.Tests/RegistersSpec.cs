using Paxos.Actors.Registers;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Registers on three nodes: whichever is asked, they are one.</summary>
public sealed class RegistersSpec
{
    private static readonly string[] Nodes = ["a", "b", "c"];

    [Fact]
    public async Task A_watch_ends_with_its_node_and_says_so()
    {
        await using var cluster = await Cluster.StartedAsync("", "a");
        await cluster["a"].ReadyAsync();
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        await using var watch = cluster["a"].Registers.WatchAsync("color", isPrefix: false).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        await cluster.StopAsync("a");
        var ended = await Assert.ThrowsAsync<NotAppliedException>(async () =>
        {
            while (await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)))
            {
                // What it was told before.
            }
        });
        Assert.Contains("has ended", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_node_wrote_every_node_reads()
    {
        await using var cluster = await Cluster.LedAsync();
        var written = await cluster["a"].Register<string>("color").WriteAsync("blue");
        foreach (var node in Nodes)
            Assert.Equal(written, await cluster[node].Register<string>("color").ReadAsync());
        Assert.Null(await cluster["b"].Register<string>("size").ReadAsync());
        Assert.Equal(0, RefusingSerializer.Refused);
    }

    [Fact]
    public async Task A_register_is_replaced_at_the_version_that_was_read_and_only_then()
    {
        await using var cluster = await Cluster.LedAsync();
        var color = cluster["b"].Register<string>("color");
        var blue = await color.TryReplaceAsync(0, "blue");
        Assert.NotNull(blue);
        Assert.Null(await color.TryReplaceAsync(0, "red"));
        var red = await cluster["c"].Register<string>("color").TryReplaceAsync(blue.Version, "red");
        Assert.NotNull(red);
        Assert.Null(await color.TryReplaceAsync(blue.Version, "green"));
        Assert.False(await color.DeleteAsync(blue.Version));
        Assert.True(await color.DeleteAsync(red.Version));
        Assert.Null(await color.ReadAsync());
    }

    [Fact]
    public async Task Lost_accepts_are_sent_again()
    {
        await using var cluster = await Cluster.LedAsync();
        var leader = cluster.Leader;
        var lost = cluster.Network.Lose<Accept>(from: leader, times: 4);
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        Assert.True(lost.Fired >= 2);
        Assert.Equal("blue", (await cluster["c"].Register<string>("color").ReadAsync())!.Value);
    }

    [Fact]
    public async Task When_the_leader_dies_another_one_leads_and_nothing_is_lost()
    {
        await using var cluster = await Cluster.LedAsync();
        var leader = cluster.Leader;
        var other = Nodes.First(node => node != leader);
        var before = await cluster[other].Register<string>("color").WriteAsync("blue");
        await cluster.StopAsync(leader);
        await cluster[other].Register<string>("size").WriteAsync("large");
        Assert.Equal(before, await cluster[other].Register<string>("color").ReadAsync());
    }

    [Fact]
    public async Task After_a_restart_of_all_everything_is_there_though_the_journals_have_shrunk()
    {
        await using var cluster = await Cluster.LedAsync("paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2");
        for (var i = 0; i < 20; i++)
            await cluster["a"].Register<int>($"key/{i}").WriteAsync(i);
        await Eventually.HoldsAsync(
            () => Nodes.All(node => cluster[node].Status.Groups[0].Trimmed > 10 && cluster.FirstRecord(node) > 1),
            () => string.Join("; ", Nodes.Select(node => $"{node}: trimmed {cluster[node].Status.Groups[0].Trimmed}, first record {cluster.FirstRecord(node)}")));
        await cluster.RestartAsync();
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, (await cluster["c"].Register<int>($"key/{i}").ReadAsync())!.Value);
    }

    [Theory]
    [InlineData("", "entries")]
    [InlineData("paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2", "a snapshot")]
    public async Task A_node_that_was_away_catches_up(string settings, string by)
    {
        await using var cluster = await Cluster.LedAsync(settings);
        var away = Nodes.First(node => node != cluster.Leader);
        await cluster.StopAsync(away);
        var writer = cluster[Nodes.First(node => node != away)].Registers;
        for (var i = 0; i < 20; i++)
            await writer.WriteAsync($"key/{i}", new byte[] { (byte)i });
        var chunks = cluster.Network.Watch<SnapshotChunk>(to: away);
        cluster.Start(away);
        await cluster.RunningAsync();
        await Eventually.HoldsAsync(
            async () => (await cluster[away].Registers.RangeAsync("key/", consistency: Consistency.Local)).Items.Count == 20,
            () => $"{away} did not catch up by {by}: {cluster[away].Status}");
        Assert.Equal(by == "a snapshot", chunks.Fired > 0);
    }

    [Fact]
    public async Task A_watch_tells_how_it_is_and_then_each_change()
    {
        await using var cluster = await Cluster.LedAsync();
        var color = cluster["a"].Register<string>("color");
        var blue = await color.WriteAsync("blue");
        await using var changes = cluster["b"].Registers.WatchAsync("color", isPrefix: false).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(RegisterEventKind.Reset, changes.Current.Kind);
        var red = await color.WriteAsync("red");
        await color.DeleteAsync();
        var seen = new List<RegisterEvent>();
        while (seen.Count < 2 && await changes.MoveNextAsync())
        {
            if (changes.Current.Version > blue.Version || changes.Current.Kind == RegisterEventKind.Delete)
                seen.Add(changes.Current);
        }
        Assert.Equal([RegisterEventKind.Put, RegisterEventKind.Delete], seen.Select(one => one.Kind));
        Assert.Equal(red.Version, seen[0].Revision);
        // Another one that begins after the first write finds the same in the node's history.
        await using var late = cluster["a"].Registers.WatchAsync("color", isPrefix: false, after: blue.Version).GetAsyncEnumerator();
        Assert.True(await late.MoveNextAsync());
        Assert.Equal((RegisterEventKind.Put, red.Version), (late.Current.Kind, late.Current.Revision));
    }
}
