using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>The log's acceptor, message by message: what it writes down, what it answers, and what may overtake its writes.</summary>
public sealed class AcceptorTests
{
    private static readonly Ballot OneA = new(1, Three.A);
    private static readonly Ballot TwoB = new(2, Three.B);
    private static readonly Ballot ThreeA = new(3, Three.A);
    private static readonly Entry Red = Entry.Of(new Batch(OneA, 1, 0, default));
    private static readonly Entry Green = Entry.Of(new Batch(OneA, 2, 0, default));
    private static readonly Entry Fence = Entry.Of(LogCluster.Of(2, "a b d"));

    private readonly Acceptor acceptor = new(Three.C, LogOptions.Default);

    [Fact]
    public void A_promise_is_for_all_slots_and_binds_below_it()
    {
        Assert.Equal(
            ["persist Promised(2.b)", "at once Observed(2.b) to c", "send Promise(2.b, from 4) to b"],
            On(Three.B, new Prepare(TwoB, 4)));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA, 1)));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Accept(OneA, 7, Red, 1, 0)));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Confirm(OneA, 3)));
        Assert.Equal(["at once Nack(3.a, promised 2.b) to a"], On(Three.A, new Confirm(ThreeA, 3)));
        Assert.Equal(["at once Confirmed(2.b, 3) to b"], On(Three.B, new Confirm(TwoB, 3)));
    }

    [Fact]
    public void A_prepare_that_comes_again_is_answered_again_and_not_written_again()
    {
        On(Three.B, new Prepare(TwoB, 4));
        Assert.Equal(["send Promise(2.b, from 4) to b"], On(Three.B, new Prepare(TwoB, 4)));
    }

    [Fact]
    public void A_promise_tells_what_was_accepted_from_the_slot_on_and_skips_what_was_not()
    {
        On(Three.A, new Accept(OneA, 2, Red, 1, 0));
        On(Three.A, new Accept(OneA, 5, Green, 1, 0));
        Assert.EndsWith("send Promise(2.b, from 1, accepted 2: 1.a tick 1 5: 1.a tick 2) to b", On(Three.B, new Prepare(TwoB, 1))[^1], StringComparison.Ordinal);
        Assert.Equal(["send Promise(2.b, from 3, accepted 5: 1.a tick 2) to b"], On(Three.B, new Prepare(TwoB, 3)));
        Assert.Equal(["send Promise(2.b, from 5, accepted 5: 1.a tick 2) to b"], On(Three.B, new Prepare(TwoB, 5)));
        Assert.Equal(["send Promise(2.b, from 6) to b"], On(Three.B, new Prepare(TwoB, 6)));
    }

    [Fact]
    public void A_page_of_a_promise_ends_before_the_entry_that_it_has_no_room_for()
    {
        var two = Red.Size * 2;
        foreach (var (bytes, next) in new[] { (two, 3UL), (two - 1, 2UL), (1, 2UL) })
        {
            var small = new Acceptor(Three.C, LogOptions.Default with { PageBytes = bytes });
            for (var slot = 1UL; slot <= 3; slot++)
                small.On(Three.A, new Accept(OneA, slot, Red, 1, 0), default, new Effects());
            var effects = new Effects();
            small.On(Three.B, new Prepare(TwoB, 1), default, effects);
            var page = Assert.Single(effects.OfType<Effect.Send>().Select(send => send.Message).OfType<Promise>());
            Assert.Equal(next, page.Next);
            Assert.Equal((int)next - 1, page.Accepted.Count);
            effects.Clear();
            small.On(Three.B, new Prepare(TwoB, 3), default, effects);
            Assert.Equal(0UL, Assert.Single(effects.OfType<Effect.Send>().Select(send => send.Message).OfType<Promise>()).Next);
        }
    }

    [Fact]
    public void A_proposer_that_asks_its_own_acceptor_where_to_begin_is_told_the_first_slot_that_is_not_chosen()
    {
        Chosen(Red, Green);
        Assert.Equal("send Promise(3.a, from 3, chosen 2) to c", On(Three.C, new Prepare(ThreeA, 0))[^1]);
    }

    [Fact]
    public void An_accept_above_the_promise_promises_and_says_once_who_is_at_work()
    {
        Assert.Equal(
            ["at once Observed(2.b, leading) to c", "persist EntryAccepted(2.b, 1: tick 1)", "send Accepted(2.b, 1) to b"],
            On(Three.B, new Accept(TwoB, 1, Red, 1, 0)));
        Assert.Equal(
            ["persist EntryAccepted(2.b, 2: tick 2)", "send Accepted(2.b, 2) to b"],
            On(Three.B, new Accept(TwoB, 2, Green, 1, 0)));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA, 1)));
    }

    [Fact]
    public void An_accept_that_comes_again_is_answered_again_and_not_written_again()
    {
        On(Three.B, new Accept(TwoB, 1, Red, 1, 0));
        Assert.Equal(["send Accepted(2.b, 1) to b"], On(Three.B, new Accept(TwoB, 1, Red, 1, 0)));
    }

    [Fact]
    public void An_accept_at_a_higher_ballot_takes_the_place_of_what_was_accepted()
    {
        On(Three.A, new Accept(OneA, 1, Red, 1, 0));
        Assert.Contains("persist EntryAccepted(2.b, 1: tick 2)", On(Three.B, new Accept(TwoB, 1, Green, 1, 0)));
        Assert.EndsWith("accepted 1: 2.b tick 2) to a", On(Three.A, new Prepare(ThreeA, 1))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_slot_that_is_known_to_be_chosen_is_not_accepted_again_but_the_ballot_is_promised()
    {
        Chosen(Red);
        Assert.Equal(
            ["at once Observed(2.b, leading) to c", "persist Promised(2.b)", "send Accepted(2.b, 1) to b"],
            On(Three.B, new Accept(TwoB, 1, Red, 1, 0)));
        Assert.Equal(["send Accepted(2.b, 1) to b"], On(Three.B, new Accept(TwoB, 1, Red, 1, 0)));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA, 1)));
    }

    [Fact]
    public void What_an_accept_says_is_chosen_is_told_before_the_write_of_what_it_brings()
    {
        On(Three.A, new Accept(OneA, 1, Red, 1, 0));
        Assert.Equal(
            ["at once Entries(1: tick 1) to c", "persist EntryAccepted(1.a, 2: tick 2)", "send Accepted(1.a, 2) to a"],
            On(Three.A, new Accept(OneA, 2, Green, 1, 1)));
    }

    [Fact]
    public void Only_what_was_accepted_at_the_leaders_ballot_and_from_its_first_slot_on_is_known_to_be_chosen()
    {
        On(Three.A, new Accept(OneA, 1, Red, 1, 0));
        On(Three.B, new Accept(TwoB, 2, Green, 2, 0));
        // Slot 1 was accepted at another ballot: what is chosen there may be another entry.
        Assert.Equal(["at once Missing(1-2, at b) to c"], On(Three.B, new Chosen(TwoB, 1, 2)));
        Assert.Equal(["at once Missing(1-1, at a) to c"], On(Three.A, new Chosen(OneA, 2, 1)));
        Assert.Equal(["at once Entries(1: tick 1) to c", "at once Missing(2-2, at a) to c"], On(Three.A, new Chosen(OneA, 1, 2)));
        Assert.Equal(["at once Entries(2: tick 2) to c"], On(Three.B, new Chosen(TwoB, 2, 2)));
    }

    [Fact]
    public void No_more_is_chosen_than_the_leader_says()
    {
        On(Three.A, new Accept(OneA, 1, Red, 1, 0));
        On(Three.A, new Accept(OneA, 2, Green, 1, 0));
        Assert.Equal(["at once Entries(1: tick 1) to c"], On(Three.A, new Chosen(OneA, 1, 1)));
        Assert.Empty(On(Three.A, new Chosen(OneA, 1, 1)));
    }

    [Fact]
    public void Who_leads_is_told_again_where_the_leader_asks_for_an_answer_and_never_below_the_promise()
    {
        Assert.Equal(["at once Observed(2.b, leading) to c"], On(Three.B, new Chosen(TwoB, 1, 0)));
        Assert.Empty(On(Three.B, new Chosen(TwoB, 1, 0)));
        Assert.Equal(
            ["at once Observed(2.b, leading) to c", "at once Learned(0) to b"],
            On(Three.B, new Chosen(TwoB, 1, 0, WantsLearned: true)));
        On(Three.A, new Prepare(ThreeA, 1));
        Assert.Equal(["at once Learned(0) to b"], On(Three.B, new Chosen(TwoB, 1, 0, WantsLearned: true)));
        Assert.Equal(["at once Observed(3.a, leading) to c"], On(Three.A, new Chosen(ThreeA, 1, 0)));
        // It leads at a ballot that was never promised here, and one below it is no news.
        Assert.Empty(On(Three.B, new Chosen(TwoB, 1, 0)));
    }

    [Fact]
    public void The_own_proposer_is_told_what_was_promised_and_whether_its_leader_is_at_work()
    {
        On(Three.B, new Prepare(TwoB, 1));
        Assert.Equal(["at once Observed(2.b) to c"], On(Three.C, new Observe()));
        On(Three.B, new Accept(TwoB, 1, Red, 1, 0));
        Assert.Equal(["at once Observed(2.b, leading) to c"], On(Three.C, new Observe()));
        Assert.Empty(On(Three.B, new Observe()));
    }

    [Fact]
    public void The_own_proposer_is_told_which_promise_is_of_before()
    {
        acceptor.Recover(new Promised(TwoB));
        Three.Effects(acceptor.Start);
        Assert.Equal(["at once Observed(2.b, remembered) to c"], On(Three.C, new Observe()));
        On(Three.B, new Chosen(TwoB, 1, 0));
        Assert.Equal(["at once Observed(2.b, leading) to c"], On(Three.C, new Observe()));
        On(Three.A, new Prepare(ThreeA, 1));
        Assert.Equal(["at once Observed(3.a) to c"], On(Three.C, new Observe()));
    }

    [Fact]
    public void An_acceptor_that_has_promised_nothing_remembers_no_promise()
    {
        Three.Effects(acceptor.Start);
        Assert.Equal(["at once Observed(none, leading) to c"], On(Three.C, new Observe()));
    }

    [Fact]
    public void That_a_configuration_is_chosen_is_written_down_and_told_when_it_is_kept()
    {
        On(Three.A, new Accept(OneA, 1, Red, 1, 0));
        On(Three.A, new Accept(OneA, 2, Fence, 1, 0));
        Assert.Equal(
            [$"persist EntryLearned(2: {Fence})", $"send Entries(1: tick 1, {Fence}) to c"],
            On(Three.A, new Chosen(OneA, 1, 2)));
        On(Three.A, new Accept(OneA, 3, Green, 1, 0));
        Assert.Equal(["at once Entries(3: tick 2) to c"], On(Three.A, new Chosen(OneA, 1, 3)));
    }

    [Fact]
    public void What_another_node_knows_to_be_chosen_is_kept_handed_on_and_asked_for_no_more()
    {
        On(Three.A, new Accept(OneA, 2, Green, 1, 0));
        Assert.Equal(
            ["persist EntryLearned(1: tick 1)", "at once Entries(1: tick 1, tick 2) to c", "send Kept to c"],
            On(Three.A, Told(1, Red, Green)));
        Assert.Equal(["send Kept to c"], On(Three.A, Told(1, Red, Green)));
        Assert.Equal(["persist EntryLearned(3: tick 1)", "at once Entries(3: tick 1) to c", "send Kept to c"], On(Three.A, Told(2, Green, Red)));
        // Another entry than the accepted one: it was never more than a proposal.
        On(Three.A, new Accept(OneA, 4, Red, 1, 0));
        Assert.Contains("persist EntryLearned(4: tick 2)", On(Three.A, Told(4, Green)));
        Assert.Empty(On(Three.C, Told(5, Red)));
    }

    [Fact]
    public void A_configuration_that_is_told_is_written_down_even_where_it_was_accepted()
    {
        On(Three.A, new Accept(OneA, 1, Fence, 1, 0));
        Assert.Equal(
            [$"persist EntryLearned(1: {Fence})", $"send Entries(1: {Fence}) to c", "send Kept to c"],
            On(Three.A, Told(1, Fence)));
    }

    [Fact]
    public void It_gives_others_a_page_of_what_is_chosen_and_its_own_learner_all_of_it()
    {
        Chosen(Red, Green, Red);
        On(Three.A, new Accept(OneA, 4, Green, 1, 0));
        Assert.Equal(["at once Entries(2: tick 2, tick 1) to b"], On(Three.B, new Fetch(2)));
        Assert.Equal(["at once Entries(3: tick 1) to b"], On(Three.B, new Fetch(3)));
        Assert.Empty(On(Three.B, new Fetch(4)));
        Assert.Empty(On(Three.C, new Fetch(4)));
        var two = Red.Size * 2;
        foreach (var (bytes, items) in new[] { (two, 2), (two - 1, 1), (1, 1) })
        {
            var small = new Acceptor(Three.C, LogOptions.Default with { PageBytes = bytes });
            small.On(Three.A, Told(1, Red, Green, Red), default, new Effects());
            var effects = new Effects();
            small.On(Three.B, new Fetch(1), default, effects);
            small.On(Three.C, new Fetch(1), default, effects);
            Assert.Equal([items, 3], effects.OfType<Effect.Send>().Select(send => ((Entries)send.Message).Items.Count));
        }
    }

    [Fact]
    public void What_was_let_go_of_is_told_to_whoever_asks_for_it()
    {
        Chosen(Red, Green, Red);
        Assert.Equal(["persist LogTrimmed(2)"], On(Three.C, new Trim(2)));
        Assert.Empty(On(Three.C, new Trim(2)));
        Assert.Empty(On(Three.B, new Trim(3)));
        Assert.Equal(["at once Trimmed(2) to b"], On(Three.B, new Fetch(2)));
        Assert.Equal(["at once Trimmed(2) to c"], On(Three.C, new Fetch(1)));
        Assert.Equal(["at once Entries(3: tick 1) to b"], On(Three.B, new Fetch(3)));
        Assert.EndsWith("send Promise(2.b, from 1, accepted 3: none tick 1, trimmed 2, chosen 3) to b", On(Three.B, new Prepare(TwoB, 1))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_again_of_what_was_let_go_of_is_for_the_learner()
    {
        Chosen(Red, Green, Red);
        On(Three.C, new Trim(2));
        Assert.Equal(["send Entries(2: tick 2, tick 1) to c", "send Kept to c"], On(Three.A, Told(2, Green, Red)));
        Assert.Equal(["send Kept to c"], On(Three.A, Told(3, Red)));
    }

    [Fact]
    public void Which_role_takes_what_is_chosen_depends_on_whether_the_node_has_a_vote()
    {
        Assert.Equal(Role.Acceptor, Takers.Of(new Chosen(OneA, 1, 1), isOwn: false, hasAcceptor: true));
        Assert.Equal(Role.Learner, Takers.Of(new Chosen(OneA, 1, 1), isOwn: false, hasAcceptor: false));
        Assert.Equal(Role.Acceptor, Takers.Of(Told(1, Red), isOwn: false, hasAcceptor: true));
        Assert.Equal(Role.Learner, Takers.Of(Told(1, Red), isOwn: true, hasAcceptor: true));
        Assert.Equal(Role.Learner, Takers.Of(Told(1, Red), isOwn: false, hasAcceptor: false));
    }

    [Fact]
    public void What_is_in_a_durable_snapshot_counts_as_chosen()
    {
        On(Three.A, new Accept(OneA, 3, Red, 1, 0));
        Assert.Equal(["persist LogTrimmed(2)"], On(Three.C, new Trim(2)));
        Assert.Equal(["at once Entries(3: tick 1) to c"], On(Three.A, new Chosen(OneA, 1, 3)));
    }

    [Fact]
    public void It_comes_back_from_its_journal_as_it_was()
    {
        var journal = new List<Event>();
        void Do(NodeId from, Message message)
        {
            var effects = new Effects();
            acceptor.On(from, message, default, effects);
            journal.AddRange(effects.OfType<Effect.Persist>().Select(persist => persist.Event));
            var once = Recovered(journal);
            Assert.Equal(Words(acceptor), Words(once));
            Assert.Equal(Words(acceptor), Words(Recovered([.. journal, .. journal])));
            foreach (var again in journal)
                Assert.Equal(Three.Bytes(once.Write), Three.Bytes(Recovered([.. journal, again]).Write));
        }
        Do(Three.A, new Prepare(OneA, 1));
        Do(Three.A, new Accept(OneA, 1, Red, 1, 0));
        Do(Three.A, new Accept(OneA, 3, Green, 1, 0));
        Do(Three.B, new Prepare(TwoB, 1));
        Do(Three.B, new Accept(TwoB, 1, Red, 1, 0));
        Do(Three.B, new Accept(TwoB, 2, Green, 1, 1));
        Do(Three.B, new Accept(TwoB, 3, Fence, 1, 2));
        Do(Three.B, Told(3, Fence));
        Do(Three.B, new Accept(TwoB, 4, Green, 1, 2));
        Do(Three.B, new Accept(TwoB, 5, Green, 1, 2));
        // Others than were accepted here.
        Do(Three.B, Told(4, Red, Red));
        Do(Three.C, new Trim(2));
        Do(Three.A, new Prepare(ThreeA, 1));
        Do(Three.C, new Trim(4));
    }

    [Fact]
    public void What_a_journal_holds_of_before_what_was_let_go_of_brings_nothing_back()
    {
        acceptor.Recover(new LogTrimmed(2, TwoB, 2));
        acceptor.Recover(new EntryAccepted(OneA, 2, Red, 1));
        acceptor.Recover(new EntryLearned(2, Red));
        acceptor.Recover(new Promised(OneA));
        acceptor.Recover(new LogTrimmed(1, OneA, 1));
        Assert.Equal(Three.Bytes(Recovered([new LogTrimmed(2, TwoB, 2)]).Write), Three.Bytes(acceptor.Write));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA, 1)));
        Assert.EndsWith("send Promise(2.b, from 1, trimmed 2, chosen 2) to b", On(Three.B, new Prepare(TwoB, 1))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_journal_says_is_chosen_goes_no_further_than_the_entries_that_it_holds()
    {
        acceptor.Recover(new EntryAccepted(OneA, 1, Red, 0));
        acceptor.Recover(new EntryAccepted(OneA, 3, Red, 2));
        Assert.Equal(["at once LogIsRead(1) to c"], Three.Effects(acceptor.Start));
        acceptor.Recover(new EntryLearned(2, Green));
        Assert.Equal(["at once LogIsRead(2) to c"], Three.Effects(acceptor.Start));
    }

    [Fact]
    public void What_it_accepted_promises_after_a_crash_too_and_the_mark_beside_what_was_let_go_of_holds()
    {
        acceptor.Recover(new EntryAccepted(TwoB, 3, Red, 0));
        Assert.Equal(["at once Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA, 1)));
        acceptor.Recover(new LogTrimmed(2, TwoB, 3));
        Assert.Equal(["at once LogIsRead(3) to c"], Three.Effects(acceptor.Start));
    }

    // What it promised, and all that it accepted; what it knows to be chosen is only a hint on disk.
    private static string[] Words(Acceptor of)
    {
        var copy = new Acceptor(Three.C, LogOptions.Default);
        var reader = new CanonicalReader(Three.Bytes(of.Write));
        copy.Read(ref reader);
        var high = new Ballot(9, Three.B);
        return [
            .. Three.Effects(effects => copy.On(Three.B, new Confirm(high, 1), default, effects)),
            .. Three.Effects(effects => copy.On(Three.B, new Prepare(high, 1), default, effects)).Select(effect => effect.Split(", chosen")[0]),
        ];
    }

    private static Acceptor Recovered(IEnumerable<Event> journal)
    {
        var acceptor = new Acceptor(Three.C, LogOptions.Default);
        foreach (var @event in journal)
            acceptor.Recover(@event);
        return acceptor;
    }

    private static Entries Told(ulong first, params Entry[] entries) => new(first, ImmutableArray.Create(entries));

    private void Chosen(params Entry[] entries) => On(Three.A, Told(1, entries));

    private string[] On(NodeId from, Message message) => Three.Effects(effects => acceptor.On(from, message, default, effects));
}
