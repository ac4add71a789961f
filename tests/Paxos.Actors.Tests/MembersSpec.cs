using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Who the members are changes while the cluster is at work.</summary>
public sealed class MembersSpec
{
    private const string Joins = "paxos.bootstrap = off\npaxos.join = on\n";
    private const string AddressOfD = "paxos.address = \"d:4\"\n";

    private static readonly NodeId C = new("c");
    private static readonly NodeId D = new("d");

    [Fact]
    public async Task A_node_that_joins_takes_no_part_until_it_is_added_and_votes_when_it_has_caught_up()
    {
        await using var cluster = await LedAsync("paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2");
        for (var i = 0; i < 20; i++)
            await cluster["a"].Register<int>($"key/{i}").WriteAsync(i);
        cluster.Start("d", Joins + AddressOfD);
        await Eventually.HoldsAsync(
            () => cluster["d"].Status is { State: NodeState.Forming, Reason: { } reason } && reason.Contains("members add d", StringComparison.Ordinal),
            () => cluster["d"].Status.ToString());
        await AddAsync(cluster, "b", "d:4");
        await VotersAsync(cluster, "a, b, c, d");
        await cluster.RunningAsync();
        Assert.Equal(19, (await cluster["d"].Register<int>("key/19").ReadAsync())!.Value);

        // It votes: without it these would be no quorum of four.
        await cluster.StopAsync("c");
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        await LeadsAsync(cluster, "d");
        Assert.Equal("blue", (await cluster["d"].Register<string>("color").ReadAsync())!.Value);
        Assert.Equal(0, RefusingSerializer.Refused);
    }

    [Fact]
    public async Task A_node_that_wants_to_join_and_hears_nobody_says_whom_it_asks()
    {
        await using var cluster = await LedAsync();
        cluster.Network.Isolate("d");
        cluster.Start("d", Joins + AddressOfD);
        await Eventually.HoldsAsync(
            () => cluster["d"].Status is { State: NodeState.Forming, Reason: { } reason } && reason.Contains("Nobody answers: a at a:1, b at b:2, c at c:3.", StringComparison.Ordinal),
            () => cluster["d"].Status.ToString());
        cluster.Network.Heal();
        await Eventually.HoldsAsync(
            () => cluster["d"].Status.Reason?.Contains("members add d", StringComparison.Ordinal) == true, () => cluster["d"].Status.ToString());
    }

    [Fact]
    public async Task A_node_that_joined_starts_again_without_being_told_to_join()
    {
        await using var cluster = await LedAsync();
        cluster.Start("d", Joins + AddressOfD);
        await AddAsync(cluster, "a");
        await VotersAsync(cluster, "a, b, c, d");
        await cluster.StopAsync("d");
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        cluster.Start("d", "paxos.bootstrap = off\n" + AddressOfD);
        await cluster.RunningAsync();
        Assert.Equal("blue", (await cluster["d"].Register<string>("color").ReadAsync())!.Value);
        Assert.Equal("a, b, c, d", Voters(cluster, "d"));
    }

    [Fact]
    public async Task A_node_that_was_removed_is_told_and_does_not_disturb()
    {
        await using var cluster = await LedAsync();
        await LeadsAsync(cluster, "a");
        var before = cluster["a"].Status.Groups[0].Ballot;
        var now = await cluster["b"].Members.RemoveAsync(C);
        Assert.Equal((2u, 2), (now.Epoch, now.Voters.Count));
        await Eventually.HoldsAsync(
            () => cluster["a"].Status.Groups[0].Lags.Keys.SequenceEqual([new NodeId("b")]), () => cluster["a"].Status.Groups[0].Lags.Count.ToString());
        await Eventually.HoldsAsync(() => cluster["c"].Status.State == NodeState.Refused, () => cluster["c"].Status.ToString());
        Assert.Contains("was removed", cluster["c"].Status.Reason, StringComparison.Ordinal);
        await cluster["b"].Register<string>("color").WriteAsync("blue");
        Assert.Equal(before, cluster["a"].Status.Groups[0].Ballot);
        var failed = await Assert.ThrowsAsync<NotAppliedException>(() => cluster["c"].Register<string>("color").ReadAsync());
        Assert.Equal(NotAppliedReason.NotMember, failed.Reason);

        // It comes back, and is told again.
        await cluster.StopAsync("c");
        cluster.Start("c");
        await Eventually.HoldsAsync(() => cluster["c"].Status.State == NodeState.Refused, () => cluster["c"].Status.ToString());
        Assert.Equal(before, cluster["a"].Status.Groups[0].Ballot);
    }

    [Fact]
    public async Task The_leader_removes_itself_and_another_one_leads()
    {
        await using var cluster = await LedAsync();
        await LeadsAsync(cluster, "c");
        Assert.Equal(2, (await cluster["c"].Members.RemoveAsync(C)).Voters.Count);
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        Assert.Equal("blue", (await cluster["b"].Register<string>("color").ReadAsync())!.Value);
        await Eventually.HoldsAsync(() => cluster["c"].Status.State == NodeState.Refused, () => cluster["c"].Status.ToString());
    }

