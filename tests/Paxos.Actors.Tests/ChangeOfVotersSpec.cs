using Akka.Actor;
using Paxos.Actors.Roles;
using Paxos.Actors.Storage;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Paxos.TestKit.Network;

namespace Paxos.Actors.Tests;

/// <summary>
/// Decisions move along when the voters change, here from a, b, c to b, c, d. The configuration comes by a message, as the log
/// hands it on.
/// </summary>
public sealed class ChangeOfVotersSpec
{
    private const string DDoesNotVote = """
        paxos.members.d.roles = ["proposer", "learner"]
        paxos.decisions.page-names = 3
        """;

    [Fact]
    public async Task What_one_voter_alone_remembers_is_known_to_the_new_ones()
    {
        await using var cluster = await FourAsync();
        var names = await DecideWithoutBAsync(cluster);
        // a and b are the quorum that is copied, and only a knows anything.
        await cluster.StopAsync("c");
        Change(cluster, "a", "b", "d");
        Assert.Equal("new", await cluster["d"].DecideAsync("fresh", "new"));
        await cluster.StopAsync("a");
        foreach (var name in names)
        {
            Assert.Equal(name, await cluster["d"].ReadDecisionAsync(name));
            Assert.Equal(name, await cluster["b"].DecideAsync(name, "other"));
        }
        Assert.Null(await cluster["d"].ReadDecisionAsync("never"));
    }

    [Fact]
    public async Task Who_proposes_while_the_voters_change_gets_one_answer()
    {
        await using var cluster = await FourAsync();
        var doubled = cluster.Network.Duplicate<Copies>();
        var calls = new List<(string Name, Task<string> Decided)>();
        for (var i = 0; i < 40; i++)
        {
            var name = $"name/{i % 10}";
            foreach (var node in (string[])["a", "b", "d"])
                calls.Add((name, cluster[node].DecideAsync(name, $"{node}{i}")));
            if (i == 15)
                Change(cluster, "b", "c");
            if (i == 25)
                Change(cluster, "a", "d");
        }
        await doubled.FiredAsync();
        foreach (var group in calls.GroupBy(call => call.Name, call => call.Decided))
            Assert.Single((await Task.WhenAll(group)).Distinct());
        await cluster.StopAsync("a");
        foreach (var (name, decided) in calls.DistinctBy(call => call.Name))
            Assert.Equal(await decided, await cluster["d"].ReadDecisionAsync(name));
    }

    [Fact]
    public async Task Who_crashes_in_the_middle_begins_again()
    {
        await using var cluster = await FourAsync();
        var names = await DecideWithoutBAsync(cluster);
        await cluster.StopAsync("c");
        // Its first page arrives, and no other.
        var rest = cluster.Network.Lose<Copy>(from: "d", to: "a");
        Change(cluster, "a", "d");
        await rest.FiredAsync();
        await cluster.StopAsync("d");
        rest.Stop();
        cluster.Start("d");
        await cluster.RunningAsync();
        Change(cluster, "b", "d");
        Assert.Equal("new", await cluster["d"].DecideAsync("fresh", "new"));
        await cluster.StopAsync("a");
        foreach (var name in names)
            Assert.Equal(name, await cluster["d"].ReadDecisionAsync(name));
    }

    [Fact]
    public async Task A_new_voter_votes_only_when_all_that_it_takes_over_is_written_down()
    {
        await using var cluster = await FourAsync(Cluster.OnTestJournal);
        var names = await DecideWithoutBAsync(cluster);
        await cluster.StopAsync("c");
        var unwritten = await FailingWrites.BeginAsync(cluster, "d", "value-chosen", "/acceptor/" + names[7]);
        var opened = Opened(cluster, "d");
        var heartbeats = cluster.Network.Watch<Heartbeat>(from: "d");
        Change(cluster, "a", "b", "d");
        // Each time it is given again, and so is what else of its page is not known to be written.
        await Eventually.HoldsAsync(() => unwritten.Fired >= 3 || opened.Fired > 0, () => $"{unwritten.Fired} writes failed");
        await heartbeats.FiredAsync(heartbeats.Fired + 5);
        Assert.Equal(0, opened.Fired);
        await unwritten.StopAsync();
        await opened.FiredAsync();
        await cluster.StopAsync("a");
        Assert.Equal(names[7], await cluster["d"].ReadDecisionAsync(names[7]));
    }

