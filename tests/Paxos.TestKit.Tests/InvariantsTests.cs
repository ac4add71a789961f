using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Tests;

/// <summary>
/// A monitor that never complains proves nothing: each invariant is broken here, by a history that breaks no other before it.
/// </summary>
public sealed class InvariantsTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private static readonly NodeId C = new("c");
    private static readonly Ballot One = new(1, A);
    private static readonly Ballot Two = new(2, B);
    private static readonly Value Blue = Value.FromUtf8("blue");
    private static readonly Value Green = Value.FromUtf8("green");

    private readonly Invariants invariants = new(
        new Configuration(1, [new Member(A, default), new Member(B, default), new Member(C, default)], []));

    public InvariantsTests()
    {
        invariants.Proposed(Blue);
        invariants.Proposed(Green);
    }

    [Fact]
    public void A_whole_honest_history_breaks_nothing()
    {
        invariants.ReadBegan(C);
        invariants.Issued(One.Node, One);
        invariants.Durable(A, new Promised(One));
        invariants.Sent(A, new Promise(One, null));
        invariants.Sent(A, new Accept(One, Blue));
        Choose(One, Blue);
        invariants.Sent(A, new Accepted(One));
        invariants.ToldChosen(A, Blue);
        invariants.Issued(Two.Node, Two);
        invariants.Durable(A, new Promised(Two));
        invariants.Sent(A, new Promise(Two, new Proposal(One, Blue)));
        invariants.Sent(B, new Accept(Two, Blue));
        invariants.Durable(C, new ValueAccepted(Two, Blue));
        invariants.Durable(C, new ValueChosen(Blue));
        // It began before anything was chosen.
        invariants.ToldUndecided(C);
        Assert.Null(invariants.Broken);
    }

    [Fact]
    public void Two_learners_with_two_values_break_agreement()
    {
        invariants.Durable(A, new ValueChosen(Blue));
        invariants.Durable(B, new ValueChosen(Green));
        AssertBroken(Invariant.Agreement);
    }

    [Fact]
    public void A_caller_that_is_told_another_value_breaks_agreement()
    {
        Choose(One, Blue);
        invariants.ToldChosen(A, Blue);
        invariants.ToldChosen(B, Green);
        AssertBroken(Invariant.Agreement);
    }

    [Fact]
    public void A_value_that_nobody_proposed_breaks_validity()
    {
        Choose(One, Value.FromUtf8("red"));
        AssertBroken(Invariant.Validity);
    }

    [Fact]
    public void An_acceptance_below_a_promise_that_was_sent_breaks_it_though_the_journal_forgot()
    {
        invariants.Sent(C, new Promise(Two, null));
        invariants.Durable(C, new ValueAccepted(One, Blue));
        AssertBroken(Invariant.Promise);
    }

    [Fact]
    public void An_acceptance_below_a_promise_in_the_journal_breaks_it()
    {
        invariants.Durable(C, new Promised(Two));
        invariants.Durable(C, new ValueAccepted(One, Blue));
        AssertBroken(Invariant.Promise);
    }

    [Fact]
    public void An_acceptance_below_an_acceptance_breaks_the_promise_that_it_implied()
    {
        invariants.Durable(C, new ValueAccepted(Two, Blue));
        invariants.Durable(C, new ValueAccepted(One, Blue));
        AssertBroken(Invariant.Promise);
    }

    [Fact]
    public void An_Accepted_that_leaves_after_a_higher_promise_breaks_it_though_nothing_was_written()
    {
        invariants.Sent(C, new Promise(Two, null));
        invariants.Sent(C, new Accepted(One));
        AssertBroken(Invariant.Promise);
    }

    [Fact]
    public void Two_values_at_one_ballot_break_one_value_a_ballot()
    {
        invariants.Durable(A, new ValueAccepted(One, Blue));
        invariants.Durable(B, new ValueAccepted(One, Green));
        AssertBroken(Invariant.OneValueABallot);
    }

    [Fact]
    public void Another_value_at_a_higher_ballot_after_a_quorum_breaks_chosen_stays_chosen()
    {
        Choose(One, Blue);
        invariants.Sent(B, new Accept(Two, Green));
        AssertBroken(Invariant.ChosenStaysChosen);
    }

    [Fact]
    public void Another_value_at_a_higher_ballot_before_a_quorum_breaks_it_when_the_quorum_is_complete()
    {
        invariants.Sent(B, new Accept(Two, Green));
        Assert.Null(invariants.Broken);
        Choose(One, Blue);
        AssertBroken(Invariant.ChosenStaysChosen);
    }

    [Fact]
    public void A_ballot_issued_twice_is_reused()
    {
        invariants.Issued(One.Node, One);
        invariants.Issued(Two.Node, Two);
        invariants.Issued(One.Node, One);
        AssertBroken(Invariant.BallotsAreNotReused);
    }

    [Fact]
    public void A_caller_told_before_a_quorum_of_journals_holds_the_value_breaks_acknowledged_is_durable()
    {
        invariants.Durable(A, new ValueAccepted(One, Blue));
        invariants.ToldChosen(A, Blue);
        AssertBroken(Invariant.AcknowledgedIsDurable);
    }

    [Fact]
    public void One_journal_that_wrote_twice_is_no_quorum()
    {
        invariants.Durable(A, new ValueAccepted(One, Blue));
        invariants.Durable(A, new ValueAccepted(One, Blue));
        invariants.ToldChosen(A, Blue);
        AssertBroken(Invariant.AcknowledgedIsDurable);
    }

    [Fact]
    public void Two_journals_at_two_ballots_are_no_quorum()
    {
        invariants.Durable(A, new ValueAccepted(One, Blue));
        invariants.Durable(B, new ValueAccepted(Two, Blue));
        invariants.ToldChosen(A, Blue);
        AssertBroken(Invariant.AcknowledgedIsDurable);
    }

    [Fact]
    public void A_read_that_began_after_the_choice_and_says_undecided_is_not_linearizable()
    {
        Choose(One, Blue);
        invariants.ReadBegan(C);
        invariants.ToldUndecided(C);
        AssertBroken(Invariant.Linearizable);
    }

    [Fact]
    public void The_first_broken_invariant_stays_the_one_reported()
    {
        invariants.Issued(One.Node, One);
        invariants.Issued(One.Node, One);
        invariants.Durable(A, new ValueAccepted(One, Blue));
        invariants.Durable(B, new ValueAccepted(One, Green));
        AssertBroken(Invariant.BallotsAreNotReused);
    }

    private void Choose(Ballot ballot, Value value)
    {
        invariants.Durable(A, new ValueAccepted(ballot, value));
        invariants.Durable(B, new ValueAccepted(ballot, value));
    }

    private void AssertBroken(Invariant expected) => Assert.Equal(expected, invariants.Broken?.Invariant);
}
