using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>The log's proposer, message by message: node a of a, b, c, which hears the others.</summary>
public sealed class ProposerTests
{
    private static readonly NodeId D = new("d");
    private static readonly Ballot OneA = new(1, Three.A);
    private static readonly Ballot TwoB = new(2, Three.B);
    private static readonly Configuration First = LogCluster.Of(1, "a b c");
    private static readonly Configuration WithD = LogCluster.Of(2, "a b c", "d");

    private Proposer proposer = new(Three.A, First, new Rounds(10), LogOptions.Default);
    private ulong clock = 1000;

    [Fact]
    public void It_asks_at_its_start_what_was_promised_and_how_far_the_log_is_applied()
    {
        Assert.Equal(
            ["at once Observe to a", "at once WhenApplied(0) to a"],
            Three.Effects(effects => proposer.Start(Now, effects)));
    }

    [Fact]
    public void It_comes_to_lead_step_by_step()
    {
        Assert.Equal(["stand in 0 to 150 ms"], Hear(Three.B, Three.C));
        Assert.Equal("Following", proposer.Stage);
        Assert.Equal(
            ["persist RoundsReserved(10)", "send Prepare(1.a, from 0) to a", "retry in 100 to 150 ms"],
            Fire(Protocol.Timer.Stand));
        Assert.Equal("Looking", proposer.Stage);
        Assert.Empty(On(Three.B, Promise(3)));
        Assert.Equal(["at once WhenApplied(2) to a"], On(Three.A, Promise(3)));
        Assert.Empty(On(Three.A, Promise(3)));
        Assert.Empty(On(Three.A, new Applied(1, 50)));
        Assert.Equal(ToAll("send Prepare(1.a, from 3)"), On(Three.A, new Applied(2, 60)));
        Assert.Equal("Preparing", proposer.Stage);
        Assert.Empty(On(Three.B, Promise(3)));
        Assert.Empty(On(Three.B, Promise(3)));
        Assert.Empty(On(D, Promise(3)));
        Assert.Equal(ToAll("send Accept(1.a, 3: no-op)"), On(Three.C, Promise(3)));
        Assert.Equal(("Leading", default), (proposer.Stage, proposer.Leader));
        Assert.Empty(On(Three.C, new Accepted(OneA, 3)));
        Assert.Empty(On(Three.C, new Accepted(OneA, 3)));
        Assert.Empty(On(Three.A, new Accepted(TwoB, 3)));
        Assert.Equal(["at once WhenApplied(3) to a", .. ToAll("at once Chosen(1.a, 3-3)")], On(Three.A, new Accepted(OneA, 3)));
        Assert.Empty(On(Three.A, new Applied(2, 70)));
        Assert.Equal(["no tick", "at once LeaderIs(a) to a"], On(Three.A, new Applied(3, 80)));
        Assert.Equal((Three.A, OneA), (proposer.Leader, proposer.Ballot));
    }

    [Fact]
    public void It_begins_behind_what_is_applied_where_that_is_more_than_its_acceptor_knows()
    {
        Stand();
        On(Three.A, Promise(3));
        Assert.Equal(ToAll("send Prepare(1.a, from 6)"), On(Three.A, new Applied(5, 0)));
    }

    [Fact]
    public void What_was_accepted_is_proposed_again_the_gaps_filled_and_then_the_barrier()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        var accepts = On(Three.B, new Promise(OneA, 1, ImmutableArray.Create(new Proposal(2, new Ballot(1, default), Entry.NoOp), new Proposal(3, new Ballot(1, default), Entry.Of(WithD))), 0, 0, 0));
        // A configuration is a fence: behind it nothing is proposed before it is chosen.
        Assert.Equal(
            [.. ToAll("send Accept(1.a, 1: no-op)"), .. ToAll("send Accept(1.a, 2: no-op)"), .. ToAll($"send Accept(1.a, 3: {WithD})")],
            accepts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_what_was_accepted_in_a_slot_the_highest_ballot_is_adopted_in_whatever_order_it_comes(bool highestFirst)
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        Proposal[] reports =
        [
            new(1, new Ballot(1, default), Entry.Of(new Batch(OneA, 5, 0, default))), new(1, new Ballot(1, new NodeId("B")), Entry.Of(new Batch(OneA, 6, 0, default))),
        ];
        if (highestFirst)
            Array.Reverse(reports);
        On(Three.B, new Promise(OneA, 1, ImmutableArray.Create(reports[0]), 0, 0, 0));
        Assert.Contains("send Accept(1.a, 1: tick 6) to b", On(Three.C, new Promise(OneA, 1, ImmutableArray.Create(reports[1]), 0, 0, 0)));
    }