    [Fact]
    public async Task A_node_that_sealed_does_not_vote_again_after_a_restart()
    {
        await using var cluster = await FourAsync("paxos.operation-timeout = 2s");
        // Nobody gets a page, so nobody opens.
        var lost = cluster.Network.Lose<Copies>();
        Change(cluster, "b", "c", "d");
        await lost.FiredAsync(2);
        await Assert.ThrowsAnyAsync<PaxosException>(() => cluster["a"].DecideAsync("color", "blue"));
        await cluster.RestartAsync();
        await Assert.ThrowsAnyAsync<PaxosException>(() => cluster["a"].DecideAsync("color", "red"));
        lost.Stop();
        Change(cluster, "a", "b", "c", "d");
        await Eventually.HoldsAsync(async () => await Decides(cluster["d"]) == "green", () => "the new voters do not open");
    }

    [Fact]
    public async Task Decisions_with_long_names_and_restarts_move_too()
    {
        await using var cluster = await FourAsync();
        var name = string.Concat(Enumerable.Repeat("ü", 256));
        Assert.Equal("blue", await cluster["a"].DecideAsync(name, "blue"));
        await cluster.RestartAsync();
        Change(cluster, "a", "b", "c", "d");
        Assert.Equal("blue", await cluster["d"].DecideAsync(name, "red"));
        await cluster.RestartAsync();
        Change(cluster, "a", "b", "c", "d");
        // One that did not open before the restart takes over from a or c.
        await OpensAsync(cluster, "b");
        await OpensAsync(cluster, "d");
        await cluster.StopAsync("a");
        await cluster.StopAsync("c");
        Assert.Equal("blue", await cluster["d"].DecideAsync(name, "red"));
    }

    private static async Task<Cluster> FourAsync(string more = "") => await Cluster.StartedAsync($"{DDoesNotVote}\n{more}", "a", "b", "c", "d");

    // Twenty decisions of which b has not heard.
    private static async Task<List<string>> DecideWithoutBAsync(Cluster cluster)
    {
        var prepares = cluster.Network.Lose<Prepare>(to: "b");
        var accepts = cluster.Network.Lose<Accept>(to: "b");
        var chosen = cluster.Network.Lose<Chosen>(to: "b");
        var names = Enumerable.Range(0, 20).Select(i => $"name/{i}").ToList();
        foreach (var name in names)
            Assert.Equal(name, await cluster["a"].DecideAsync(name, name));
        await chosen.FiredAsync(names.Count);
        prepares.Stop();
        accepts.Stop();
        chosen.Stop();
        return names;
    }

    // It says that it is open in the new epoch.
    private static Fault Opened(Cluster cluster, string node) =>
        cluster.Network.Watch(envelope => envelope.Message is Heartbeat { OpenEpoch: 2 } && envelope.From.Id == new NodeId(node));

    private static Task OpensAsync(Cluster cluster, string node) => Opened(cluster, node).FiredAsync();

    private static void Change(Cluster cluster, params string[] told)
    {
        var voters = ((string[])["b", "c", "d"]).Select(id => new Member(new NodeId(id), IdentityFile.Decode(File.ReadAllBytes(Path.Combine(cluster.DataOf(id), "identity")))!.Value.Identity.Incarnation));
        var next = new Configuration(2, voters, []);
        foreach (var node in told)
            cluster.System(node).ActorSelection("/user/paxos").Tell(new ConfigurationInForce(next), ActorRefs.NoSender);
    }

    private static async Task<string?> Decides(PaxosExtension paxos)
    {
        try
        {
            return await paxos.DecideAsync("color", "green");
        }
        catch (PaxosException)
        {
            return null;
        }
    }
}
