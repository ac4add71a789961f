using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

public sealed class MembershipTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private static readonly NodeId C = new("c");
    private static readonly NodeId D = new("d");
    private readonly LogCluster cluster = new("a b c d", configuration: LogCluster.Of(1, "a b c"));

    [Fact]
    public void A_new_voter_counts_in_the_slots_behind_the_fence()
    {
        cluster.Elect("a");
        cluster.Submit("a", "one");
        Change(LogCluster.Of(2, "a b c d"));
        Assert.Equal(["no-op", "one", "configuration 2: a, b, c, d", "no-op"], cluster["d"].Applied);
        // Three of four: without c and with d.
        cluster.Kill("c");
        cluster.Submit("a", "two");
        Assert.Equal("two", cluster["d"].Applied[^1]);
        cluster.Kill("b");
        cluster.Submit("a", "three");
        Assert.Equal("two", cluster["d"].Applied[^1]);
    }

    [Fact]
    public void A_leader_that_is_removed_makes_way()
    {
        cluster.Elect("a");
        Change(LogCluster.Of(2, "b c d"));
        cluster.FireAll(Timer.Retry);
        Assert.NotEqual(A, cluster["a"].Proposer.Leader);
        Assert.NotEqual(default, cluster["b"].Proposer.Leader);
        Assert.NotEqual(A, cluster["b"].Proposer.Leader);
        cluster.Submit("b", "two");
        Assert.Equal("two", cluster["d"].Applied[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_leader_that_is_removed_asks_others_to_lead_until_one_does(bool startsAnew)
    {
        cluster.Elect("a");
        // Nobody else hears that the change is chosen, and so all of them wait for a.
        cluster.Loses = (_, _, message) => message is TakeOver or Chosen;
        Change(LogCluster.Of(2, "b c d"));
        Assert.All((string[])["b", "c", "d"], node => Assert.False(cluster[node].IsRunning(Timer.Stand)));
        if (startsAnew)
            cluster["a"].RestartProposer();
        cluster.Loses = (_, _, _) => false;
        for (var i = 0; i < 5; i++)
        {
            cluster.FireAll(Timer.Retry);
            cluster.FireAll(Timer.Stand);
        }
        Assert.Contains(cluster["b"].Proposer.Leader, (NodeId[])[B, C, D]);
        cluster.Submit("b", "two");
        Assert.Equal("two", cluster["d"].Applied[^1]);
    }

    [Fact]
    public void A_new_leader_that_finds_a_fence_in_a_promise_passes_it_too()
    {
        cluster.Elect("a");
        cluster.Loses = (_, _, message) => message is Accepted { Slot: 2 };
        cluster.Send(A, A, new Reconfigure(1, LogCluster.Of(2, "a b c d")));
        cluster.Run();
        cluster.Loses = (_, _, _) => false;
        cluster.Kill("a");
        cluster.Elect("b");
        cluster.FireAll(Timer.Retry);
        Assert.Equal(["no-op", "configuration 2: a, b, c, d", "no-op"], cluster["d"].Applied);
        Assert.Equal(B, cluster["d"].Proposer.Leader);
    }

    [Fact]
    public void A_configuration_that_hears_no_quorum_is_refused()
    {
        cluster.Elect("a");
        cluster.Kill("d");
        cluster.Kill("c");
        cluster.Send(A, A, new Reconfigure(1, LogCluster.Of(2, "a b c d")));
        cluster.Run();
        Assert.Contains(new Refused(1, Refusal.NoQuorum, A), cluster["a"].ToClient);
    }

    [Fact]
    public void A_joining_learner_votes_as_soon_as_it_has_caught_up()
    {
        cluster.Elect("a");
        cluster.Submit("a", "one");
        Change(cluster.Configuration.Add(new Member(D, new Incarnation('d')), "d:1"));
        Assert.Equal("configuration 3: a, b, c, d", cluster["d"].Applied.Last(entry => entry.StartsWith("configuration", StringComparison.Ordinal)));
        Assert.Equal(4, cluster["d"].Told.OfType<Reconfigured>().Last().Configuration.Voters.Length);
    }

    [Fact]
    public void A_joining_learner_that_is_not_heard_does_not_vote()
    {
        cluster.Elect("a");
        cluster.Kill("d");
        Change(cluster.Configuration.Add(new Member(D, new Incarnation('d')), "d:1"));
        Assert.Equal(3, cluster["a"].Told.OfType<Reconfigured>().Last().Configuration.Voters.Length);
        cluster.Restart("d");
        for (var i = 0; i < 5; i++)
            cluster.FireAll(Timer.Retry);
        Assert.Equal(4, cluster["a"].Told.OfType<Reconfigured>().Last().Configuration.Voters.Length);
    }

    [Fact]
    public void A_learner_that_is_behind_is_not_made_a_voter()
    {
        var few = new LogCluster("a b c d", new LogOptions { PromoteWithin = 2 }, LogCluster.Of(1, "a b c", "d"));
        few.Elect("a");
        few.Loses = (_, to, _) => to == D;
        for (var i = 0; i < 4; i++)
            few.Submit("a", $"{i}");
        few.Send(A, A, new Reconfigure(1, few.Configuration.Promote(D)));
        few.Run();
        Assert.Contains(new Refused(1, Refusal.Behind, A), few["a"].ToClient);
        few.Loses = (_, _, _) => false;
        for (var i = 0; i < 3; i++)
            few.FireAll(Timer.Retry);
        few.Send(A, A, new Reconfigure(2, few.Configuration.Promote(D)));
        few.Run();
        Assert.Equal(4, few["a"].Told.OfType<Reconfigured>().Last().Configuration.Voters.Length);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_vote_is_an_incarnations_and_not_a_names(int incarnation, bool votes)
    {
        var lost = new Member(A, new Incarnation(1));
        var self = new Member(A, new Incarnation((UInt128)incarnation));
        Member[] others = [new(B, default), new(C, default)];
        // What its log comes to while it catches up: the configuration of before it was replaced.
        var older = new InForce(new Configuration(2, [lost, .. others], []), 5);
        var proposer = new Proposer(A, new Configuration(3, others, [self]), new Rounds(10), LogOptions.Default);
        var effects = new Effects();
        proposer.On(A, older, default, effects);
        proposer.On(new HearingView(others.ToImmutableSortedDictionary(other => other.Id, _ => new Pong(1, 1, 1, default, default))), default, effects);
        proposer.OnTimer(Timer.Stand, default, effects);
        Assert.Equal(votes, effects.OfType<Effect.Send>().Any(send => send.Message is Prepare));
    }

    [Fact]
    public void That_a_configuration_is_chosen_is_remembered_before_anybody_hears_of_it()
    {
        var fence = Entry.Of(LogCluster.Of(2, "a b"));
        var ballot = new Ballot(1, B);
        var effects = new Effects();
        var acceptor = new Acceptor(A, LogOptions.Default);
        acceptor.On(B, new Accept(ballot, 1, fence, 1, 0), default, effects);
        acceptor.On(B, new Chosen(ballot, 1, 1), default, effects);
        var told = effects.OfType<Effect.Send>().Single(send => send.Message is Entries);
        Assert.False(told.Overtakes);
        Assert.True(effects.ToList().FindIndex(effect => effect is Effect.Persist { Event: EntryLearned }) < effects.ToList().IndexOf(told));

        var restarted = new Acceptor(A, LogOptions.Default);
        foreach (var written in effects.OfType<Effect.Persist>())
            restarted.Recover(written.Event);
        effects.Clear();
        restarted.On(A, new Fetch(1), default, effects);
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.Message is Entries { First: 1, Items.Count: 1 });
    }

    [Fact]
    public void A_leader_that_alone_knows_that_a_fence_is_chosen_tells_its_acceptor_again()
    {
        var (one, two) = (new Ballot(1, A), new Ballot(2, A));
        var proposer = new Proposer(A, LogCluster.Of(1, "a"), new Rounds(10), LogOptions.Default);
        var b = new HearingView(new[] { B }.ToImmutableSortedDictionary(other => other, _ => new Pong(1, 1, 1, default, default)));
        Three.Effects(effects => proposer.On(b, default, effects));
        Three.Effects(effects => proposer.OnTimer(Timer.Stand, default, effects));
        On(new Promise(one, 1, default, 0, 0, 0), new Applied(0, 0), new Promise(one, 1, default, 0, 0, 0), new Accepted(one, 1), new Applied(1, 0));
        Assert.Contains("send Accept(1.a, 2: configuration 2: a, b, chosen 1-1) to a", On(new Reconfigure(1, LogCluster.Of(2, "a b"))));
        // Its acceptor is down when it is told, and b knows of no vote of its own.
        Assert.Contains("at once Chosen(1.a, 1-2) to a", On(new Accepted(one, 2)));
        while (proposer.Stage != "Following")
            Retry();
        Assert.Contains("send Prepare(2.a, from 0) to a", Three.Effects(effects => proposer.OnTimer(Timer.Stand, default, effects)));
        Assert.Equal(["at once WhenApplied(2) to a"], On(new Promise(two, 2, default, 0, 0, 1)));
        Assert.Contains("at once Chosen(1.a, 1-2) to a", Retry());

        string[] Retry() => Three.Effects(effects => proposer.OnTimer(Timer.Retry, default, effects));

        string[] On(params Message[] messages) => Three.Effects(effects => messages.ToList().ForEach(message => proposer.On(A, message, default, effects)));
    }

    [Fact]
    public void A_change_that_a_deposed_leader_left_behind_another_one_changes_nothing()
    {
        var (c, e) = (new NodeId("c"), new NodeId("e"));
        var five = new LogCluster("a b c d e f", configuration: LogCluster.Of(1, "a b c d e"));
        five.Elect("a");
        // The commands before it reach nobody, and the change reaches only c.
        five.Loses = (_, to, message) => message is Accept accept && (accept.Slot != 4 || to != c);
        five.Submit("a", "x");
        five.Submit("a", "y");
        five.Send(A, A, new Reconfigure(1, LogCluster.Of(2, "a b c d e f")));
        five.Run();
        five.Kill("a");
        // Nobody hears of c until another change is made, and behind that it is needed.
        five.Loses = (from, to, message) =>
            ((from == c || to == c) && message is not (Prepare { From: 4 } or Promise { From: 4 })) || (from == e && message is Promise { From: 4 });
        five.Elect("b");
        var left = LogCluster.Of(2, "b c d e");
        five.Send(B, B, new Reconfigure(2, left));
        five.Run();
        five.Loses = (_, _, _) => false;
        for (var i = 0; i < 5; i++)
            five.FireAll(Timer.Retry);
        Assert.Equal(
            ["no-op", "no-op", "configuration 2: b, c, d, e", "configuration 2: a, b, c, d, e, f", "no-op"], five["b"].Applied);
        Assert.Equal(left, five["b"].Proposer.Configuration);
        Assert.All(
            (string[])["b", "c", "d", "e"],
            node => Assert.Equal([left], five[node].Told.OfType<Reconfigured>().Select(told => told.Configuration)));
        five.Submit("b", "z");
        Assert.Equal("z", five["d"].Applied[^1]);
    }

    [Fact]
    public void Behind_a_fence_a_leader_claims_nothing_that_an_earlier_leader_had_chosen()
    {
        var five = new LogCluster("a b c d e", configuration: LogCluster.Of(1, "a b c"));
        five.Elect("a");
        // Neither b nor c hears that the change is chosen, nor of anything behind it.
        five.Loses = (_, to, message) => (to == B || to == C) && message is Chosen or Accept { Slot: > 2 };
        five.Send(A, A, new Reconfigure(1, LogCluster.Of(2, "a b d e")));
        five.Run();
        five.FireAll(Timer.Retry);
        five.Submit("a", "one");
        five.Kill("a");
        Assert.Equal("one", five["d"].Applied[^1]);
        five.Loses = (_, _, _) => false;
        five.Delivered.Clear();
        five.Elect("b");
        five.Submit("b", "two");
        Assert.Equal("two", five["e"].Applied[^1]);
        var sent = five.Delivered.Where(each => each.From == B).Select(each => each.Message).ToList();
        var proposed = sent.OfType<Accept>().Select(accept => accept.Slot).ToHashSet();
        Assert.Contains(2UL, proposed);
        Assert.DoesNotContain(3UL, proposed);
        foreach (var chosen in sent.OfType<Chosen>())
            Assert.All(Enumerable.Range((int)chosen.First, (int)(chosen.Through - chosen.First + 1)), slot => Assert.Contains((ulong)slot, proposed));
    }

    [Fact]
    public void A_node_that_was_added_does_not_stand_before_its_log_has_come_to_the_configuration_that_added_it()
    {
        var added = LogCluster.Of(3, "b c d");
        var proposer = new Proposer(D, added, new Rounds(10), LogOptions.Default);
        var learner = new Learner(D, added, cluster["d"], LogOptions.Default, hasAcceptor: true);
        var effects = new Effects();
        var view = new HearingView(((NodeId[])[B, C]).ToImmutableSortedDictionary(other => other, _ => new Pong(1, 1, 1, default, default)));
        proposer.On(view, default, effects);
        proposer.On(B, new TakeOver(new Ballot(7, B)), default, effects);
        // Of these slots the next one belongs to a and b, of which neither d nor a quorum of b, c and d need know anything.
        Learn(Entry.NoOp, Entry.Of(LogCluster.Of(2, "a b")));
        proposer.On(B, new TakeOver(new Ballot(7, B)), default, effects);
        Assert.False(proposer.Ballot.Node == D, $"{proposer.Stage} at {proposer.Ballot}");
        Learn(Entry.NoOp, Entry.Of(added));
        proposer.On(B, new TakeOver(new Ballot(7, B)), default, effects);
        Assert.Equal(D, proposer.Ballot.Node);

        void Learn(params Entry[] entries)
        {
            var first = learner.AppliedThrough + 1;
            var told = new Effects();
            learner.On(D, new Entries(first, entries.ToImmutableArray()), default, told);
            foreach (var send in told.OfType<Effect.Send>().Where(send => send.Message is InForce or Applied))
                proposer.On(D, send.Message, default, effects);
        }
    }

    [Fact]
    public void A_configuration_that_the_own_learner_has_forgotten_again_is_not_that_of_the_next_slot()
    {
        var proposer = new Proposer(B, LogCluster.Of(1, "a"), new Rounds(10), LogOptions.Default);
        var effects = new Effects();
        proposer.On(new HearingView(new[] { C }.ToImmutableSortedDictionary(other => other, _ => new Pong(1, 1, 1, default, default))), default, effects);
        // It had come to slot 9, and begins anew from a snapshot of slot 4.
        proposer.On(B, new InForce(LogCluster.Of(3, "b c"), 9), default, effects);
        proposer.OnTimer(Timer.Stand, default, effects);
        proposer.On(B, new Promise(proposer.Ballot, 5, default, 0, 0, 4), default, effects);
        proposer.On(B, new Applied(4, 0), default, effects);
        Assert.DoesNotContain(effects.OfType<Effect.Send>(), send => send.Message is Prepare { From: > 0 });
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.Message is WhenApplied { Slot: 9 });
        proposer.On(B, new Applied(9, 0), default, effects);
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.Message is Prepare { From: 10 });
    }

    private void Change(Configuration next)
    {
        cluster.Send(A, A, new Reconfigure(1, next));
        cluster.Run();
        for (var i = 0; i < 3; i++)
            cluster.FireAll(Timer.Retry);
    }
}
