using Paxos.Actors.Roles;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Many groups on the same nodes, over one network and one journal.</summary>
public sealed class ManyGroupsSpec
{
    private const int Many = 50;

    private static readonly string[] Nodes = ["a", "b", "c"];

    [Fact]
    public async Task The_nodes_come_to_lead_about_as_many_groups_each()
    {
        await using var cluster = await LedAsync(9, "paxos.election.spread-interval = 200ms");
        await Eventually.HoldsAsync(() => Spread(cluster).SequenceEqual([3, 3, 3]), () => $"the leads are {string.Join(", ", Spread(cluster))}");
        // One that was away leads none, and gets its part again.
        await cluster.StopAsync("c");
        await Eventually.HoldsAsync(() => Spread(cluster, "a", "b") is [4 or 5, 4 or 5], () => $"the leads are {string.Join(", ", Spread(cluster, "a", "b"))}");
        var handed = cluster.Network.Watch<TakeOver>(to: "c");
        cluster.Start("c");
        await cluster.RunningAsync();
        await Eventually.HoldsAsync(() => Spread(cluster).SequenceEqual([3, 3, 3]), () => $"the leads are {string.Join(", ", Spread(cluster))}");
        await handed.FiredAsync();
        await WriteAllAsync(cluster, "c");
    }

    [Fact]
    public async Task Leaders_stay_where_they_are_when_that_is_asked_for()
    {
        await using var cluster = await LedAsync(4, "paxos.election.spread-interval = 50ms\npaxos.election.spread-leaders = off");
        // All leads to one node, by hand.
        foreach (var group in cluster["a"].Status.Groups.Where(group => group.Leader!.Value.ToString() != "a"))
            cluster.System(group.Leader!.Value.ToString()).ActorSelection($"/user/paxos/log-{group.Group}").Tell(new Delivery(group.Leader.Value, "", new Transfer(0, new NodeId("a"))));
        await Eventually.HoldsAsync(() => Spread(cluster).SequenceEqual([4, 0, 0]), () => $"the leads are {string.Join(", ", Spread(cluster))}");
        var handed = cluster.Network.Watch<TakeOver>();
        await cluster.Network.Watch<Ping>(from: "a", to: "b").FiredAsync(10);
        Assert.Equal(0, handed.Fired);
    }

    [Fact]
    public async Task Idle_groups_send_nothing_however_many_they_are()
    {
        await using var cluster = await LedAsync(Many, "paxos.election.spread-interval = 500ms");
        await WriteAllAsync(cluster, "b");
        // Nodes tell each other that they are there; beyond that, when the last write is known everywhere and the leads are spread, silence.
        var ofGroups = cluster.Network.Watch(envelope => envelope.Message is not (Ping or Pong) && !IsHeartbeat(envelope));
        var ofNodes = cluster.Network.Watch(envelope => envelope.Message is Ping or Pong);
        var (told, toldOfNodes) = (0, 0);
        await Eventually.HoldsAsync(
            async () =>
            {
                var (before, beforeOfNodes) = (ofGroups.Fired, ofNodes.Fired);
                await cluster.Network.Watch<Ping>(from: "a", to: "b").FiredAsync(20);
                (told, toldOfNodes) = (ofGroups.Fired - before, ofNodes.Fired - beforeOfNodes);
                return told == 0;
            },
            () => $"{told} messages of groups within twenty rounds");
        // A question and an answer for each pair of nodes at each round, however many groups there are.
        Assert.InRange(toldOfNodes, 20, 20 * 12 * 2);
    }

    [Fact]
    public async Task A_group_goes_on_when_another_one_can_not()
    {
        await using var cluster = await LedAsync(3, "paxos.operation-timeout = 2s\npaxos.election.spread-leaders = off");
        // Nothing of one group gets through.
        var lost = cluster.Network.Lose(envelope => envelope.Group == new GroupId("registers-1"));
        var registers = cluster["a"].Registers;
        await Assert.ThrowsAnyAsync<PaxosException>(() => registers.WriteAsync(KeyOf(1, 3), new byte[] { 1 }));
        await registers.WriteAsync(KeyOf(0, 3), new byte[] { 1 });
        await registers.WriteAsync(KeyOf(2, 3), new byte[] { 1 });
        Assert.True(lost.Fired > 0);
        lost.Stop();
        await Eventually.HoldsAsync(() => TryWriteAsync(registers, KeyOf(1, 3)), () => "the group did not come back");
    }

