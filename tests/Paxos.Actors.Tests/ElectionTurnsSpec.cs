using System.Collections.Concurrent;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Only so many groups of a node stand at once, and all come to lead.</summary>
public sealed class ElectionTurnsSpec : Akka.TestKit.Xunit2.TestKit
{
    private const int Many = 12;

    private static readonly string[] Nodes = ["a", "b", "c"];

    [Fact]
    public void Who_waits_gets_the_turn_of_one_that_ends_it_and_those_preferred_get_theirs_first()
    {
        var turns = new ElectionTurns(2);
        var (first, second, third, fourth, fifth) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        Assert.True(turns.TakeOrWait(first, isPreferred: false));
        Assert.True(turns.TryTake(second));
        Assert.True(turns.TakeOrWait(first, isPreferred: false));
        Assert.False(turns.TakeOrWait(third, isPreferred: false));
        Assert.False(turns.TakeOrWait(third, isPreferred: false));
        Assert.False(turns.TakeOrWait(fourth, isPreferred: true));
        Assert.False(turns.TakeOrWait(fifth, isPreferred: true));
        Assert.False(turns.TryTake(fifth));

        turns.End(first);
        fourth.ExpectMsg<MayStand>();
        Assert.True(turns.Has(fourth));
        Assert.False(turns.Has(first));
        // It does not wait any more, and is passed over.
        turns.End(fifth);
        turns.End(second);
        third.ExpectMsg<MayStand>();
        // None waits; then there is room.
        turns.End(third);
        turns.End(fourth);
        Assert.True(turns.TryTake(first));
        Assert.True(turns.TryTake(second));
        Assert.False(turns.TryTake(fifth));
    }

    [Fact]
    public void A_turn_that_was_handed_on_and_not_begun_yet_is_handed_on_again()
    {
        var turns = new ElectionTurns(1);
        var (first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        Assert.True(turns.TryTake(first));
        Assert.False(turns.TakeOrWait(second, isPreferred: false));
        Assert.False(turns.TakeOrWait(third, isPreferred: false));
        turns.End(first);
        turns.End(second);
        third.ExpectMsg<MayStand>();
        Assert.False(turns.Has(second));
    }

    [Fact]
    public async Task A_node_stands_in_no_more_groups_at_once_than_it_may_and_all_get_their_leader()
    {
        // Whoever stands gets nowhere, and does not give up before the spec lets it.
        await using var cluster = new Cluster(
            $"paxos.registers.groups = {Many}\npaxos.election.max-standing = 2\npaxos.election.turn = 1h\npaxos.log.retry-base = 2s\npaxos.log.retry-max = 2s");
        var standing = Nodes.ToDictionary(node => node, _ => new ConcurrentDictionary<GroupId, bool>());
        var lost = cluster.Network.Lose(envelope =>
        {
            if (envelope.Message is not Prepare)
                return false;
            standing[envelope.From.Id.ToString()].TryAdd(envelope.Group, true);
            return true;
        });
        foreach (var node in Nodes)
            cluster.Start(node);
        await cluster.RunningAsync();
        await Eventually.HoldsAsync(() => standing.Values.All(groups => groups.Count == 2), () => Told(standing));
        await cluster.Network.Watch<Ping>(from: "a", to: "b").FiredAsync(10);
        Assert.All(standing.Values, groups => Assert.Equal(2, groups.Count));
        lost.Stop();
        await AllLedAsync(cluster, cluster["a"].Status.Groups.Select(group => group.Group));
    }

    [Fact]
    public async Task A_group_that_gets_nowhere_keeps_no_other_from_its_leader()
    {
        await using var cluster = new Cluster($"paxos.registers.groups = {Many}\npaxos.election.max-standing = 1\npaxos.election.turn = 200ms");
        var lost = cluster.Network.Lose(envelope => envelope.Group.ToString() is "registers-1" or "registers-2" or "registers-3");
        foreach (var node in Nodes)
            cluster.Start(node);
        await cluster.RunningAsync();
        await AllLedAsync(cluster, cluster["a"].Status.Groups.Select(group => group.Group).Where(group => group is not ("registers-1" or "registers-2" or "registers-3")));
        Assert.True(lost.Fired > 0);
        lost.Stop();
        await AllLedAsync(cluster, ["registers-1", "registers-2", "registers-3"]);
    }

    [Fact]
    public async Task The_groups_of_a_node_that_is_gone_take_turns_too()
    {
        await using var cluster = await Cluster.LedAsync($"paxos.registers.groups = {Many}\npaxos.election.max-standing = 1");
        var all = cluster["a"].Status.Groups.Select(group => group.Group).ToList();
        await AllLedAsync(cluster, all);
        await cluster.StopAsync("c");
        await AllLedAsync(cluster, all);
        await cluster.RestartAsync();
        await AllLedAsync(cluster, all);
    }

    private static Task AllLedAsync(Cluster cluster, IEnumerable<string> groups) => Eventually.HoldsAsync(
        () => cluster.Up.All(node => cluster[node].Status.Groups
            .Where(group => groups.Contains(group.Group))
            .All(group => group.Leader is { } leader && cluster.Up.Contains(leader.ToString()))),
        () => string.Join("; ", cluster.Up.Select(node => $"{node}: {string.Join(", ", cluster[node].Status.Groups.Select(group => $"{group.Group} {group.Leader}"))}")));

    private static string Told(Dictionary<string, ConcurrentDictionary<GroupId, bool>> standing) =>
        string.Join("; ", standing.Select(node => $"{node.Key} stands in {string.Join(", ", node.Value.Keys)}"));
}
