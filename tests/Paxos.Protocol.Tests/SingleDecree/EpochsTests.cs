using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests.SingleDecree;

/// <summary>A change of voters from a, b, c to b, c, d, as one node does it.</summary>
public sealed class EpochsTests
{
    private static readonly NodeId D = new("d");
    private static readonly Configuration Next = new(2, [Three.Member(Three.B), Three.Member(Three.C), Three.Member(D)], []);
    private static readonly InstanceCopy Blue = new("color", new Proposal(new Ballot(1, Three.A), Three.Blue), null);

    [Fact]
    public void An_old_voter_seals_its_epoch_before_it_hands_over()
    {
        var a = At(Three.A);
        Assert.Equal(1U, a.VotingEpoch);
        Assert.Equal(["persist EpochSealed(1)", "page for d after 0"], On(a, D, new Copy(2, 0, false)));
        Assert.Equal(0U, a.VotingEpoch);
        Assert.Equal(["page for d after 7"], On(a, D, new Copy(2, 7, false)));
    }

    [Fact]
    public void A_seal_holds_across_a_crash()
    {
        var back = At(Three.A);
        back.Recover(new EpochSealed(1));
        Assert.Equal((1U, 0U), (back.OpenEpoch, back.VotingEpoch));
        Assert.DoesNotContain("open in 1", Three.Effects(back.Start));
    }

    [Fact]
    public void A_voter_of_the_first_configuration_writes_down_that_it_votes_and_then_votes()
    {
        Assert.Equal(["persist EpochOpened(1)", "open in 1"], Three.Effects(At(Three.A).Start));
        var back = At(Three.A);
        back.Recover(new EpochOpened(Three.Voters));
        Assert.Equal(["open in 1"], Three.Effects(back.Start));
        Assert.Empty(Three.Effects(At(D).Start));
    }

    [Fact]
    public void A_vote_is_given_in_the_open_epoch_and_elsewhere_only_what_is_chosen_is_said()
    {
        var ofOne = new Prepare(new Ballot(1, Three.A));
        var ofTwo = new Accept(new Ballot(Epoch.Floor(2) + 1, D), Three.Blue);
        Assert.Equal(ofOne, Epochs.Admit(ofOne, 1));
        Assert.Equal(new Learn(), Epochs.Admit(ofOne, 2));
        Assert.Equal(new Learn(), Epochs.Admit(ofOne, 0));
        Assert.Equal(ofTwo, Epochs.Admit(ofTwo, 2));
        Assert.Equal(new Learn(), Epochs.Admit(ofTwo, 1));
        var question = new Query(new Ballot(Epoch.Floor(2) + 1, D));
        Assert.Equal(question, Epochs.Admit(question, 2));
        Assert.Equal(new Learn(), Epochs.Admit(question, 1));
        Assert.Equal(new Chosen(Three.Blue), Epochs.Admit(new Chosen(Three.Blue), 0));
    }

    [Fact]
    public void A_new_voter_asks_all_and_opens_when_a_quorum_is_taken_over()
    {
        var d = At(D);
        Assert.Equal(
            ["send Copy(epoch 2, after 0) to b", "send Copy(epoch 2, after 0) to c", "retry in 100 to 150 ms"],
            Three.Effects(effects => d.Move(Next, effects)));
        // b tells it who voted before.
        Assert.Equal(
            [
                "persist EpochSealed(1)",
                "send Copy(epoch 2, after 0, preceded) to a", "send Copy(epoch 2, after 0, preceded) to c", "retry in 100 to 150 ms",
                "take over 1 of b",
            ],
            On(d, Three.B, Page(Three.B, Three.Voters)));
        Assert.Empty(Taken(d, Three.B));
        Assert.Equal(["take over 1 of a"], On(d, Three.A, Page(Three.A, Three.Voters)));
        Assert.Equal(0U, d.VotingEpoch);
        Assert.Equal(["persist EpochOpened(2)", "open in 2", "no retry"], Taken(d, Three.A));
        Assert.Equal(2U, d.VotingEpoch);
    }