    [Fact]
    public async Task Keys_are_where_they_were_after_a_restart_and_a_range_has_them_all_in_order()
    {
        await using var cluster = await LedAsync(3);
        var keys = Enumerable.Range(0, 40).Select(i => $"key/{i:00}").ToList();
        foreach (var key in keys)
            Assert.True((await cluster["a"].Registers.WriteAsync(key, new byte[] { 1 }, new Registers.Condition(0))).Created);
        Assert.All(cluster["a"].Status.Groups, group => Assert.True(group.Applied > 1));
        await cluster.RestartAsync();
        var read = new List<string>();
        string? next = null;
        do
        {
            var page = await cluster["b"].Registers.RangeAsync("key/", next, limit: 7);
            Assert.InRange(page.Items.Count, 1, 7);
            read.AddRange(page.Items.Select(item => item.Key));
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(keys, read);
        Assert.Equal(3, (await cluster["c"].Registers.RangeAsync("key/1", "key/16")).Items.Count);
    }

    [Fact]
    public async Task A_key_is_watched_in_its_group_and_a_prefix_is_not()
    {
        await using var cluster = await LedAsync(3);
        var key = KeyOf(2, 3);
        var written = await cluster["a"].Register<string>(key).WriteAsync("blue");
        await using var changes = cluster["b"].Registers.WatchAsync(key, isPrefix: false, after: written.Version - 1).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((key, written.Version), (changes.Current.Key, changes.Current.Version));
        var refused = Assert.Throws<ArgumentException>(() => cluster["b"].Registers.WatchAsync("key/", isPrefix: true));
        Assert.Contains("paxos.registers.groups", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_with_another_number_of_groups_is_refused()
    {
        await using var cluster = await LedAsync(3);
        await cluster.StopAsync("c");
        foreach (var other in (int[])[1, 2])
        {
            var refused = Assert.Throws<PaxosConfigurationException>(() => cluster.Start("c", $"paxos.registers.groups = {other}"));
            Assert.Contains("made with 3", refused.Message, StringComparison.Ordinal);
            await cluster.StopAsync("c");
        }
        cluster.Start("c");
        await cluster.RunningAsync();
    }

    [Fact]
    public async Task Nodes_with_different_numbers_of_groups_do_not_find_each_other()
    {
        await using var cluster = new Cluster("paxos.registers.groups = 2");
        cluster.Start("a");
        cluster.Start("b");
        cluster.Start("c", "paxos.registers.groups = 4");
        foreach (var (node, words) in ((string, string)[])[("a", "Node c spreads the registers over 4 groups"), ("c", "Node a spreads the registers over 2 groups")])
        {
            await Eventually.HoldsAsync(
                () => cluster[node].Status is { State: NodeState.Forming, Reason: { } reason } && reason.Contains(words, StringComparison.Ordinal),
                () => $"{node}: {cluster[node].Status.State} {cluster[node].Status.Reason}");
        }
    }

    private static bool IsHeartbeat(NodeEnvelope envelope) => envelope.Message.GetType().Name == "Heartbeat";

    private static int[] Spread(Cluster cluster, params string[] nodes) =>
    [
        // Each group where its own leader says that it leads it.
        .. (nodes.Length > 0 ? nodes : Nodes).Select(node => cluster[node].Status.Groups.Count(group => group.Leader?.ToString() == node)),
    ];

    private static string KeyOf(int group, int groups) =>
        Enumerable.Range(0, int.MaxValue).Select(i => $"key/{i}").First(key => Registers.RegisterGroups.IndexOf(key, groups) == group);

    private static async Task WriteAllAsync(Cluster cluster, string node)
    {
        var groups = cluster[node].Status.Groups.Count;
        await Task.WhenAll(Enumerable.Range(0, groups).Select(group => cluster[node].Registers.WriteAsync(KeyOf(group, groups), new byte[] { 1 })));
    }

    private static async Task<bool> TryWriteAsync(Registers.IRegisterStore registers, string key)
    {
        try
        {
            await registers.WriteAsync(key, new byte[] { 2 });
            return true;
        }
        catch (PaxosException)
        {
            return false;
        }
    }

    private static async Task<Cluster> LedAsync(int groups, string settings = "")
    {
        var cluster = await Cluster.StartedAsync($"paxos.registers.groups = {groups}\n{settings}");
        await Eventually.HoldsAsync(
            () => Nodes.All(node => cluster[node].Status.Groups.All(group => group.Leader is not null)), () => "nobody leads");
        return cluster;
    }
}
