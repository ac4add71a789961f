using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>A node that catches up: what its learner and its acceptor ask for, and of whom.</summary>
public sealed class CatchingUpTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private static readonly NodeId C = new("c");
    private static readonly NodeId D = new("d");
    private readonly LogCluster cluster = new("a b c d", configuration: LogCluster.Of(1, "a b c"));

    [Fact]
    public void A_learner_whose_members_are_all_gone_asks_whoever_tells_it_what_is_chosen()
    {
        // Its log is at the configuration that named it first.
        var learner = new Learner(D, LogCluster.Of(1, "a", "d"), cluster["d"], LogOptions.Default, hasAcceptor: false);
        var effects = new Effects();
        learner.On(A, new Chosen(new Ballot(1, A), 1, 5), default, effects);
        learner.On(B, new Chosen(new Ballot(2, B), 4, 9), default, effects);
        learner.OnTimer(Timer.Retry, default, effects);
        learner.OnTimer(Timer.Retry, default, effects);
        var asked = effects.OfType<Effect.Send>().Where(send => send.Message is Fetch).Select(send => send.To).ToList();
        Assert.Equal([A, A, B], asked);
    }

    [Fact]
    public void What_the_own_log_told_and_was_lost_is_asked_for_again()
    {
        var learner = new Learner(D, LogCluster.Of(1, "a d"), cluster["d"], LogOptions.Default, hasAcceptor: true);
        var effects = new Effects();
        learner.On(D, new Missing(1, 5, A), default, effects);
        // The log gets it from a, and starts anew before it can say so: this node's learner would ask a for ever.
        effects.Clear();
        learner.OnTimer(Timer.Retry, default, effects);
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.To == D && send.Message is Fetch { From: 1 });
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.To == A && send.Message is Fetch { From: 1 });
    }

    [Fact]
    public void A_node_that_catches_up_asks_for_a_page_when_it_has_kept_the_one_before_and_not_at_every_slot()
    {
        var learner = new Learner(D, LogCluster.Of(1, "a d"), cluster["d"], LogOptions.Default, hasAcceptor: true);
        var effects = new Effects();
        learner.On(D, new Missing(1, 9, A), default, effects);
        Assert.Single(effects.OfType<Effect.Send>(), send => send.Message is Fetch { From: 1 } && send.To == A);
        effects.Clear();
        foreach (var slot in (ulong[])[1, 2, 3])
            learner.On(D, new Entries(slot, ImmutableArray.Create(Entry.NoOp)), default, effects);
        Assert.DoesNotContain(effects.OfType<Effect.Send>(), send => send.Message is Fetch && send.To == A);
        learner.On(D, new Kept(), default, effects);
        Assert.Single(effects.OfType<Effect.Send>(), send => send.Message is Fetch { From: 4 } && send.To == A);
    }

    [Fact]
    public void A_page_that_does_not_fit_to_the_log_says_from_where_on_it_is_missed()
    {
        var acceptor = new Acceptor(D, LogOptions.Default);
        var effects = new Effects();
        acceptor.On(A, new Entries(5, ImmutableArray.Create(Entry.NoOp, Entry.NoOp)), default, effects);
        Assert.Equal([new Missing(1, 6, A)], effects.OfType<Effect.Send>().Select(send => send.Message));
        Assert.DoesNotContain(effects, effect => effect is Effect.Persist);
    }

    [Fact]
    public void A_snapshot_that_comes_too_late_does_not_end_the_catching_up()
    {
        var learner = new Learner(D, LogCluster.Of(1, "a d"), cluster["d"], LogOptions.Default, hasAcceptor: true);
        var effects = new Effects();
        learner.On(D, new Missing(1, 9, A), default, effects);
        learner.On(A, new Trimmed(2), default, effects);
        learner.On(A, new SnapshotChunk(2, 0, 1, Value.FromUtf8("s")), default, effects);
        Assert.IsType<Effect.StopTimer>(effects.ToList()[^1]);
        // The own log has it meanwhile.
        learner.On(D, new Entries(1, ImmutableArray.Create(Entry.NoOp, Entry.NoOp)), default, effects);
        effects.Clear();
        learner.OnRestored(2, null, effects);
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.Message is Fetch { From: 3 } && send.To == A);
        Assert.Contains(effects, effect => effect is Effect.StartTimer { Timer: Timer.Retry });
    }

    [Fact]
    public void A_snapshot_that_the_log_needs_is_wanted_again_when_it_could_not_be_written()
    {
        var learner = new Learner(D, LogCluster.Of(1, "a d"), cluster["d"], LogOptions.Default, hasAcceptor: true);
        var effects = new Effects();
        learner.On(D, new Entries(1, ImmutableArray.Create(Entry.NoOp, Entry.NoOp)), default, effects);
        effects.Clear();
        // The log's mark was lost with a crash: it is behind what is applied.
        learner.On(D, new Missing(1, 2, A), default, effects);
        Assert.Single(effects.OfType<SnapshotWanted>());
        learner.On(D, new Missing(1, 2, A), default, effects);
        Assert.Single(effects.OfType<SnapshotWanted>());
        learner.OnSnapshotFailed();
        learner.On(D, new Missing(1, 2, A), default, effects);
        Assert.Equal(2, effects.OfType<SnapshotWanted>().Count());
    }

    [Fact]
    public void What_the_own_log_was_asked_for_while_it_was_down_is_asked_for_when_it_is_back()
    {
        var acceptor = new Acceptor(D, LogOptions.Default);
        var effects = new Effects();
        acceptor.On(A, new Entries(1, ImmutableArray.Create(Entry.NoOp, Entry.NoOp)), default, effects);
        var learner = new Learner(D, LogCluster.Of(1, "d"), cluster["d"], LogOptions.Default, hasAcceptor: true);
        learner.Start(0, null, new Effects());
        effects.Clear();
        acceptor.Start(effects);
        var told = effects.OfType<Effect.Send>().Single(send => send.To == D).Message;
        effects.Clear();
        learner.On(D, told, default, effects);
        Assert.Equal([new Fetch(1)], effects.OfType<Effect.Send>().Select(send => send.Message));
    }

    [Fact]
    public void What_the_own_log_has_let_go_of_is_asked_for_elsewhere_and_not_again_at_each_answer_of_the_own_log()
    {
        // Its newest snapshot was damaged, and the older one is of before what the log was trimmed to.
        var learner = new Learner(D, LogCluster.Of(1, "a d"), cluster["d"], LogOptions.Default, hasAcceptor: true);
        var effects = new Effects();
        learner.Start(0, null, effects);
        effects.Clear();
        learner.On(D, new Trimmed(4), default, effects);
        Assert.Single(effects.OfType<Effect.Send>(), send => send.Message is Fetch { From: 1 } && send.To == A);
        learner.On(A, new Trimmed(2), default, effects);
        effects.Clear();
        learner.On(D, new Trimmed(4), default, effects);
        learner.On(D, new Trimmed(4), default, effects);
        // Its question for a's snapshot stands.
        Assert.Empty(effects);
    }

    [Fact]
    public void What_the_own_log_has_let_go_of_goes_to_the_learner_when_another_node_has_it()
    {
        var acceptor = new Acceptor(D, LogOptions.Default);
        var effects = new Effects();
        var entries = new Entries(1, ImmutableArray.Create(Entry.NoOp, Entry.NoOp, Entry.NoOp, Entry.NoOp));
        acceptor.On(A, entries, default, effects);
        acceptor.On(D, new Trim(3), default, effects);
        effects.Clear();
        acceptor.On(A, entries, default, effects);
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.To == D && send.Message is Entries { First: 1 } told && told.Items.Count == 4);
        Assert.DoesNotContain(effects, effect => effect is Effect.Persist);
    }

    [Theory]
    [InlineData(false, 8)]
    [InlineData(true, 8)]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    public void A_leader_does_not_wait_for_one_that_has_let_go_of_slots_where_a_quorum_of_others_has_not(bool comesLate, ulong trimmed)
    {
        var effects = new Effects();
        var proposer = AsksFromSlotFour(effects);
        var ballot = proposer.Ballot;
        // b knows through 9 to be chosen, and has let go of it: its snapshot may be damaged. What is to be proposed a and c know.
        Message fromB = new Promise(ballot, 4, default, 0, trimmed, 9);
        Message fromA = new Promise(ballot, 4, ImmutableArray.Create(new Proposal(5, new Ballot(1, B), Five)), 0, 0, 3);
        Message fromC = new Promise(ballot, 4, default, 0, 2, 3);
        foreach (var (from, promise) in comesLate ? [(A, fromA), (B, fromB), (C, fromC)] : new[] { (A, fromA), (C, fromC), (B, fromB) })
            proposer.On(from, promise, default, effects);
        var accepts = effects.OfType<Effect.Send>().Where(send => send.To == C).Select(send => send.Message).OfType<Accept>().ToList();
        Assert.DoesNotContain(effects.OfType<Effect.Send>(), send => send.To == B && send.Message is Prepare { From: 0 });
        Assert.Equal([(4UL, Entry.NoOp), (5UL, Five)], accepts.Take(2).Select(accept => (accept.Slot, accept.Entry)));
    }

    [Fact]
    public void A_leader_that_catches_up_asks_anew_when_its_log_comes_to_another_configuration()
    {
        var effects = new Effects();
        var proposer = AsksFromSlotFour(effects);
        var ballot = proposer.Ballot;
        proposer.On(A, new Promise(ballot, 4, default, 0, 0, 3), default, effects);
        proposer.On(B, new Promise(ballot, 4, default, 0, 8, 9), default, effects);
        proposer.On(A, new InForce(LogCluster.Of(2, "a b d"), 6), default, effects);
        // Of the configuration before: it would make a quorum that is none any more.
        proposer.On(C, new Promise(ballot, 4, default, 0, 2, 3), default, effects);
        Assert.DoesNotContain(effects.OfType<Effect.Send>(), send => send.Message is Accept);
    }

    private static readonly Entry Five = Entry.Of(LogCluster.Of(1, "a b c"));

    // Node a of three hears the others, has applied 3 slots, and asks for promises.
    private static Proposer AsksFromSlotFour(Effects effects)
    {
        var proposer = new Proposer(A, LogCluster.Of(1, "a b c"), new Rounds(10), LogOptions.Default);
        var others = new[] { B, C }.ToImmutableSortedDictionary(other => other, _ => new Pong(1, 1, 1, default, default));
        proposer.On(new HearingView(others), default, effects);
        proposer.OnTimer(Timer.Stand, default, effects);
        proposer.On(A, new Promise(proposer.Ballot, 4, default, 0, 0, 3), default, effects);
        proposer.On(A, new Applied(3, 0), default, effects);
        return proposer;
    }
}
