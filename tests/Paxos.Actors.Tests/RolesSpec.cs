using Akka.Actor;
using Paxos.Actors.Decisions;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests;

/// <summary>Any mix of roles on a node, instances that come and go, and calls by message.</summary>
public sealed class RolesSpec : Akka.TestKit.Xunit2.TestKit
{
    private const string Mixed = """
        paxos.members.a.roles = ["proposer", "acceptor"]
        paxos.members.b.roles = ["acceptor", "learner"]
        paxos.members.c.roles = ["acceptor"]
        paxos.members.d.roles = ["learner"]
        """;

    [Fact]
    public async Task A_node_without_a_proposer_hands_calls_on()
    {
        await using var cluster = await Cluster.StartedAsync(Mixed, "a", "b", "c", "d");
        Assert.Equal("blue", await cluster["c"].DecideAsync("color", "blue"));
        Assert.Equal("blue", await cluster["d"].DecideAsync("color", "red"));
        Assert.Null(await cluster["b"].ReadDecisionAsync("size"));
    }

    [Fact]
    public async Task A_learner_remembers_what_it_was_told()
    {
        await using var cluster = await Cluster.StartedAsync(Mixed, "a", "b", "c", "d");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        // Its own learner answers, and not the only proposer, to which it would hand the call on.
        cluster.Network.Cut("a", "d");
        Assert.Equal("blue", await cluster["d"].ReadDecisionAsync("color"));
        cluster.Network.Heal();
        await cluster.RestartAsync();
        await Task.WhenAll(cluster.StopAsync("a"), cluster.StopAsync("b"), cluster.StopAsync("c"));
        Assert.Equal("blue", await cluster["d"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task A_learner_that_was_away_learns_from_one_that_knows()
    {
        await using var cluster = await Cluster.StartedAsync(Mixed, "a", "b", "c", "d");
        var away = cluster.Network.Lose<Chosen>(to: "d");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await away.FiredAsync();
        away.Stop();
        // No proposer is left to ask: only acceptors, who were told.
        await cluster.StopAsync("a");
        Assert.Equal("blue", await cluster["d"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task Instances_are_let_go_and_come_back_as_they_were()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.decisions.max-loaded = 3");
        var names = Enumerable.Range(0, 30).Select(i => $"name/{i}").ToArray();
        foreach (var name in names)
            Assert.Equal(name, await cluster["a"].DecideAsync(name, name));
        await Eventually.HoldsAsync(() => Loaded(cluster, "b") <= 4, () => $"{Loaded(cluster, "b")} are in memory");
        foreach (var name in names)
            Assert.Equal(name, await cluster["b"].DecideAsync(name, "other"));
    }

    [Fact]
    public async Task Idle_instances_are_let_go()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.decisions.idle-after = 200ms");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await Eventually.HoldsAsync(() => Loaded(cluster, "a") == 0, () => $"{Loaded(cluster, "a")} are in memory");
        Assert.Equal("blue", await cluster["a"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task Actors_decide_by_message()
    {
        await using var cluster = await Cluster.StartedAsync();
        var probe = CreateTestProbe(cluster.System("b"));
        cluster["b"].Decisions.Tell(new Decision.Read("color"), probe);
        Assert.Equal(new Decision.Undecided("color"), await probe.ExpectMsgAsync<Decision.Undecided>());
        cluster["b"].Decisions.Tell(new Decision.Decide("color", "blue"), probe);
        Assert.Equal(new Decision.Decided("color", "blue"), await probe.ExpectMsgAsync<Decision.Decided>());
        cluster["b"].Decisions.Tell(new Decision.Decide("../color", "blue"), probe);
        Assert.Equal(Decision.Failure.Invalid, (await probe.ExpectMsgAsync<Decision.Failed>()).Failure);
    }

    [Fact]
    public async Task Bad_names_and_values_are_refused()
    {
        await using var cluster = new Cluster("", "a");
        cluster.Start("a");
        foreach (var name in (string[])["", "a//b", "/a", "..", "nul\0", "half\ud83d", new string('n', 513)])
            await Assert.ThrowsAsync<ArgumentException>(() => cluster["a"].DecideAsync(name, "blue"));
        foreach (var value in (string[])["", "half\ud83d", new string('v', PaxosExtension.MaxDecisionBytes + 1)])
            await Assert.ThrowsAsync<ArgumentException>(() => cluster["a"].DecideAsync("color", value));
    }

    [Fact]
    public async Task The_longest_name_and_value_fit()
    {
        await using var cluster = await Cluster.StartedAsync();
        var name = string.Concat(Enumerable.Repeat("ü", 256));
        var value = new string('v', PaxosExtension.MaxDecisionBytes);
        Assert.Equal(value, await cluster["a"].DecideAsync(name, value));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster["a"].DecideAsync(name + "n", value));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster["a"].DecideAsync(name, value + "v"));
        await cluster.RestartAsync();
        Assert.Equal(value, await cluster["b"].ReadDecisionAsync(name));
    }

    [Fact]
    public async Task Too_many_calls_at_once_are_refused_and_not_lost()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.decisions.max-in-flight = 2");
        var held = cluster.Network.Hold<Promise>(to: "a");
        var first = cluster["a"].DecideAsync("one", "1");
        var second = cluster["a"].DecideAsync("two", "2");
        var third = await Assert.ThrowsAsync<NotAppliedException>(() => cluster["a"].DecideAsync("three", "3"));
        Assert.Equal(NotAppliedReason.Overloaded, third.Reason);
        await held.FiredAsync(2);
        held.Stop();
        cluster.Network.Release(held);
        Assert.Equal(("1", "2"), (await first, await second));
    }

    private static int Loaded(Cluster cluster, string node) =>
        ((ActorRefWithCell)cluster.System(node).ActorSelection("/user/paxos/roles").ResolveOne(TimeSpan.FromSeconds(5)).Result)
            .Children.Count(child => child.Path.Name.StartsWith("acceptor-", StringComparison.Ordinal));
}
