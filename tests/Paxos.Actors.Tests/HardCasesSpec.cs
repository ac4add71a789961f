using Akka.Actor;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Decisions;
using Paxos.Actors.Wire;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests;

/// <summary>Courses that once went wrong.</summary>
public sealed class HardCasesSpec
{
    // One proposer for d; the retries come quickly.
    private const string LearnerD = """
        paxos.members.a.roles = ["proposer", "acceptor"]
        paxos.members.b.roles = ["acceptor"]
        paxos.members.c.roles = ["acceptor"]
        paxos.members.d.roles = ["learner"]
        """;

    [Fact]
    public async Task Who_is_told_not_applied_does_not_find_its_value_chosen_later()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.operation-timeout = 1s\npaxos.decisions.retry-max = 100ms");
        var lost = cluster.Network.Lose<Promise>(to: "a");
        var first = cluster["a"].DecideAsync("color", "blue");
        await lost.FiredAsync(9);
        var second = cluster["a"].DecideAsync("color", "red");
        var gaveUp = await Assert.ThrowsAnyAsync<PaxosException>(() => first);
        lost.Stop();
        Assert.Equal("blue", await second);
        Assert.IsType<OutcomeUnknownException>(gaveUp);
    }

    [Fact]
    public async Task An_answer_from_before_a_restart_is_not_taken_for_that_of_another_name()
    {
        await using var cluster = await Cluster.StartedAsync(LearnerD, "a", "b", "c", "d");
        var held = cluster.Network.Hold<Answer>(to: "d");
        _ = cluster["d"].DecideAsync("color", "blue");
        await held.FiredAsync();
        await cluster.StopAsync("d");
        cluster.Start("d");
        await cluster.RunningAsync();
        held.Stop();
        var asked = cluster.Network.Lose<Forward>(from: "d", times: 1);
        var size = cluster["d"].DecideAsync("size", "large");
        await asked.FiredAsync();
        cluster.Network.Release(held);
        Assert.Equal("large", await size);
    }

    [Fact]
    public async Task A_call_that_was_handed_to_two_proposers_is_not_called_not_applied_by_one()
    {
        const string twoProposers = """
            paxos.operation-timeout = 1s
            paxos.members.a.roles = ["proposer", "acceptor"]
            paxos.members.b.roles = ["proposer", "acceptor"]
            paxos.members.c.roles = ["acceptor"]
            paxos.members.d.roles = ["learner"]
            """;
        await using var cluster = await Cluster.StartedAsync(twoProposers, "a", "b", "c", "d");
        cluster.Network.Lose<Promise>(to: "a");
        var unlearned = cluster.Network.Lose<Chosen>(to: "a");
        cluster.Network.Lose<Answer>(from: "b");
        // a is asked once.
        var once = cluster.Network.Watch<Forward>(to: "a");
        cluster.Network.Lose<Chosen>(to: "d");
        var call = cluster["d"].DecideAsync("color", "blue");
        await once.FiredAsync();
        cluster.Network.Lose<Forward>(to: "a");
        var failed = await Assert.ThrowsAnyAsync<PaxosException>(() => call);
        unlearned.Stop();
        Assert.Equal("blue", await cluster["b"].ReadDecisionAsync("color"));
        Assert.IsType<OutcomeUnknownException>(failed);
    }

    [Fact]
    public async Task Nodes_that_do_not_know_each_other_do_not_answer_each_other_for_ever()
    {
        await using var cluster = await Cluster.StartedAsync();
        await Task.WhenAll(cluster.StopAsync("a"), cluster.StopAsync("b"), cluster.StopAsync("c"));
        SqliteConnection.ClearAllPools();
        // The cluster is formed anew on empty disks, and then the old disk of a comes back.
        Directory.Move(cluster.DataOf("a"), cluster.DataOf("a-old"));
        cluster.Wipe("b");
        cluster.Wipe("c");
        cluster.Start("a");
        cluster.Start("b");
        cluster.Start("c");
        await cluster.RunningAsync();
        await Task.WhenAll(cluster.StopAsync("a"), cluster.StopAsync("b"), cluster.StopAsync("c"));
        SqliteConnection.ClearAllPools();
        cluster.Wipe("a");
        Directory.Move(cluster.DataOf("a-old"), cluster.DataOf("a"));
        var hellos = cluster.Network.Watch<Heartbeat>(from: "a", to: "b");
        cluster.Start("a");
        cluster.Start("b");
        // At ten a second, 3 s are 30.
        var storm = hellos.FiredAsync(1000, TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => storm);
    }

    [Fact]
    public async Task A_call_ends_when_its_actor_system_does()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.operation-timeout = 500ms");
        var lost = cluster.Network.Lose<Promise>(to: "a");
        var paxos = cluster["a"];
        var call = paxos.DecideAsync("color", "blue");
        await lost.FiredAsync();
        await cluster.StopAsync("a");
        await Assert.ThrowsAnyAsync<PaxosException>(() => call.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task A_call_to_an_actor_system_that_has_ended_ends()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.operation-timeout = 500ms");
        var paxos = cluster["a"];
        await cluster.StopAsync("a");
        await Assert.ThrowsAnyAsync<PaxosException>(() => paxos.DecideAsync("color", "blue").WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task A_node_with_a_journal_of_its_own_choice_starts_again()
    {
        await using var cluster = new Cluster("", "a");
        var elsewhere = $"paxos.journal.connection-string = \"Data Source={cluster.DataOf("elsewhere.db")}\"";
        cluster.Start("a", elsewhere);
        await cluster.RunningAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await cluster.StopAsync("a");
        cluster.Start("a", elsewhere);
        await cluster.RunningAsync();
        Assert.Equal("blue", await cluster["a"].ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task A_node_with_a_table_of_its_own_choice_is_not_taken_for_a_restored_copy()
    {
        await using var cluster = await Cluster.StartedAsync("paxos.journal.default.journal.table-name = events");
        for (var i = 0; i < 5; i++)
            Assert.Equal("blue", await cluster["a"].DecideAsync($"color/{i}", "blue"));
        await cluster.StopAsync("a");
        cluster.Start("a");
        await cluster.RunningAsync();
    }

    [Fact]
    public async Task A_null_name_does_not_end_the_service_of_the_node()
    {
        await using var cluster = await Cluster.StartedAsync("akka.actor.serialize-messages = off");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        cluster["a"].Decisions.Tell(new Decision.Read(null!), ActorRefs.NoSender);
        Assert.Equal("large", await cluster["a"].DecideAsync("size", "large"));
    }
}