    [Fact]
    public async Task A_wiped_node_does_not_vote_until_it_is_put_in_its_own_place_and_has_caught_up()
    {
        await using var cluster = await LedAsync();
        await LeadsAsync(cluster, "a");
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        await cluster.StopAsync("c");
        cluster.Wipe("c");
        var votes = cluster.Network.Watch<Accepted>(from: "c");
        cluster.Start("c", Joins);
        await Eventually.HoldsAsync(() => cluster["c"].Status.Reason?.Contains("replace c", StringComparison.Ordinal) == true, () => cluster["c"].Status.ToString());
        await cluster["a"].Register<string>("size").WriteAsync("large");
        Assert.Equal(0, votes.Fired);

        await Eventually.HoldsAsync(() => TriedAsync(() => cluster["b"].Members.ReplaceAsync(C)), () => "c was not replaced");
        await VotersAsync(cluster, "a, b, c");
        await cluster.RunningAsync();
        Assert.Equal("large", (await cluster["c"].Register<string>("size").ReadAsync())!.Value);
        // With one of the others down nothing is chosen without its vote.
        await cluster.StopAsync("b");
        await LeadsAsync(cluster, "a");
        await cluster["c"].Register<string>("size").WriteAsync("small");
        Assert.True(votes.Fired > 0);
        Assert.Equal("blue", (await cluster["a"].Register<string>("color").ReadAsync())!.Value);
    }

    [Fact]
    public async Task An_empty_node_in_the_place_of_a_voter_does_not_pass_for_it_where_the_change_has_not_come_to_yet()
    {
        await using var cluster = await LedAsync();
        await LeadsAsync(cluster, "b");
        await cluster["b"].Register<string>("color").WriteAsync("blue");
        await cluster.StopAsync("c");
        cluster.Wipe("c");
        cluster.Start("c", Joins);
        await Eventually.HoldsAsync(() => cluster["c"].Status.Reason?.Contains("replace c", StringComparison.Ordinal) == true, () => cluster["c"].Status.ToString());

        // Of the log a hears what it has to accept for the change, and c hears nothing: c stays empty, and a in the old configuration.
        var unheard = cluster.Network.Lose(envelope => envelope.From.Id == new NodeId("b") && envelope.To.Id != envelope.From.Id
            && envelope.Message is not (Ping or Pong or Heartbeat or Accept { Entry.Kind: EntryKind.Configuration }));
        await Eventually.HoldsAsync(() => TriedAsync(() => cluster["b"].Members.ReplaceAsync(C)), () => "c was not replaced");
        await cluster.Network.Watch<Heartbeat>(from: "b", to: "a").FiredAsync(3);
        Assert.Equal((1u, 2u), (cluster["a"].Status.Groups[0].Epoch, cluster["b"].Status.Groups[0].Epoch));
        Assert.True(unheard.Fired > 0);

        var promises = cluster.Network.Watch<Promise>(from: "c", to: "a");
        var accepts = cluster.Network.Watch<Accept>(from: "a");
        await cluster.StopAsync("b");
        unheard.Stop();
        // Asked again and again: one promise that counts would be enough.
        await Eventually.HoldsAsync(() => promises.Fired >= 3 || accepts.Fired > 0, () => $"c was asked {promises.Fired} times");
        Assert.Equal(0, accepts.Fired);
        cluster.Start("b");
        await cluster.RunningAsync();
        await VotersAsync(cluster, "a, b, c");
        Assert.Equal("blue", (await cluster["a"].Register<string>("color").ReadAsync())!.Value);
    }

    [Fact]
    public async Task What_would_cost_the_quorum_or_makes_no_sense_is_refused()
    {
        await using var cluster = await LedAsync();
        var members = cluster["a"].Members;
        await RefusedAsync(() => members.AddAsync(D), "not heard here: start it with an empty data directory");
        await RefusedAsync(() => members.AddAsync(C), "is a member already");
        await RefusedAsync(() => members.RemoveAsync(D), "is not a member");
        await RefusedAsync(() => members.PromoteAsync(C), "votes already");
        await RefusedAsync(() => members.ReplaceAsync(C), "No other node of the name c");
        await RefusedAsync(() => members.TransferLeadershipAsync(D), "has no vote");
        await Assert.ThrowsAsync<ArgumentException>(() => members.AddAsync(D, "nowhere"));
        cluster.Start("d", Joins + AddressOfD);
        await Eventually.HoldsAsync(
            async () => (await Assert.ThrowsAsync<MembershipRefusedException>(() => members.AddAsync(D, "e:5"))).Message.Contains("its address is d:4", StringComparison.Ordinal),
            () => "d was not heard");
        await LeadsAsync(cluster, "a");
        await cluster.StopAsync("c");
        await Eventually.HoldsAsync(
            () => cluster["a"].Status.Peers.Single(peer => peer.Id == C).HeardAgo > cluster["a"].Settings.SilentAfter, () => "a still hears c");
        await RefusedAsync(() => members.RemoveAsync(new NodeId("b")), "hears no quorum");
        Assert.Equal("a, b, c", Voters(cluster, "a"));
        await cluster["b"].Register<string>("color").WriteAsync("blue");
    }

