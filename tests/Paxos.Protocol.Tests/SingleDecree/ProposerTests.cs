using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests.SingleDecree;

public sealed class ProposerTests
{
    private static readonly Ballot OneA = new(1, Three.A);
    private static readonly Ballot OneB = new(1, Three.B);
    private static readonly Ballot Mine = new(3, Three.A);

    private readonly Proposer proposer;

    // Rounds 1 and 2 were issued before, and a block is reserved: so what the proposer writes is out of the way.
    public ProposerTests()
    {
        var rounds = new Rounds(block: 100);
        rounds.Next(1, new Effects());
        proposer = new Proposer(Three.A, Three.Voters, rounds, RetryDelays.Default);
    }

    [Fact]
    public void A_round_is_reserved_before_its_prepare()
    {
        var fresh = new Proposer(Three.A, Three.Voters, new Rounds(), RetryDelays.Default);
        Assert.Equal(
            ["persist RoundsReserved(1)", .. ToAll("Prepare(1.a)"), "retry in 100 to 150 ms"],
            Three.Effects(effects => fresh.Propose(Three.Blue, effects)));
    }

    [Fact]
    public void Where_nothing_was_accepted_its_own_value_is_free()
    {
        Propose();
        Assert.Empty(On(Three.B, new Promise(Mine, null)));
        Assert.False(proposer.MayHaveHappened);
        Assert.Equal([.. ToAll("Accept(3.a, blue)"), "retry in 100 to 150 ms"], On(Three.C, new Promise(Mine, null)));
        Assert.True(proposer.MayHaveHappened);
    }