    [Fact]
    public void A_new_ballot_forgets_what_the_one_before_was_told()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.B, new Promise(OneA, 1, ImmutableArray.Create(new Proposal(1, new Ballot(1, default), Entry.Of(new Batch(OneA, 5, 0, default)))), 0, 0, 0));
        On(Three.B, new Nack(OneA, TwoB));
        Fire(Protocol.Timer.Stand);
        var threeA = new Ballot(3, Three.A);
        On(Three.A, new Promise(threeA, 1, default, 0, 0, 0));
        On(Three.A, new Applied(0, 0));
        Assert.Empty(On(Three.A, new Promise(threeA, 1, default, 0, 0, 0)));
        // Nobody of this quorum has accepted anything in slot 1.
        Assert.Contains(
            "send Accept(3.a, 1: no-op) to b",
            On(Three.C, new Promise(threeA, 1, ImmutableArray.Create(new Proposal(2, TwoB, Entry.NoOp)), 0, 0, 0)));
    }

    [Fact]
    public void Reads_that_were_refused_are_gone_when_it_leads_again()
    {
        Lead();
        On(Three.C, new ConfirmRead(1));
        On(Three.B, new ConfirmRead(2));
        On(Three.B, new Nack(OneA, TwoB));
        Fire(Protocol.Timer.Stand);
        var threeA = new Ballot(3, Three.A);
        On(Three.A, new Promise(threeA, 2, default, 0, 0, 1));
        On(Three.A, new Applied(1, 0));
        On(Three.A, new Promise(threeA, 2, default, 0, 0, 1));
        On(Three.B, new Promise(threeA, 2, default, 0, 0, 1));
        On(Three.A, new Accepted(threeA, 2));
        On(Three.B, new Accepted(threeA, 2));
        On(Three.A, new Applied(2, 0));
        Assert.Equal(ToAll("at once Confirm(3.a, 2)"), On(Three.C, new ConfirmRead(9)));
        On(Three.A, new Confirmed(threeA, 2));
        Assert.Equal(["at once ReadConfirmed(9, 2) to c"], On(Three.B, new Confirmed(threeA, 2)));
        Assert.DoesNotContain(On(Three.B, new Nack(threeA, new Ballot(4, Three.B))), effect => effect.Contains("Refused", StringComparison.Ordinal));
    }

    [Fact]
    public void The_next_page_of_a_promise_is_asked_for_before_it_counts()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        Assert.Equal(["send Prepare(1.a, from 2) to b"], On(Three.B, new Promise(OneA, 1, ImmutableArray.Create(new Proposal(1, new Ballot(1, default), Entry.NoOp)), 2, 0, 0)));
        // The first page again.
        Assert.Empty(On(Three.B, Promise(1)));
        Assert.Equal(
            ["send Prepare(1.a, from 2) to b", "send Prepare(1.a, from 1) to c", "retry in 100 to 150 ms"],
            Fire(Protocol.Timer.Retry));
        Assert.NotEmpty(On(Three.B, Promise(2)));
        Assert.Equal("Leading", proposer.Stage);
    }

    [Fact]
    public void A_leader_that_is_open_proposes_a_command_with_the_logs_time()
    {
        Lead(logMs: 100);
        clock += 7;
        Assert.Equal(ToAll("send Accept(1.a, 2: blue, chosen 1-1)"), On(Three.C, Submit(7, Three.Blue)));
        var accept = Assert.Single(last.OfType<Effect.Send>(), send => send.To == Three.B).Message as Accept;
        Assert.Equal((107UL, 5UL, OneA), (Decode(accept!).TimeMs, Decode(accept!).WallMs, Decode(accept!).Ballot));
        On(Three.A, new Accepted(OneA, 2));
        Assert.Equal(ToAll("at once Chosen(1.a, 1-2)"), On(Three.B, new Accepted(OneA, 2)));
        Assert.Equal(0, proposer.QueuedBytes);
        // An answer that comes late.
        Assert.Empty(On(Three.C, new Accepted(OneA, 2)));
    }

    [Fact]
    public void Slots_are_chosen_in_their_order()
    {
        Lead();
        On(Three.A, Submit(1, Three.Blue));
        On(Three.A, Submit(2, Three.Green));
        On(Three.B, new Accepted(OneA, 3));
        Assert.Empty(On(Three.C, new Accepted(OneA, 3)));
        On(Three.B, new Accepted(OneA, 2));
        Assert.Equal(ToAll("at once Chosen(1.a, 1-3)"), On(Three.C, new Accepted(OneA, 2)));
    }

    [Fact]
    public void While_the_window_is_full_commands_wait_and_what_is_too_much_is_refused()
    {
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { Window = 2, QueueBytes = 8 });
        Lead();
        On(Three.A, Submit(1, Three.Blue));
        On(Three.A, Submit(2, Three.Blue));
        Assert.Empty(On(Three.A, Submit(3, Three.Blue)));
        Assert.Empty(On(Three.A, Submit(4, Three.Blue)));
        Assert.Equal(8, proposer.QueuedBytes);
        Assert.Equal(["at once Refused(5, Overloaded, leader a) to a"], On(Three.A, Submit(5, Three.Blue)));
        On(Three.A, new Accepted(OneA, 2));
        Assert.Equal(ToAll("send Accept(1.a, 4: blue + blue, chosen 1-2)"), On(Three.B, new Accepted(OneA, 2)));
        Assert.Equal(0, proposer.QueuedBytes);
    }

    [Theory]
    [InlineData(8, 100)]
    [InlineData(100, 2)]
    public void While_eager_slots_are_under_way_commands_gather_until_they_fill_one(int batchBytes, int batchCommands)
    {
        proposer = new Proposer(
            Three.A, First, new Rounds(10), LogOptions.Default with { Window = 3, EagerSlots = 1, BatchBytes = batchBytes, BatchCommands = batchCommands });
        Lead();
        On(Three.A, Submit(1, Three.Blue));
        Assert.Empty(On(Three.A, Submit(2, Three.Blue)));
        Assert.Equal(ToAll("send Accept(1.a, 3: blue + blue, chosen 1-1)"), On(Three.A, Submit(3, Three.Blue)));
        Assert.Empty(On(Three.A, Submit(4, Three.Blue)));
        Assert.Equal(ToAll("send Accept(1.a, 4: blue + blue, chosen 1-1)"), On(Three.A, Submit(5, Three.Blue)));
        Assert.Empty(On(Three.A, Submit(6, Three.Blue)));
        Assert.Equal(ToAll("at once Chosen(1.a, 1-2)"), Choose(2));
        Assert.Equal(ToAll("at once Chosen(1.a, 1-3)"), Choose(3));
        Assert.Equal(ToAll("send Accept(1.a, 5: blue, chosen 1-4)"), Choose(4));

        IEnumerable<string> Choose(ulong slot)
        {
            On(Three.A, new Accepted(OneA, slot));
            return On(Three.B, new Accepted(OneA, slot));
        }
    }

    [Fact]
    public void A_slot_holds_so_many_commands_and_bytes_and_what_was_submitted_together_is_not_split()
    {
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { Window = 1, BatchBytes = 8, BatchCommands = 3 });
        Lead();
        On(Three.A, Submit(1, Three.Blue));
        foreach (var command in (string[])["1", "2", "3", "4", "1234567", "123", "1", "123456789"])
            On(Three.A, Submit(2, Value.FromUtf8(command)));
        On(Three.A, Submit(3, Three.Blue, Three.Green, Three.Green));
        On(Three.A, Submit(3, Value.FromUtf8("1"), Value.FromUtf8("2")));
        On(Three.A, Submit(3, Value.FromUtf8("1"), Value.FromUtf8("2")));
        var slots = new List<string>();
        for (var slot = 2UL; slot < 9; slot++)
        {
            On(Three.A, new Accepted(OneA, slot));
            On(Three.B, new Accepted(OneA, slot));
            slots.AddRange(last.OfType<Effect.Send>().Where(send => send.To == Three.A).Select(send => send.Message).OfType<Accept>().Select(accept => accept.Entry.ToString()));
        }
        Assert.Equal(["1 + 2 + 3", "4 + 1234567", "123 + 1", "123456789", "blue + green + green", "1 + 2", "1 + 2"], slots);
    }

    [Fact]
    public void Who_does_not_lead_refuses_and_says_who_does()
    {
        Hear(Three.B, Three.C);
        On(Three.A, new Observed(TwoB, IsLeading: true));
        Assert.Equal(["at once Refused(1, NotLeader, leader b) to c"], On(Three.C, Submit(1, Three.Blue)));
        Assert.Equal(["at once Refused(1, NotLeader, leader b) to c"], On(Three.C, new ConfirmRead(1)));
        Assert.Equal(["at once Refused(1, NotLeader, leader b) to c"], On(Three.C, new Reconfigure(1, WithD)));
        Assert.Equal(["at once Refused(1, NotLeader, leader b) to c"], On(Three.C, new Transfer(1, Three.C)));
    }

    [Fact]
    public void A_leader_that_hears_no_quorum_takes_no_command()
    {
        Lead();
        Hear();
        Assert.Equal(["at once Refused(1, NoQuorum) to c"], On(Three.C, Submit(1, Three.Blue)));
    }

    [Fact]
    public void A_higher_ballot_deposes_it_and_what_waits_is_refused()
    {
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { Window = 1 });
        Lead();
        On(Three.C, Submit(1, Three.Blue));
        On(Three.C, Submit(2, Three.Green));
        On(Three.C, new ConfirmRead(3));
        On(Three.B, new ConfirmRead(4));
        // Of another ballot, or not above this one.
        Assert.Empty(On(Three.B, new Nack(TwoB, new Ballot(3, Three.B))));
        Assert.Empty(On(Three.B, new Nack(OneA, OneA)));
        Assert.Equal(
            [
                "at once Refused(2, NotLeader) to c", "at once Refused(4, NotLeader) to b", "at once Refused(3, NotLeader) to c",
                "no retry", "no tick", "stand in 500 to 1000 ms", "at once LeaderIs(nobody) to a",
            ],
            On(Three.B, new Nack(OneA, TwoB)));
        Assert.Equal(("Following", TwoB), (proposer.Stage, proposer.Ballot));
        Assert.Empty(On(Three.B, new Accepted(OneA, 2)));
        Assert.Empty(On(Three.C, new Accepted(OneA, 2)));
        Assert.Empty(On(Three.B, new Nack(OneA, TwoB)));
    }

    [Fact]
    public void What_its_acceptor_promised_to_another_deposes_it_too()
    {
        Lead();
        Assert.Empty(On(Three.A, new Observed(OneA, IsLeading: true)));
        Assert.Empty(On(Three.B, new Observed(TwoB, IsLeading: true)));
        Assert.Equal(["no retry", "no tick", "at once LeaderIs(b) to a"], On(Three.A, new Observed(TwoB, IsLeading: true)));
        Assert.Equal(Three.B, proposer.Leader);
    }

    [Fact]
    public void What_is_not_answered_is_repeated_to_those_who_have_not_answered()
    {
        Stand();
        Assert.Equal(["send Prepare(1.a, from 0) to a", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        On(Three.A, Promise(1));
        Assert.Equal(["at once WhenApplied(0) to a", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        On(Three.A, new Applied(0, 0));
        On(Three.B, Promise(1));
        Assert.Equal(["send Prepare(1.a, from 1) to a", "send Prepare(1.a, from 1) to c", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        On(Three.C, Promise(1));
        On(Three.C, new Accepted(OneA, 1));
        Learned(0);
        Assert.Equal(["send Accept(1.a, 1: no-op) to a", "send Accept(1.a, 1: no-op) to b", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        On(Three.B, new Accepted(OneA, 1));
        Learned(1);
        Assert.Equal(["at once WhenApplied(1) to a", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        On(Three.A, new Applied(1, 0));
        Assert.Empty(Fire(Protocol.Timer.Retry));
        Assert.Equal([.. ToAll("send Accept(1.a, 2: blue, chosen 1-1)"), "retry in 100 to 150 ms"], On(Three.A, Submit(1, Three.Blue)));
    }

    [Fact]
    public void No_more_is_repeated_at_once_than_a_page()
    {
        var command = Value.FromUtf8(new string('x', 100));
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { EagerSlots = 16, PageBytes = 150 });
        Lead();
        for (var i = 0; i < 4; i++)
            On(Three.A, Submit(1, command));
        Learned(1);
        Fire(Protocol.Timer.Retry);
        Assert.Equal([2UL, 3UL], Repeated());
        // An entry more than fills the page.
        var size = last.OfType<Effect.Send>().Select(send => send.Message).OfType<Accept>().First().Entry.Size;
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { EagerSlots = 16, PageBytes = size * 2 });
        Lead();
        for (var i = 0; i < 4; i++)
            On(Three.A, Submit(1, command));
        Fire(Protocol.Timer.Retry);
        Assert.Equal([2UL, 3UL, 4UL], Repeated());

        IEnumerable<ulong> Repeated() =>
            last.OfType<Effect.Send>().Where(send => send.To == Three.B).Select(send => send.Message).OfType<Accept>().Select(accept => accept.Slot);
    }

    [Fact]
    public void Whatever_rounds_the_journal_holds_are_not_used_again()
    {
        proposer.Recover(new RoundsReserved(10));
        Hear(Three.B, Three.C);
        Assert.Contains("send Prepare(11.a, from 0) to a", Fire(Protocol.Timer.Stand));
    }

    [Fact]
    public void A_late_word_of_what_is_applied_opens_nothing()
    {
        // A fence is under way, and the no-op behind it not even proposed.
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        On(Three.B, new Promise(OneA, 1, ImmutableArray.Create(new Proposal(1, new Ballot(1, default), Entry.Of(WithD))), 0, 0, 0));
        Assert.Empty(On(Three.A, new Applied(0, 50)));
        Assert.DoesNotContain(Fire(Protocol.Timer.Retry), effect => effect.Contains("WhenApplied", StringComparison.Ordinal));
        Assert.Equal(default, proposer.Leader);
        // It is open, and the log's time goes on from where it began.
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default);
        Lead(logMs: 100);
        Assert.Empty(On(Three.A, new Applied(1, 500)));
        On(Three.A, Submit(1, Three.Blue));
        Assert.Equal(100UL, Time());
        // It leads no more.
        On(Three.B, new Nack(OneA, TwoB));
        Assert.Empty(On(Three.A, new Applied(1, 100)));
        Assert.Equal(default, proposer.Leader);
    }

    [Fact]
    public void One_that_lost_its_vote_while_it_looked_asks_nobody()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new InForce(LogCluster.Of(2, "b c"), 3));
        Assert.Equal(["no retry", "no tick", "retry in 100 to 150 ms"], On(Three.A, new Applied(3, 0)));
        Assert.Equal("Following", proposer.Stage);
    }

    [Fact]
    public void A_leader_that_a_change_leaves_without_a_vote_asks_another_to_lead_at_once()
    {
        Lead();
        On(Three.C, new Reconfigure(1, LogCluster.Of(2, "b c")));
        On(Three.A, new Accepted(OneA, 2));
        var told = On(Three.B, new Accepted(OneA, 2));
        Assert.Contains("at once Chosen(none, 3-2) to b", told);
        Assert.Contains("at once TakeOver(1.a) to b", told);
        Assert.Equal("Following", proposer.Stage);
    }

    [Fact]
    public void A_learner_that_is_to_be_the_first_of_the_voters_has_to_have_caught_up_too()
    {
        var capital = new NodeId("A");
        proposer = new Proposer(Three.A, LogCluster.Of(1, "a b c", "A"), new Rounds(10), LogOptions.Default);
        Lead();
        Hear(Three.B, Three.C, capital);
        Assert.Equal(["at once Refused(1, Behind, leader a) to c"], On(Three.C, new Reconfigure(1, LogCluster.Of(2, "A a b c"))));
    }

    [Fact]
    public void What_waits_when_leadership_is_handed_over_is_sent_on_to_the_successor()
    {
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { Window = 1 });
        Lead();
        On(Three.C, Submit(1, Three.Blue));
        On(Three.C, Submit(2, Three.Green));
        Assert.Equal(["at once Refused(2, NotLeader, leader b) to c"], On(Three.A, new Transfer(3, Three.B)));
    }

    [Fact]
    public void A_round_of_reads_is_asked_for_again_though_nothing_else_is_under_way()
    {
        Lead();
        Learned(1);
        Assert.Empty(Fire(Protocol.Timer.Retry));
        Assert.Equal([.. ToAll("at once Confirm(1.a, 1)"), "retry in 100 to 150 ms"], On(Three.C, new ConfirmRead(1)));
    }

    [Fact]
    public void Of_two_that_have_caught_up_one_is_promoted_after_the_other()
    {
        var joining = LogCluster.Of(1, "a b c", "d e").WithJoining([D, new NodeId("e")]);
        proposer = new Proposer(Three.A, joining, new Rounds(10), LogOptions.Default);
        Lead(open: false);
        Hear(Three.B, Three.C, D, new NodeId("e"));
        On(D, new Learned(1));
        On(new NodeId("e"), new Learned(1));
        On(Three.A, new Applied(1, 0));
        Assert.Equal(ToAll($"send Accept(1.a, 2: {joining.Promote(D)}, chosen 1-1)"), On(D, new Learned(1)));
        On(Three.A, new Accepted(OneA, 2));
        On(Three.B, new Accepted(OneA, 2));
        foreach (var node in (NodeId[])[Three.A, Three.B, Three.C])
            On(node, Promise(3));
        foreach (var node in (NodeId[])[Three.A, Three.B, Three.C])
            On(node, new Accepted(OneA, 3));
        Assert.DoesNotContain(On(Three.A, new Applied(3, 0)), effect => effect.StartsWith("send Accept", StringComparison.Ordinal));
        Assert.Contains($"send Accept(1.a, 4: {joining.Promote(D).Promote(new NodeId("e"))}, chosen 1-3) to b", On(new NodeId("e"), new Learned(3)));
    }

    [Fact]
    public void Where_the_very_next_slot_is_known_to_be_chosen_it_goes_on_catching_up()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        On(Three.B, new Promise(OneA, 1, default, 0, 0, 1));
        Assert.Empty(On(Three.C, Promise(1)));
        Assert.Equal("CatchingUp", proposer.Stage);
    }

    [Fact]
    public void Who_has_not_said_that_it_has_what_is_chosen_is_told_again_where_it_is_heard()
    {
        Lead();
        Hear(Three.B);
        Assert.Equal(
            ["at once Chosen(1.a, 1-1) to a", "at once Chosen(1.a, 1-1) to b", "retry in 100 to 150 ms"],
            Fire(Protocol.Timer.Retry));
        On(Three.A, new Learned(1));
        On(Three.B, new Learned(0));
        Assert.Equal(["at once Chosen(1.a, 1-1) to b", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        On(Three.B, new Learned(1));
        Assert.Empty(Fire(Protocol.Timer.Retry));
    }

    [Fact]
    public void Who_comes_back_or_hears_it_anew_is_told_who_leads()
    {
        Lead();
        Learned(1);
        Fire(Protocol.Timer.Retry);
        Assert.Equal(["retry in 100 to 150 ms"], Hear(Three.B, Three.C));
        Assert.Empty(Hear(Three.B));
        Assert.Equal(["at once Chosen(1.a, 1-1) to c"], Hear(Three.B, Three.C));
        // What it said before it was away counts no more.
        Assert.Equal(["at once Chosen(1.a, 1-1) to c", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        boots[Three.B] = 2;
        Assert.Equal(["at once Chosen(1.a, 1-1) to b"], Hear(Three.B, Three.C));
        hearsMe[Three.C] = 5;
        Assert.Equal(["at once Chosen(1.a, 1-1) to c"], Hear(Three.B, Three.C));
    }

    [Fact]
    public void One_that_gets_no_quorum_in_time_makes_way_for_another_ballot()
    {
        Stand();
        for (var i = 0; i < 20; i++)
            Assert.Equal(["send Prepare(1.a, from 0) to a", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Equal(["no tick", "stand in 500 to 1000 ms", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Equal("Following", proposer.Stage);
        Assert.Contains("send Prepare(2.a, from 0) to a", Fire(Protocol.Timer.Stand));
    }

    [Fact]
    public void A_leader_that_is_open_has_no_end_of_patience()
    {
        Lead();
        On(Three.A, Submit(1, Three.Blue));
        for (var i = 0; i < 30; i++)
            Fire(Protocol.Timer.Retry);
        Assert.Equal(Three.A, proposer.Leader);
    }

    [Fact]
    public void Reads_wait_until_it_is_open_and_are_confirmed_by_a_quorum_of_their_own_round()
    {
        Lead(open: false);
        Assert.Empty(On(Three.C, new ConfirmRead(1)));
        Assert.Equal(["no tick", .. ToAll("at once Confirm(1.a, 1)"), "at once LeaderIs(a) to a"], On(Three.A, new Applied(1, 0)));
        // It arrived when the round was under way: it waits for the next.
        Assert.Empty(On(Three.B, new ConfirmRead(2)));
        Assert.Empty(On(Three.B, new Confirmed(OneA, 1)));
        Assert.Empty(On(Three.B, new Confirmed(OneA, 1)));
        Assert.Empty(On(Three.C, new Confirmed(OneA, 0)));
        Assert.Empty(On(Three.C, new Confirmed(TwoB, 1)));
        Learned(1);
        Assert.Equal(["at once Confirm(1.a, 1) to a", "at once Confirm(1.a, 1) to c", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Equal(["at once ReadConfirmed(1, 1) to c", .. ToAll("at once Confirm(1.a, 2)")], On(Three.A, new Confirmed(OneA, 1)));
        Assert.Empty(On(Three.C, new Confirmed(OneA, 1)));
        On(Three.C, new Confirmed(OneA, 2));
        Assert.Equal(["at once ReadConfirmed(2, 1) to b"], On(Three.B, new Confirmed(OneA, 2)));
        Assert.Empty(On(Three.A, new Confirmed(OneA, 2)));
        Assert.Empty(Fire(Protocol.Timer.Retry));
    }

    [Fact]
    public void What_falls_due_is_done_by_a_tick_at_its_time()
    {
        Lead(logMs: 100);
        Assert.Equal(["tick in 50 to 50 ms"], On(Three.A, new Due(150)));
        Assert.Empty(On(Three.B, new Due(120)));
        clock += 49;
        Assert.Equal(["tick in 1 to 1 ms"], Fire(Protocol.Timer.Tick));
        clock += 1;
        Assert.Equal(ToAll("send Accept(1.a, 2: tick 150, chosen 1-1)"), Fire(Protocol.Timer.Tick));
        // The same again: a tick did not do all of it.
        Assert.Equal(["tick in 10 to 10 ms"], On(Three.A, new Due(150)));
        Assert.Equal(["tick in 0 to 0 ms"], On(Three.A, new Due(140)));
        Assert.Equal(["no tick"], On(Three.A, new Due(ulong.MaxValue)));
    }

    [Fact]
    public void The_logs_time_stands_where_the_clock_goes_back()
    {
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { EagerSlots = 3 });
        Lead(logMs: 100);
        clock -= 500;
        On(Three.A, Submit(1, Three.Blue));
        Assert.Equal(100UL, Time());
        clock += 520;
        On(Three.A, Submit(1, Three.Blue));
        Assert.Equal(120UL, Time());
        clock -= 15;
        On(Three.A, Submit(1, Three.Blue));
        Assert.Equal(120UL, Time());
    }

    [Fact]
    public void What_is_due_before_it_is_open_waits_for_that()
    {
        Lead(open: false);
        Assert.Equal(["no tick"], On(Three.A, new Due(150)));
        Assert.Empty(Fire(Protocol.Timer.Tick));
        Assert.Equal(["tick in 50 to 50 ms", "at once LeaderIs(a) to a"], On(Three.A, new Applied(1, 100)));
    }

    [Fact]
    public void A_change_of_members_is_refused_where_it_cannot_be_made()
    {
        Lead();
        Assert.Equal(["at once Refused(1, Conflict, leader a) to c"], On(Three.C, new Reconfigure(1, LogCluster.Of(1, "a b c", "d"))));
        Assert.Equal(["at once Refused(2, NoQuorum, leader a) to c"], On(Three.C, new Reconfigure(2, LogCluster.Of(2, "a d e"))));
        Assert.Equal(ToAll($"send Accept(1.a, 2: {WithD}, chosen 1-1)"), On(Three.C, new Reconfigure(3, WithD)));
        // Nothing is proposed behind it, and no other change.
        Assert.Empty(On(Three.C, Submit(1, Three.Blue)));
        Assert.Equal(["at once Refused(4, Conflict, leader a) to c"], On(Three.C, new Reconfigure(4, LogCluster.Of(3, "a b c"))));
        Assert.Equal(["at once Refused(5, Conflict, leader a) to c"], On(Three.C, new Transfer(5, Three.B)));
    }

    [Fact]
    public void Behind_a_fence_it_asks_the_new_voters_at_the_same_ballot_and_goes_on()
    {
        Lead();
        On(Three.C, new Reconfigure(3, WithD));
        On(Three.C, Submit(1, Three.Blue));
        On(Three.A, new Accepted(OneA, 2));
        Assert.Equal(
            [
                .. ToAll("at once Chosen(1.a, 1-2)"), .. ToAll("at once Chosen(1.a, 1-2)"), "at once Chosen(1.a, 1-2) to d",
                .. ToAll("send Prepare(1.a, from 3)"), "at once LeaderIs(nobody) to a",
            ],
            On(Three.B, new Accepted(OneA, 2)));
        Assert.Equal(WithD, proposer.Configuration);
        // Its own learner comes to it later: no news.
        Assert.Empty(On(Three.A, new InForce(WithD, 2)));
        On(Three.A, Promise(3));
        Assert.Equal(ToAll("send Accept(1.a, 3: no-op, chosen 1-2)"), On(Three.B, Promise(3)));
        On(Three.A, new Accepted(OneA, 3));
        Assert.Equal(["at once WhenApplied(3) to a", .. ToAll("at once Chosen(1.a, 1-3)"), "at once Chosen(1.a, 1-3) to d"], On(Three.C, new Accepted(OneA, 3)));
        Assert.Equal(
            ["no tick", .. ToAll("send Accept(1.a, 4: blue, chosen 1-3)"), "at once LeaderIs(a) to a"],
            On(Three.A, new Applied(3, 0)));
        // A learner gets no Accept on which the news could ride.
        On(Three.A, new Accepted(OneA, 4));
        Assert.Equal([.. ToAll("at once Chosen(1.a, 1-4)"), "at once Chosen(1.a, 1-4) to d"], On(Three.C, new Accepted(OneA, 4)));
    }

    [Fact]
    public void Learners_are_told_what_is_chosen_where_the_voters_hear_it_with_the_next_command()
    {
        proposer = new Proposer(Three.A, LogCluster.Of(1, "a b c", "d"), new Rounds(10), LogOptions.Default with { Window = 1 });
        Lead();
        On(Three.C, Submit(1, Three.Blue));
        On(Three.C, Submit(2, Three.Green));
        On(Three.A, new Accepted(OneA, 2));
        Assert.Equal(
            [.. ToAll("send Accept(1.a, 3: green, chosen 1-2)"), "at once Chosen(1.a, 1-2) to d"],
            On(Three.B, new Accepted(OneA, 2)));
    }

    [Fact]
    public void A_learner_that_is_to_vote_is_promoted_when_it_is_so_near_and_heard()
    {
        var joining = LogCluster.Of(1, "a b c", "d").WithJoining([D]);
        foreach (var (promotes, near, heard) in new[] { (true, 1UL, true), (true, 0UL, true), (true, 1UL, false), (false, 1UL, true) })
        {
            proposer = new Proposer(Three.A, joining, new Rounds(10), LogOptions.Default with { PromoteWithin = 1, Promotes = promotes });
            Lead();
            On(Three.A, Submit(1, Three.Blue));
            On(Three.A, new Accepted(OneA, 2));
            On(Three.B, new Accepted(OneA, 2));
            if (heard)
                Hear(Three.B, Three.C, D);
            var proposed = On(D, new Learned(near)).Contains($"send Accept(1.a, 3: {joining.Promote(D)}, chosen 1-2) to b");
            Assert.Equal(promotes && near == 1 && heard, proposed);
            // And so where somebody asks for it, but for the setting.
            if (!proposed)
            {
                var refused = On(Three.C, new Reconfigure(1, joining.Promote(D))).Contains("at once Refused(1, Behind, leader a) to c");
                Assert.Equal(near != 1 || !heard, refused);
            }
        }
    }

    [Fact]
    public void Leadership_is_handed_to_a_voter_that_is_heard_when_nothing_is_under_way()
    {
        Lead();
        Hear(Three.B);
        Assert.Equal(["at once Refused(1, Conflict, leader a) to c"], On(Three.C, new Transfer(1, D)));
        Assert.Equal(["at once Refused(2, NoQuorum, leader a) to c"], On(Three.C, new Transfer(2, Three.C)));
        Assert.Empty(On(Three.C, new Transfer(3, Three.A)));
        On(Three.C, Submit(1, Three.Blue));
        Assert.Empty(On(Three.C, new Transfer(4, Three.B)));
        Assert.Equal(["at once Refused(2, NotLeader, leader b) to c"], On(Three.C, Submit(2, Three.Blue)));
        Assert.Equal(["at once Refused(5, Conflict, leader a) to c"], On(Three.C, new Reconfigure(5, WithD)));
        On(Three.A, new Accepted(OneA, 2));
        Assert.Equal([.. ToAll("at once Chosen(1.a, 1-2)"), "at once TakeOver(1.a) to b"], On(Three.B, new Accepted(OneA, 2)));
    }

    [Fact]
    public void A_transfer_that_comes_to_nothing_is_given_up()
    {
        Lead();
        Learned(1);
        Fire(Protocol.Timer.Retry);
        Assert.Equal(["at once TakeOver(1.a) to b", "retry in 100 to 150 ms"], On(Three.C, new Transfer(4, Three.B)));
        for (var i = 0; i < 10; i++)
            Assert.Equal(["at once TakeOver(1.a) to b", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Empty(Fire(Protocol.Timer.Retry));
        Assert.NotEmpty(On(Three.C, Submit(2, Three.Blue)));
        Assert.Equal(Three.A, proposer.Leader);
    }

    [Fact]
    public void Who_is_asked_to_take_over_stands_at_once_where_it_may_and_nobody_leads_higher()
    {
        Hear(Three.B, Three.C);
        On(Three.A, new Observed(TwoB, IsLeading: true));
        Assert.Empty(On(Three.B, new TakeOver(OneA)));
        Assert.Contains("send Prepare(3.a, from 0) to a", On(Three.B, new TakeOver(TwoB)));
        // It does already.
        Assert.Empty(On(Three.B, new TakeOver(new Ballot(9, Three.B))));
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default);
        Assert.Empty(On(Three.B, new TakeOver(TwoB)));
    }

    [Fact]
    public void One_that_resigns_asks_the_others_in_turn_and_stands_no_more()
    {
        Lead();
        Assert.Empty(On(Three.B, new Resign()));
        Assert.Equal(["no retry", "no tick", "retry in 100 to 150 ms", "at once LeaderIs(nobody) to a"], On(Three.A, new Resign()));
        Assert.Equal(["at once Chosen(none, 1-0) to b", "at once TakeOver(1.a) to b", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Equal(["at once Chosen(none, 1-0) to c", "at once TakeOver(1.a) to c", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Equal(["at once Chosen(none, 1-0) to b", "at once TakeOver(1.a) to b", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Hear(Three.C);
        Assert.Equal(["at once Chosen(none, 1-0) to c", "at once TakeOver(1.a) to c", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        // Whoever comes back is asked in its turn.
        Hear();
        for (var i = 0; i < 2; i++)
            Assert.Equal(["retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Hear(Three.B, Three.C);
        Assert.Equal(["at once Chosen(none, 1-0) to b", "at once TakeOver(1.a) to b", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        Assert.Empty(On(Three.B, new TakeOver(new Ballot(9, Three.B))));
        // Somebody does.
        On(Three.A, new Observed(TwoB, IsLeading: true));
        Assert.Empty(Fire(Protocol.Timer.Retry));
    }

    [Fact]
    public void Where_others_know_more_to_be_chosen_it_catches_up_first_and_then_asks_anew()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        Assert.Equal(
            ["at once Missing(1-4, at b) to a", "at once WhenApplied(4) to a"],
            On(Three.B, new Promise(OneA, 1, default, 0, 0, 4)));
        Assert.Equal("CatchingUp", proposer.Stage);
        Assert.Equal(["at once WhenApplied(4) to a", "send Prepare(1.a, from 1) to c", "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
        // c knows no more: it is needless to wait only where a quorum without b has promised.
        Assert.Empty(On(Three.C, new Promise(OneA, 1, default, 0, 0, 2)));
        Assert.Equal(["send Prepare(1.a, from 0) to a"], On(Three.A, new Applied(4, 0)));
        Assert.Equal("Looking", proposer.Stage);
    }

    [Fact]
    public void A_node_without_a_vote_stands_nowhere()
    {
        proposer = new Proposer(D, LogCluster.Of(1, "a b c", "d"), new Rounds(10), LogOptions.Default);
        Assert.Empty(Hear(Three.A, Three.B, Three.C));
        Assert.Null(proposer.Find(new NodeId("e")));
        Assert.Equal(D, proposer.Find(D)?.Id);
    }

    [Fact]
    public void A_newer_configuration_that_another_leader_made_deposes_it()
    {
        Lead();
        Assert.Empty(On(Three.B, new InForce(WithD, 5)));
        Assert.Empty(On(Three.A, new InForce(WithD, 0)));
        Assert.Equal(["no retry", "no tick", "stand in 500 to 1000 ms", "retry in 100 to 150 ms", "at once LeaderIs(nobody) to a"], On(Three.A, new InForce(WithD, 5)));
        Assert.Equal(WithD, proposer.Configuration);
        Assert.Equal("Following", proposer.Stage);
    }

    [Fact]
    public void A_newer_configuration_ends_phase_1_and_makes_one_that_catches_up_look_again()
    {
        void Ask()
        {
            Stand();
            On(Three.A, Promise(1));
            On(Three.A, new Applied(0, 0));
            On(Three.A, Promise(1));
        }
        Ask();
        On(Three.A, new InForce(WithD, 5));
        Assert.Equal("Following", proposer.Stage);
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default);
        Ask();
        On(Three.B, new Promise(OneA, 1, default, 0, 0, 9));
        Assert.Equal(["send Prepare(1.a, from 0) to a"], On(Three.A, new InForce(WithD, 5)));
        Assert.Equal("Looking", proposer.Stage);
        Assert.Empty(On(Three.A, new InForce(LogCluster.Of(3, "a b c d"), 7)));
        // Behind the slot of the configuration, and not behind what the acceptor knows.
        Assert.Equal(["at once WhenApplied(7) to a"], On(Three.A, Promise(1)));
        Assert.Empty(On(Three.A, new Applied(6, 0)));
        Assert.Equal(
            [.. ToAll("send Prepare(1.a, from 8)"), "send Prepare(1.a, from 8) to d"],
            On(Three.A, new Applied(7, 0)));
    }

    [Fact]
    public void It_need_not_catch_up_with_one_that_has_let_go_where_a_quorum_of_others_has_promised()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        On(Three.B, new Promise(OneA, 1, default, 0, 4, 4));
        Assert.Equal("CatchingUp", proposer.Stage);
        Assert.Equal(ToAll("send Accept(1.a, 1: no-op)"), On(Three.C, Promise(1)));
    }

    [Fact]
    public void Each_ballot_has_the_whole_patience()
    {
        Stand();
        for (var ballot = 0; ballot < 2; ballot++)
        {
            for (var i = 0; i < 20; i++)
                Fire(Protocol.Timer.Retry);
            Assert.Equal("Looking", proposer.Stage);
            Fire(Protocol.Timer.Retry);
            Assert.Equal("Following", proposer.Stage);
            Fire(Protocol.Timer.Stand);
        }
    }

    [Fact]
    public void One_that_resigns_without_leading_stands_no_more()
    {
        Hear(Three.B, Three.C);
        Assert.Empty(On(Three.A, new Resign()));
        Assert.DoesNotContain(Fire(Protocol.Timer.Stand), effect => effect.Contains("Prepare", StringComparison.Ordinal));
        Assert.Empty(On(Three.B, new TakeOver(new Ballot(9, Three.B))));
    }

    [Fact]
    public void Nobody_is_promoted_before_it_is_open_nor_while_leadership_is_handed_over()
    {
        var joining = LogCluster.Of(1, "a b c", "d").WithJoining([D]);
        proposer = new Proposer(Three.A, joining, new Rounds(10), LogOptions.Default);
        Lead(open: false);
        Hear(Three.B, Three.C, D);
        Assert.Empty(On(D, new Learned(1)));
        Assert.DoesNotContain(On(Three.A, new Applied(1, 0)), effect => effect.StartsWith("send Accept", StringComparison.Ordinal));
        On(Three.C, new Transfer(1, Three.B));
        Assert.Empty(On(D, new Learned(1)));
        for (var i = 0; i < 11; i++)
            Fire(Protocol.Timer.Retry);
        Assert.Contains($"send Accept(1.a, 2: {joining.Promote(D)}, chosen 1-1) to b", On(D, new Learned(1)));
    }

    [Fact]
    public void A_change_that_waited_for_room_is_forgotten_with_the_ballot()
    {
        proposer = new Proposer(Three.A, First, new Rounds(10), LogOptions.Default with { Window = 1 });
        Lead();
        On(Three.C, Submit(1, Three.Blue));
        Assert.Empty(On(Three.C, new Reconfigure(2, WithD)));
        Assert.Equal(["at once Refused(3, Conflict, leader a) to c"], On(Three.C, new Transfer(3, Three.B)));
        On(Three.B, new Nack(OneA, TwoB));
        Fire(Protocol.Timer.Stand);
        var threeA = new Ballot(3, Three.A);
        On(Three.A, new Promise(threeA, 2, default, 0, 0, 1));
        On(Three.A, new Applied(1, 0));
        On(Three.A, new Promise(threeA, 2, default, 0, 0, 1));
        On(Three.B, new Promise(threeA, 2, default, 0, 0, 1));
        On(Three.A, new Accepted(threeA, 2));
        On(Three.B, new Accepted(threeA, 2));
        Assert.Equal(["no tick", "at once LeaderIs(a) to a"], On(Three.A, new Applied(2, 0)));
        Assert.Equal(ToAll($"send Accept(3.a, 3: {WithD}, chosen 2-2)"), On(Three.C, new Reconfigure(4, WithD)));
    }

    [Fact]
    public void A_time_that_is_far_off_is_waited_for_in_steps_that_a_timer_can_take()
    {
        Lead();
        Assert.Equal([$"tick in {int.MaxValue} to {int.MaxValue} ms"], On(Three.A, new Due(ulong.MaxValue - 1)));
    }

    [Fact]
    public void A_leader_that_does_not_come_to_be_open_makes_way_for_another_ballot()
    {
        Lead(open: false);
        for (var i = 0; i < 20; i++)
            Assert.Contains("at once WhenApplied(1) to a", Fire(Protocol.Timer.Retry));
        Fire(Protocol.Timer.Retry);
        Assert.Equal("Following", proposer.Stage);
    }

    [Fact]
    public void Commands_under_way_are_asked_for_again_though_everybody_has_what_is_chosen()
    {
        Lead();
        Learned(1);
        On(Three.A, Submit(1, Three.Blue));
        Assert.Equal([.. ToAll("send Accept(1.a, 2: blue, chosen 1-1)"), "retry in 100 to 150 ms"], Fire(Protocol.Timer.Retry));
    }

    [Fact]
    public void Nobody_is_asked_to_take_over_while_something_is_under_way_and_what_falls_due_waits()
    {
        Lead(logMs: 100);
        Learned(1);
        On(Three.C, Submit(1, Three.Blue));
        On(Three.C, new Transfer(1, Three.B));
        Assert.DoesNotContain(Fire(Protocol.Timer.Retry), effect => effect.Contains("TakeOver", StringComparison.Ordinal));
        On(Three.A, new Accepted(OneA, 2));
        Assert.Contains("at once TakeOver(1.a) to b", On(Three.B, new Accepted(OneA, 2)));
        On(Three.A, new Due(110));
        clock += 10;
        Assert.Empty(Fire(Protocol.Timer.Tick));
        for (var i = 0; i < 10; i++)
            Assert.Contains("at once TakeOver(1.a) to b", Fire(Protocol.Timer.Retry));
        Assert.Contains("send Accept(1.a, 3: tick 110, chosen 1-2) to b", Fire(Protocol.Timer.Retry));
    }

    [Fact]
    public void A_fence_that_a_deposed_leader_left_behind_and_that_is_no_newer_is_passed_over()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        Assert.Equal(
            ToAll($"send Accept(1.a, 1: {First})"),
            On(Three.B, new Promise(OneA, 1, ImmutableArray.Create(new Proposal(1, new Ballot(1, default), Entry.Of(First))), 0, 0, 0)));
        On(Three.A, new Accepted(OneA, 1));
        Assert.Equal(ToAll("send Accept(1.a, 2: no-op, chosen 1-1)"), On(Three.B, new Accepted(OneA, 1)));
    }

    // At its own ballot it proposed nothing there: an acceptor must not take what it accepted at that ballot for the chosen.
    [Fact]
    public void What_others_had_chosen_behind_the_fence_is_not_said_to_be_its_own()
    {
        Lead();
        On(Three.C, new Reconfigure(3, WithD));
        On(Three.A, new Accepted(OneA, 2));
        On(Three.B, new Accepted(OneA, 2));
        On(Three.A, Promise(3));
        On(Three.B, new Promise(OneA, 3, default, 0, 0, 4));
        Assert.Equal("CatchingUp", proposer.Stage);
        On(Three.A, new Applied(4, 0));
        On(Three.A, Promise(5));
        On(Three.A, new Applied(4, 0));
        On(Three.A, Promise(5));
        Assert.Equal(ToAll("send Accept(1.a, 5: no-op)"), On(Three.B, Promise(5)));
    }

    [Fact]
    public void It_is_not_open_before_its_own_no_op_is_chosen()
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        On(Three.B, Promise(1));
        // An answer to an earlier question, of what another leader had chosen.
        Assert.Empty(On(Three.A, new Applied(1, 80)));
        Assert.Equal(default, proposer.Leader);
    }

    private readonly SortedDictionary<NodeId, ulong> boots = [];
    private readonly SortedDictionary<NodeId, ulong> hearsMe = [];
    private Effects last = new();

    private Now Now => new(clock, 5);

    private static Submit Submit(ulong id, params Value[] commands) => new(id, ImmutableArray.Create(commands));

    private static Promise Promise(ulong from) => new(OneA, from, default, 0, 0, 0);

    private static Batch Decode(Accept accept) => Batch.Decode(accept.Entry.Value);

    private static IEnumerable<string> ToAll(string what) => First.Everyone.Select(node => $"{what} to {node}");

    private ulong Time() => Decode(last.OfType<Effect.Send>().Select(send => send.Message).OfType<Accept>().Last()).TimeMs;

    private void Stand()
    {
        Hear(Three.B, Three.C);
        Fire(Protocol.Timer.Stand);
    }

    private void Learned(ulong through)
    {
        foreach (var node in First.Everyone)
            On(node, new Learned(through));
    }

    // At ballot 1.a, with the barrier in slot 1.
    private void Lead(ulong logMs = 0, bool open = true)
    {
        Stand();
        On(Three.A, Promise(1));
        On(Three.A, new Applied(0, 0));
        On(Three.A, Promise(1));
        On(Three.B, Promise(1));
        On(Three.A, new Accepted(OneA, 1));
        On(Three.B, new Accepted(OneA, 1));
        if (open)
            On(Three.A, new Applied(1, logMs));
    }

    private string[] Hear(params NodeId[] nodes)
    {
        Pong PongOf(NodeId node) => new(
            0,
            1,
            boots.GetValueOrDefault(node, 1UL),
            First.Everyone.Where(other => other != node).ToImmutableArray(),
            ImmutableArray.Create(new HeardNode(Three.A, hearsMe.GetValueOrDefault(node, 1UL), default)));
        var view = new HearingView(nodes.ToImmutableSortedDictionary(node => node, PongOf));
        return Do(effects => proposer.On(view, Now, effects));
    }

    private string[] Fire(Protocol.Timer timer) => Do(effects => proposer.OnTimer(timer, Now, effects));

    private string[] On(NodeId from, Message message) => Do(effects => proposer.On(from, message, Now, effects));

    private string[] Do(Action<Effects> step)
    {
        last = new Effects();
        step(last);
        return Three.Words(last);
    }
}