    [Fact]
    public async Task The_last_voter_is_not_removed()
    {
        await using var cluster = await Cluster.StartedAsync("", "a");
        await RefusedAsync(() => cluster["a"].Members.RemoveAsync(new NodeId("a")), "the last voter");
    }

    [Fact]
    public async Task While_a_change_is_under_way_another_one_is_refused()
    {
        await using var cluster = await LedAsync();
        await LeadsAsync(cluster, "a");
        var proposed = cluster.Network.Watch(envelope => envelope.Message is Accept { Entry.Kind: EntryKind.Configuration });
        var held = cluster.Network.Hold<Accepted>(to: "a");
        var first = cluster["b"].Members.RemoveAsync(C);
        await proposed.FiredAsync();
        await RefusedAsync(() => cluster["a"].Members.RemoveAsync(new NodeId("b")), "under way");
        held.Stop();
        cluster.Network.Release(held);
        Assert.Equal(2, (await first).Voters.Count);
        Assert.Equal("a, b", Voters(cluster, "b"));
    }

    [Fact]
    public async Task A_lost_request_is_made_again_and_changes_once()
    {
        await using var cluster = await LedAsync();
        await LeadsAsync(cluster, "a");
        var lost = cluster.Network.Lose<Reconfigure>(from: "b", times: 1);
        Assert.Equal(2u, (await cluster["b"].Members.RemoveAsync(C)).Epoch);
        Assert.Equal(1, lost.Fired);
        await cluster["b"].Register<string>("color").WriteAsync("blue");
        Assert.Equal(2u, cluster["b"].Status.Groups[0].Epoch);
    }

    [Fact]
    public async Task Another_voter_leads_when_it_is_told_to()
    {
        await using var cluster = await LedAsync();
        foreach (var node in (string[])["a", "b", "c", "a"])
        {
            await LeadsAsync(cluster, node);
            await cluster["b"].Register<string>("color").WriteAsync(node);
        }
        Assert.Equal("a", (await cluster["c"].Register<string>("color").ReadAsync())!.Value);
    }

    // Of two that stand at once at the start one may lead for a moment only: all have to say the same. And a quorum is enough to lead,
    // but a change may need those whom the leader does not hear yet: all have told it how far they are.
    private static Task LeadsAsync(Cluster cluster, string node) => Eventually.HoldsAsync(
        async () =>
        {
            await cluster["a"].Members.TransferLeadershipAsync(new NodeId(node));
            var lags = cluster[node].Status.Groups[0].Lags;
            return cluster.Up.Select(other => cluster[other].Status)
                .All(status => status.State != NodeState.Running
                    || (status.Groups[0].Leader?.ToString() == node && (status.Node.ToString() == node || lags.ContainsKey(status.Node))));
        },
        () => $"{node} does not lead");

    // It may not have been heard yet.
    private static Task AddAsync(Cluster cluster, string at, string? address = null) =>
        Eventually.HoldsAsync(() => TriedAsync(() => cluster[at].Members.AddAsync(D, address)), () => $"d was not added: {cluster["d"].Status}");

    private static async Task<bool> TriedAsync(Func<Task<ConfigurationStatus>> change)
    {
        try
        {
            await change();
            return true;
        }
        catch (MembershipRefusedException e) when (e.Message.Contains("heard here", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static async Task RefusedAsync(Func<Task> change, string why) =>
        Assert.Contains(why, (await Assert.ThrowsAsync<MembershipRefusedException>(change)).Message, StringComparison.Ordinal);

    // All know the node that came as a voter. It came as a learner, one configuration before, and in the place of another the names
    // are the same as before that: the first configuration was number 1, so this is number 3.
    private static Task VotersAsync(Cluster cluster, string voters) => Eventually.HoldsAsync(
        () => cluster.Up.All(node => cluster[node].Status.Groups[0].Epoch == 3 && Voters(cluster, node) == voters),
        () => string.Join("; ", cluster.Up.Select(node => $"{node}: {Voters(cluster, node)}")) + $", not {voters}");

    private static string Voters(Cluster cluster, string node) =>
        string.Join(", ", cluster[node].Status.Groups[0].Voters.Select(voter => voter.Id));

    private static async Task<Cluster> LedAsync(string settings = "")
    {
        var cluster = await Cluster.StartedAsync(settings);
        await Eventually.HoldsAsync(
            () => ((string[])["a", "b", "c"]).All(node => cluster[node].Status.Groups[0].Leader is not null), () => "nobody leads");
        return cluster;
    }
}