    [Fact]
    public void A_source_that_answers_twice_counts_once()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Three.Voters));
        Assert.Empty(On(d, Three.B, Page(Three.B, Three.Voters)));
        Taken(d, Three.B);
        Assert.Empty(On(d, Three.B, Page(Three.B, Three.Voters)));
        Assert.Empty(Taken(d, Three.B));
        Assert.Equal(0U, d.VotingEpoch);
    }

    [Fact]
    public void A_node_of_another_incarnation_did_not_vote()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Three.Voters));
        Taken(d, Three.B);
        var wiped = new Copies(2, new Member(Three.C, new Incarnation(9)), null, 0, 1, true, default);
        On(d, Three.C, wiped);
        Three.Effects(effects => d.OnTaken(new CopiesArrived(2, wiped.Source, 0, default), effects));
        Assert.Equal(0U, d.VotingEpoch);
    }

    [Fact]
    public void One_that_is_open_already_is_enough()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Next));
        Assert.Equal(["persist EpochOpened(2)", "open in 2", "no retry"], Taken(d, Three.B));
    }

    [Fact]
    public void What_a_source_says_later_of_itself_does_not_make_its_first_page_better()
    {
        var d = Moving(D);
        On(d, Three.B, new Copies(2, Three.Member(Three.B), Three.Voters, 0, 5, false, new([Blue])));
        Assert.Equal(["send Copy(epoch 2, after 5, preceded) to b"], Taken(d, Three.B));
        On(d, Three.B, new Copies(2, Three.Member(Three.B), Next, 5, 9, true, default));
        Assert.Empty(Three.Effects(effects => d.OnTaken(new CopiesArrived(2, Three.Member(Three.B), 5, default), effects)));
        Assert.Equal(0U, d.VotingEpoch);
    }

    [Fact]
    public void One_that_never_was_open_keeps_the_epoch_for_itself_until_somebody_else_was()
    {
        var third = new Configuration(3, Next.Voters, []);
        var d = Moving(D);
        Assert.Empty(On(d, Three.C, new Copy(third.VoterEpoch, 0, false)));
        Assert.Equal(["persist EpochSealed(2)", "no retry", "page for c after 0"], On(d, Three.C, new Copy(third.VoterEpoch, 0, true)));
        // Who has not heard yet of one that was open is answered too: the seal is there.
        Assert.Equal(["page for b after 0"], On(d, Three.B, new Copy(third.VoterEpoch, 0, false)));
        // It never opens that epoch now; what it holds it hands over all the same.
        Assert.Equal(["page for c after 0"], On(d, Three.C, new Copy(2, 0, true)));
    }

    [Fact]
    public void Epochs_are_opened_in_order_and_one_that_is_over_is_left_out()
    {
        var third = new Configuration(3, Next.Voters, []);
        var d = Moving(D);
        Assert.Empty(Three.Effects(effects => d.Move(third, effects)));
        On(d, Three.B, Page(Three.B, Next));
        Assert.Equal(
            ["persist EpochOpened(2)", "open in 2", "persist EpochSealed(2)", "send Copy(epoch 3, after 0, preceded) to b", "send Copy(epoch 3, after 0, preceded) to c", "retry in 100 to 150 ms"],
            Taken(d, Three.B));
        var late = Moving(D);
        late.Move(third, new Effects());
        Assert.Equal(["send Copies(epoch 2, open in 3, after 0, next 0) to d"], On(OpenInThird(third), D, new Copy(2, 0, false)));
        Assert.Contains(
            "send Copy(epoch 3, after 0) to c", On(late, Three.B, new Copies(2, Three.Member(Three.B), third, 0, 0, false, default)));
    }

    private static Epochs OpenInThird(Configuration third)
    {
        var b = At(Three.B);
        b.Recover(new EpochOpened(third));
        return b;
    }

    [Fact]
    public void One_that_has_sealed_later_epochs_too_still_hands_over_what_it_holds()
    {
        var c = At(Three.C);
        c.Recover(new EpochOpened(Next));
        c.Recover(new EpochSealed(3));
        // It was asked to, for an epoch that it never came to; and a node that is behind moves to the one in which it is open.
        Assert.Equal(["page for d after 0"], On(c, D, new Copy(2, 0, false)));
        Assert.Equal(["page for d after 0"], On(c, D, new Copy(3, 0, false)));
    }

    [Fact]
    public void One_that_has_given_all_is_asked_again_as_it_may_be_further_by_now()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Three.Voters));
        Taken(d, Three.B);
        Assert.Contains("send Copy(epoch 2, after 1, preceded) to b", Three.Effects(d.OnRetry));
        var later = new Configuration(3, [Three.Member(Three.B)], []);
        On(d, Three.B, new Copies(2, Three.Member(Three.B), later, 1, 0, false, default));
        Assert.False(d.IsMoving);
    }

    [Fact]
    public void A_voter_that_moves_seals_the_epoch_in_which_it_votes_whatever_it_moves_to()
    {
        var b = At(Three.B);
        var third = new Configuration(3, Next.Voters, []);
        Assert.Contains("persist EpochSealed(1)", Three.Effects(effects => b.Move(third, effects)));
        Assert.Equal(0U, b.VotingEpoch);
    }

    [Fact]
    public void The_seals_meet_every_quorum_of_either_phase()
    {
        // One voter is a phase-1 quorum; a read could hear "undecided" from another one.
        var flexible = new Configuration(1, Three.Voters.Voters, [], new QuorumRule(1, 3));
        var d = Moving(D);
        foreach (var node in (NodeId[])[Three.A, Three.B])
        {
            On(d, node, Page(node, flexible));
            Taken(d, node);
        }
        Assert.Equal(0U, d.VotingEpoch);
        On(d, Three.C, Page(Three.C, flexible));
        Assert.Contains("open in 2", Taken(d, Three.C));
    }

    [Fact]
    public void A_move_begins_again_after_a_crash()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Three.Voters));
        var back = At(D);
        back.Recover(new EpochSealed(1));
        Assert.Contains("send Copy(epoch 2, after 0) to b", Three.Effects(effects => back.Move(Next, effects)));
    }

    [Fact]
    public void Events_change_nothing_the_second_time()
    {
        var d = At(D);
        foreach (var e in (Event[])[new EpochSealed(1), new EpochOpened(Next), new EpochSealed(1)])
        {
            d.Recover(e);
            var once = Three.Bytes(d.Write);
            d.Recover(e);
            Assert.Equal(once, Three.Bytes(d.Write));
        }
    }

    [Fact]
    public void The_bytes_hold_all_of_it()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Three.Voters));
        var copy = new Epochs(Three.Member(D), Three.Voters, RetryDelays.Default);
        copy.Move(new Configuration(3, Next.Voters, []), new Effects());
        On(copy, Three.C, new Copies(3, Three.Member(Three.C), null, 0, 1, true, default));
        var reader = new CanonicalReader(Three.Bytes(d.Write));
        copy.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        Assert.Equal(Three.Bytes(d.Write), Three.Bytes(copy.Write));
    }

    [Fact]
    public void Learners_that_come_and_go_are_no_change_of_voters()
    {
        var added = Three.Voters.Add(Three.Member(D), "d:1");
        Assert.Equal((1U, 2U), (Three.Voters.VoterEpoch, added.Promote(D).VoterEpoch));
        Assert.Equal(1U, added.VoterEpoch);
        Assert.Equal(2U, added.Remove(Three.A).VoterEpoch);
        Assert.Equal(1U, added.Remove(D).VoterEpoch);
        Assert.Equal(2U, Configuration.Decode(added.Promote(D).Encode()).VoterEpoch);
        Assert.Equal(3U, added.Promote(D).Replace(new Member(Three.C, new Incarnation(9)), "c:1").VoterEpoch);
        Assert.Empty(Three.Effects(effects => At(Three.A).Move(added, effects)));
    }

    [Fact]
    public void One_that_was_added_begins_with_the_move_to_the_epoch_that_it_was_added_in()
    {
        var d = new Epochs(Three.Member(D), Next, RetryDelays.Default);
        Assert.Equal(
            ["send Copy(epoch 2, after 0) to b", "send Copy(epoch 2, after 0) to c", "retry in 100 to 150 ms"],
            Three.Effects(d.Start));
        Assert.True(d.IsMoving);
        On(d, Three.B, Page(Three.B, Next));
        Taken(d, Three.B);
        Assert.False(d.IsMoving);
    }

    [Fact]
    public void What_is_written_down_as_open_is_not_written_down_again()
    {
        var d = At(D);
        d.Recover(new EpochOpened(Next));
        Assert.Equal(["open in 2"], Three.Effects(d.Start));
    }

    [Fact]
    public void A_lone_voter_needs_nobody_to_go_on()
    {
        var alone = new Epochs(Three.Member(Three.A), new Configuration(1, [Three.Member(Three.A)], []), RetryDelays.Default);
        alone.Start(new Effects());
        var two = new Configuration(2, [Three.Member(Three.A), Three.Member(Three.B)], []);
        Assert.Equal(
            ["persist EpochSealed(1)", "send Copy(epoch 2, after 0, preceded) to b", "retry in 100 to 150 ms", "persist EpochOpened(2)", "open in 2", "no retry"],
            Three.Effects(effects => alone.Move(two, effects)));
    }

    [Fact]
    public void Seals_of_voters_that_never_were_open_open_nothing()
    {
        var d = Moving(D);
        // b was, but not all that it holds is here yet.
        On(d, Three.B, new Copies(2, Three.Member(Three.B), Three.Voters, 0, 5, false, default));
        foreach (var node in (NodeId[])[Three.A, Three.C])
        {
            On(d, node, new Copies(2, Three.Member(node), null, 0, 1, true, default));
            Assert.DoesNotContain("open in 2", Taken(d, node));
        }
        Assert.Equal(0U, d.VotingEpoch);
    }

    [Fact]
    public void Only_the_next_page_of_whoever_sends_it_is_taken_over()
    {
        var d = Moving(D);
        Assert.Empty(On(d, Three.C, Page(Three.B, Three.Voters)));
        Assert.Empty(On(d, Three.B, Page(Three.B, Three.Voters) with { Epoch = 3 }));
        Assert.Empty(On(d, Three.B, Page(Three.B, Three.Voters) with { After = 5 }));
        On(d, Three.B, new Copies(2, Three.Member(Three.B), Three.Voters, 0, 5, false, default));
        Taken(d, Three.B);
        // Its disk was lost meanwhile.
        Assert.Empty(On(d, Three.B, new Copies(2, new Member(Three.B, new Incarnation(9)), null, 5, 9, true, default)));
        Assert.Equal(["take over 0 of b"], On(d, Three.B, new Copies(2, Three.Member(Three.B), Three.Voters, 5, 9, true, default)));
    }

    [Fact]
    public void Who_is_silent_is_asked_again_for_the_page_that_is_missing()
    {
        var d = Moving(D);
        On(d, Three.B, Page(Three.B, Three.Voters));
        Taken(d, Three.B);
        On(d, Three.A, Page(Three.A, Three.Voters));
        On(d, Three.C, new Copies(2, Three.Member(Three.C), Three.Voters, 0, 5, false, default));
        Taken(d, Three.C);
        Assert.Equal(
            ["send Copy(epoch 2, after 1, preceded) to b", "send Copy(epoch 2, after 5, preceded) to c", "retry in 200 to 300 ms"],
            Three.Effects(d.OnRetry));
        Assert.Empty(Three.Effects(At(Three.A).OnRetry));
    }

    [Fact]
    public void One_that_is_open_in_the_epoch_hands_over_what_it_holds_and_votes_on()
    {
        var b = At(Three.B);
        b.Recover(new EpochOpened(Next));
        Assert.Equal(["page for d after 0"], On(b, D, new Copy(2, 0, false)));
        Assert.Equal(2U, b.VotingEpoch);
    }

    [Fact]
    public void One_that_hears_of_a_later_epoch_from_whom_it_asks_moves_to_that()
    {
        var third = new Configuration(3, Next.Voters, []);
        var d = Moving(D);
        Assert.Contains(
            "send Copy(epoch 3, after 0) to c", On(d, Three.B, new Copies(2, Three.Member(Three.B), third, 0, 0, false, default)));
    }

    [Fact]
    public void One_that_was_left_out_for_an_epoch_asks_the_voters_of_its_last_one_too()
    {
        var third = new Configuration(3, Next.Voters, []);
        Assert.Equal(
            [
                "persist EpochSealed(1)",
                "send Copy(epoch 3, after 0) to a", "send Copy(epoch 3, after 0) to c", "send Copy(epoch 3, after 0) to d", "retry in 100 to 150 ms",
            ],
            Three.Effects(effects => At(Three.B).Move(third, effects)));
    }

    [Fact]
    public void A_page_says_in_words_whether_its_sender_was_open()
    {
        Assert.Equal("Copies(epoch 2, never open, after 0)", (Page(Three.B, Three.Voters) with { Opened = null, Items = default }).ToString());
        Assert.Equal("Copies(epoch 2, open in 1, after 0)", (Page(Three.B, Three.Voters) with { Items = default }).ToString());
    }

    private static Epochs At(NodeId node) => new(Three.Member(node), Three.Voters, RetryDelays.Default);

    private static Epochs Moving(NodeId node)
    {
        var epochs = At(node);
        epochs.Move(Next, new Effects());
        return epochs;
    }

    private static string[] On(Epochs epochs, NodeId from, Message message) => Three.Effects(effects => epochs.On(from, message, effects));

    private static Copies Page(NodeId source, Configuration opened) => new(2, Three.Member(source), opened, 0, 1, true, new([Blue]));

    private static string[] Taken(Epochs epochs, NodeId source) =>
        Three.Effects(effects => epochs.OnTaken(new CopiesArrived(2, Three.Member(source), 0, default), effects));
}