    [Fact]
    public void What_was_accepted_is_adopted()
    {
        Propose();
        On(Three.B, new Promise(Mine, new Proposal(OneB, Three.Green)));
        Assert.Contains("send Accept(3.a, green) to b", On(Three.C, new Promise(Mine, null)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_what_was_accepted_the_highest_ballot_is_adopted_in_whatever_order_it_comes(bool highestFirst)
    {
        Propose();
        Proposal[] reports = [new(OneA, Three.Blue), new(OneB, Three.Green)];
        if (highestFirst)
            Array.Reverse(reports);
        On(Three.B, new Promise(Mine, reports[0]));
        Assert.Contains("send Accept(3.a, green) to b", On(Three.C, new Promise(Mine, reports[1])));
    }

    [Fact]
    public void A_promise_that_comes_twice_is_no_quorum()
    {
        Propose();
        On(Three.B, new Promise(Mine, null));
        Assert.Empty(On(Three.B, new Promise(Mine, null)));
        Assert.Empty(On(Three.Learner, new Promise(Mine, null)));
        Assert.False(proposer.MayHaveHappened);
    }

    [Fact]
    public void A_quorum_of_accepted_chooses_and_everyone_is_told()
    {
        Accepting();
        Assert.Empty(On(Three.B, new Accepted(Mine)));
        Assert.Empty(On(Three.B, new Accepted(Mine)));
        Assert.Equal(["no retry", .. ToAll("Chosen(blue)"), "chosen blue"], On(Three.A, new Accepted(Mine)));
        Assert.Empty(On(Three.C, new Accepted(Mine)));
    }

    [Fact]
    public void Replies_of_another_ballot_or_phase_are_ignored()
    {
        Propose();
        On(Three.B, new Promise(Mine, null));
        Message[] strange = [new Promise(OneA, null), new Accepted(Mine), new Report(Mine, null), new Nack(OneA, OneB)];
        Assert.All(strange, message => Assert.Empty(On(Three.C, message)));
        On(Three.C, new Promise(Mine, null));

        Message[] late = [new Promise(Mine, new Proposal(OneB, Three.Green)), new Accepted(OneA), new Nack(OneA, OneB)];
        Assert.All(late, message => Assert.Empty(On(Three.A, message)));
        Assert.Contains("send Accept(3.a, blue) to c", Three.Effects(proposer.OnRetry));
    }

    [Fact]
    public void Silence_is_asked_again_at_the_same_ballot_and_nobody_else()
    {
        Propose();
        On(Three.B, new Promise(Mine, null));
        Assert.Equal(
            ["send Prepare(3.a) to a", "send Prepare(3.a) to c", "retry in 200 to 300 ms"],
            Three.Effects(proposer.OnRetry));
        On(Three.C, new Promise(Mine, new Proposal(OneB, Three.Green)));
        On(Three.C, new Accepted(Mine));
        Assert.Equal(
            ["send Accept(3.a, green) to a", "send Accept(3.a, green) to b", "retry in 400 to 600 ms"],
            Three.Effects(proposer.OnRetry));
    }

    [Fact]
    public void Patience_doubles_up_to_its_most()
    {
        Propose();
        var last = Enumerable.Range(0, 10).Select(_ => Three.Effects(proposer.OnRetry)[^1]).ToArray();
        Assert.Equal("retry in 200 to 300 ms", last[0]);
        Assert.Equal("retry in 800 to 1200 ms", last[2]);
        Assert.Equal("retry in 1000 to 1500 ms", last[3]);
        Assert.Equal("retry in 1000 to 1500 ms", last[^1]);
    }

    [Fact]
    public void After_a_nack_it_tries_above_the_ballot_that_it_lost_to()
    {
        Propose();
        Assert.Equal(["retry in 0 to 100 ms"], On(Three.B, new Nack(Mine, new Ballot(7, Three.B))));
        Assert.Empty(On(Three.C, new Nack(Mine, new Ballot(9, Three.C))));
        Assert.Equal([.. ToAll("Prepare(10.a)"), "retry in 200 to 300 ms"], Three.Effects(proposer.OnRetry));
        Assert.Equal(new Ballot(10, Three.A), proposer.Ballot);
    }

    [Fact]
    public void A_nack_does_not_end_the_round()
    {
        Propose();
        On(Three.B, new Nack(Mine, new Ballot(7, Three.B)));
        On(Three.A, new Promise(Mine, null));
        Assert.Contains("send Accept(3.a, blue) to a", On(Three.C, new Promise(Mine, null)));
        On(Three.A, new Accepted(Mine));
        Assert.Contains("chosen blue", On(Three.C, new Accepted(Mine)));
    }

    [Fact]
    public void A_new_round_forgets_what_the_old_one_was_told()
    {
        Propose();
        On(Three.B, new Promise(Mine, new Proposal(OneB, Three.Green)));
        On(Three.C, new Nack(Mine, new Ballot(7, Three.C)));
        Three.Effects(proposer.OnRetry);
        var again = new Ballot(8, Three.A);
        Assert.Empty(On(Three.C, new Promise(again, null)));
        Assert.Contains("send Accept(8.a, blue) to a", On(Three.A, new Promise(again, null)));
    }

    [Fact]
    public void Who_is_told_what_is_chosen_tells_its_caller_and_is_spent()
    {
        Propose();
        Assert.Equal(["no retry", "chosen green"], On(Three.B, new Chosen(Three.Green)));
        Assert.Empty(On(Three.B, new Chosen(Three.Green)));
        Assert.Empty(On(Three.B, new Promise(Mine, null)));
        Assert.Empty(Three.Effects(proposer.OnRetry));
    }

    [Fact]
    public void A_proposer_that_was_not_called_does_nothing()
    {
        Assert.Empty(On(Three.B, new Chosen(Three.Green)));
        Assert.Empty(Three.Effects(proposer.OnRetry));
        Assert.Equal(Ballot.None, proposer.Ballot);
    }

    [Fact]
    public void A_quorum_that_accepted_nothing_is_undecided()
    {
        Read();
        Assert.Empty(On(Three.B, new Report(Mine, null)));
        Assert.Empty(On(Three.B, new Report(Mine, null)));
        Assert.Equal(["no retry", "undecided"], On(Three.C, new Report(Mine, null)));
        Assert.False(proposer.MayHaveHappened);
    }

    [Fact]
    public void A_quorum_that_accepted_one_proposal_is_an_answer()
    {
        Read();
        On(Three.B, new Report(Mine, new Proposal(OneB, Three.Green)));
        Assert.Equal(
            ["no retry", .. ToAll("Chosen(green)"), "chosen green"],
            On(Three.C, new Report(Mine, new Proposal(OneB, Three.Green))));
    }

    [Fact]
    public void One_value_at_two_ballots_is_not_chosen_yet()
    {
        Read();
        On(Three.B, new Report(Mine, new Proposal(OneA, Three.Green)));
        Assert.Equal(
            [.. ToAll("Prepare(4.a)"), "retry in 100 to 150 ms"],
            On(Three.C, new Report(Mine, new Proposal(OneB, Three.Green))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_some_have_accepted_is_finished_first(bool nothingFirst)
    {
        Proposal?[] reports = [new(OneB, Three.Green), null];
        if (nothingFirst)
            Array.Reverse(reports);
        Read();
        On(Three.B, new Report(Mine, reports[0]));
        Assert.Contains("send Prepare(4.a) to a", On(Three.C, new Report(Mine, reports[1])));
        var higher = new Ballot(4, Three.A);
        On(Three.B, new Promise(higher, new Proposal(OneB, Three.Green)));
        Assert.Contains("send Accept(4.a, green) to a", On(Three.C, new Promise(higher, null)));
    }

    // Its quorum of reports had one that knew; its quorum of promises, none: what was accepted once is chosen by nobody.
    [Fact]
    public void A_read_that_finds_nothing_more_to_finish_is_undecided()
    {
        Read();
        On(Three.B, new Report(Mine, new Proposal(OneB, Three.Green)));
        On(Three.C, new Report(Mine, null));
        var higher = new Ballot(4, Three.A);
        On(Three.A, new Promise(higher, null));
        Assert.Equal(["no retry", "undecided"], On(Three.C, new Promise(higher, null)));
        Assert.False(proposer.MayHaveHappened);
    }

    [Fact]
    public void With_flexible_quorums_each_phase_waits_for_its_own()
    {
        var flexible = new Configuration(1, Three.Voters.Voters, [], new QuorumRule(3, 1));
        var one = new Proposer(Three.A, flexible, new Rounds(), RetryDelays.Default);
        Three.Effects(effects => one.Propose(Three.Blue, effects));
        Three.Effects(effects => one.On(Three.A, new Promise(OneA, null), effects));
        Assert.Empty(Three.Effects(effects => one.On(Three.B, new Promise(OneA, null), effects)));
        Assert.NotEmpty(Three.Effects(effects => one.On(Three.C, new Promise(OneA, null), effects)));
        Assert.Contains("chosen blue", Three.Effects(effects => one.On(Three.C, new Accepted(OneA), effects)));
    }

    [Fact]
    public void When_the_voters_change_it_begins_again_with_them_above_every_ballot_of_before()
    {
        Accepting();
        var next = new Configuration(2, [Three.Member(Three.B), Three.Member(Three.C)], []);
        Assert.Equal(
            ["persist RoundsReserved(1099511627876)", "send Prepare(2:1.a) to b", "send Prepare(2:1.a) to c", "retry in 100 to 150 ms"],
            Three.Effects(effects => proposer.Move(next, effects)));
        Assert.Empty(On(Three.B, new Accepted(Mine)));
        Assert.Empty(On(Three.C, new Accepted(Mine)));
        Assert.True(proposer.MayHaveHappened);
        var higher = new Ballot(Epoch.Floor(2) + 1, Three.A);
        On(Three.B, new Promise(higher, new Proposal(OneB, Three.Green)));
        Assert.Contains("send Accept(2:1.a, green) to b", On(Three.C, new Promise(higher, null)));
    }

    [Fact]
    public void A_node_that_joins_issues_no_ballot_before_it_votes()
    {
        // One of this name may have issued ballots in this epoch.
        var before = Three.WithLearner.Remove(Three.Learner);
        var joining = before.Add(new Member(Three.Learner, new Incarnation(2)), "");
        Assert.Equal(Three.WithLearner.VoterEpoch, joining.VoterEpoch);
        var one = new Proposer(Three.Learner, joining, new Rounds(), RetryDelays.Default);
        Assert.Empty(Three.Effects(effects => one.Propose(Three.Blue, effects)));
        Assert.Empty(Three.Effects(one.OnRetry));
        Assert.Contains("send Prepare(2:1.d) to a", Three.Effects(effects => one.Move(joining.Promote(Three.Learner), effects)));
    }

    [Fact]
    public void A_node_that_begins_to_learn_disturbs_no_proposer_and_new_voters_none_that_is_done()
    {
        Propose();
        Assert.Empty(Three.Effects(effects => proposer.Move(Three.WithLearner, effects)));
        Assert.Equal(Mine, proposer.Ballot);
        On(Three.B, new Chosen(Three.Green));
        Assert.Empty(Three.Effects(effects => proposer.Move(new Configuration(2, Three.Voters.Voters, []), effects)));
    }

    [Fact]
    public void What_a_node_without_a_vote_accepted_is_nothing_to_carry_on_with()
    {
        Propose();
        On(Three.Learner, new Promise(Mine, new Proposal(OneB, Three.Green)));
        On(Three.B, new Promise(Mine, null));
        Assert.Contains("send Accept(3.a, blue) to a", On(Three.C, new Promise(Mine, null)));
    }

    [Fact]
    public void A_late_nack_of_an_earlier_round_says_nothing_of_this_one()
    {
        Propose();
        Assert.Empty(On(Three.C, new Nack(OneA, new Ballot(9, Three.C))));
        Assert.Contains("send Prepare(3.a) to c", Three.Effects(proposer.OnRetry));
    }

    [Fact]
    public void A_read_does_not_count_what_was_only_copied()
    {
        var next = new Configuration(2, Three.Voters.Voters, []);
        Read();
        Three.Effects(effects => proposer.Move(next, effects));
        var query = new Ballot(Epoch.Floor(2) + 1, Three.A);
        On(Three.B, new Report(query, new Proposal(OneB, Three.Green)));
        Assert.Contains("send Prepare(2:2.a) to b", On(Three.C, new Report(query, new Proposal(OneB, Three.Green))));
    }

    [Fact]
    public void A_node_that_has_issued_ballots_of_a_later_epoch_issues_none_of_an_earlier_one()
    {
        var rounds = new Rounds();
        rounds.Next(Epoch.Floor(2), new Effects());
        var late = new Proposer(Three.A, Three.Voters, rounds, RetryDelays.Default);
        Assert.DoesNotContain(Three.Effects(effects => late.Propose(Three.Blue, effects)), effect => effect.StartsWith("send", StringComparison.Ordinal));
        var next = new Configuration(2, Three.Voters.Voters, []);
        Assert.Contains("send Prepare(2:3.a) to b", Three.Effects(effects => late.Move(next, effects)));
    }

    private void Propose() => Three.Effects(effects => proposer.Propose(Three.Blue, effects));

    private void Read() => Three.Effects(proposer.Read);

    private void Accepting()
    {
        Propose();
        On(Three.B, new Promise(Mine, null));
        On(Three.C, new Promise(Mine, null));
    }

    private string[] On(NodeId from, Message message) => Three.Effects(effects => proposer.On(from, message, effects));

    private static IEnumerable<string> ToAll(string message) => Three.Voters.Everyone.Select(node => $"send {message} to {node}");
}
