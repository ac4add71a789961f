using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests.SingleDecree;

public sealed class AcceptorTests
{
    private static readonly Ballot OneA = new(1, Three.A);
    private static readonly Ballot TwoB = new(2, Three.B);
    private static readonly Ballot ThreeC = new(3, Three.C);

    private readonly Acceptor acceptor = new();

    [Fact]
    public void A_promise_is_written_down_and_then_given()
    {
        Assert.Equal(["persist Promised(1.a)", "send Promise(1.a) to a"], On(Three.A, new Prepare(OneA)));
    }

    [Fact]
    public void A_promise_binds_below_it()
    {
        On(Three.B, new Prepare(TwoB));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA)));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Accept(OneA, Three.Blue)));
    }

    [Fact]
    public void A_promise_binds_below_it_within_the_same_round()
    {
        On(Three.B, new Prepare(new Ballot(1, Three.B)));
        Assert.Equal(["send Nack(1.a, promised 1.b) to a"], On(Three.A, new Accept(OneA, Three.Blue)));
    }

    [Fact]
    public void A_prepare_that_comes_again_is_answered_again_and_not_written_again()
    {
        On(Three.A, new Prepare(OneA));
        Assert.Equal(["send Promise(1.a) to a"], On(Three.A, new Prepare(OneA)));
    }

    [Fact]
    public void An_accept_at_the_promise_is_written_down_and_then_accepted()
    {
        On(Three.A, new Prepare(OneA));
        Assert.Equal(
            ["persist ValueAccepted(1.a, blue)", "send Accepted(1.a) to a"],
            On(Three.A, new Accept(OneA, Three.Blue)));
    }

    [Fact]
    public void An_accept_above_the_promise_is_accepted_and_promises()
    {
        On(Three.A, new Prepare(OneA));
        Assert.Equal(
            ["persist ValueAccepted(2.b, green)", "send Accepted(2.b) to b"],
            On(Three.B, new Accept(TwoB, Three.Green)));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Accept(OneA, Three.Blue)));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Prepare(OneA)));
    }

    [Fact]
    public void An_accept_that_comes_again_is_answered_again_and_not_written_again()
    {
        On(Three.A, new Accept(OneA, Three.Blue));
        Assert.Equal(["send Accepted(1.a) to a"], On(Three.A, new Accept(OneA, Three.Blue)));
    }

    [Fact]
    public void An_accept_that_comes_again_after_a_higher_promise_is_refused()
    {
        On(Three.A, new Accept(OneA, Three.Blue));
        On(Three.B, new Prepare(TwoB));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Accept(OneA, Three.Blue)));
    }

    [Fact]
    public void A_promise_reports_what_was_accepted_at_the_highest_ballot()
    {
        On(Three.A, new Accept(OneA, Three.Blue));
        Assert.Equal(
            ["persist Promised(2.b)", "send Promise(2.b, accepted 1.a blue) to b"],
            On(Three.B, new Prepare(TwoB)));
        On(Three.B, new Accept(TwoB, Three.Green));
        Assert.Equal(
            ["persist Promised(3.c)", "send Promise(3.c, accepted 2.b green) to c"],
            On(Three.C, new Prepare(ThreeC)));
    }

    [Fact]
    public void A_query_is_answered_and_promises_nothing()
    {
        Assert.Equal(["send Report(3.c) to c"], On(Three.C, new Query(ThreeC)));
        Assert.Equal(
            ["persist ValueAccepted(1.a, blue)", "send Accepted(1.a) to a"],
            On(Three.A, new Accept(OneA, Three.Blue)));
        Assert.Equal(["send Report(3.c, accepted 1.a blue) to c"], On(Three.C, new Query(ThreeC)));
    }

    [Fact]
    public void Who_does_not_know_what_is_chosen_is_silent_when_asked()
    {
        On(Three.A, new Accept(OneA, Three.Blue));
        Assert.Empty(On(Three.C, new Learn()));
    }

    [Fact]
    public void What_is_chosen_is_written_down_once_and_answers_everything()
    {
        On(Three.B, new Prepare(TwoB));
        Assert.Equal(["persist ValueChosen(blue)"], On(Three.A, new Chosen(Three.Blue)));
        Assert.Empty(On(Three.A, new Chosen(Three.Blue)));
        Message[] questions = [new Prepare(OneA), new Prepare(ThreeC), new Accept(OneA, Three.Green), new Query(TwoB), new Learn()];
        Assert.All(questions, question => Assert.Equal(["send Chosen(blue) to c"], On(Three.C, question)));
    }

    [Fact]
    public void What_is_no_concern_of_an_acceptor_has_no_effect()
    {
        Message[] others = [new Promise(OneA, null), new Accepted(OneA), new Nack(OneA, TwoB), new Report(OneA, null)];
        Assert.All(others, message => Assert.Empty(On(Three.A, message)));
    }

    [Fact]
    public void An_acceptor_that_comes_back_keeps_its_promise_and_its_value()
    {
        acceptor.Recover(new ValueAccepted(OneA, Three.Blue));
        acceptor.Recover(new Promised(TwoB));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Accept(OneA, Three.Blue)));
        Assert.Equal(["send Promise(2.b, accepted 1.a blue) to b"], On(Three.B, new Prepare(TwoB)));
    }

    [Fact]
    public void An_acceptor_that_comes_back_knows_what_is_chosen()
    {
        acceptor.Recover(new ValueAccepted(OneA, Three.Green));
        acceptor.Recover(new ValueChosen(Three.Blue));
        Assert.Equal(["send Chosen(blue) to b"], On(Three.B, new Prepare(TwoB)));
    }

    [Fact]
    public void It_takes_over_the_highest_proposal_of_others_and_a_decision_for_ever()
    {
        On(Three.B, new Prepare(ThreeC));
        Assert.Equal(["persist ValueCopied(2.b, blue)"], Take(new InstanceCopy("x", new Proposal(TwoB, Three.Blue), null)));
        Assert.Empty(Take(new InstanceCopy("x", new Proposal(OneA, Three.Green), null)));
        Assert.Equal(new InstanceCopy("x", new Proposal(TwoB, Three.Blue), null), acceptor.Copy("x"));
        Assert.Equal(["send Nack(2.b, promised 3.c) to b"], On(Three.B, new Prepare(TwoB)));
        Assert.Equal(["persist ValueChosen(green)"], Take(new InstanceCopy("x", null, Three.Green)));
        Assert.Empty(Take(new InstanceCopy("x", new Proposal(ThreeC, Three.Blue), null)));
        Assert.Equal(new InstanceCopy("x", null, Three.Green), acceptor.Copy("x"));
    }

    [Fact]
    public void What_it_took_over_is_not_accepted_below()
    {
        Take(new InstanceCopy("x", new Proposal(TwoB, Three.Blue), null));
        Assert.Equal(["send Nack(1.a, promised 2.b) to a"], On(Three.A, new Accept(OneA, Three.Green)));
        Assert.Equal(["send Accepted(2.b) to b"], On(Three.B, new Accept(TwoB, Three.Blue)));
    }

    [Fact]
    public void An_acceptor_that_comes_back_holds_what_it_took_over()
    {
        Take(new InstanceCopy("x", new Proposal(TwoB, Three.Blue), null));
        var back = new Acceptor();
        for (var times = 0; times < 2; times++)
        {
            back.Recover(new ValueCopied(TwoB, Three.Blue));
            Assert.Equal(Three.Bytes(acceptor.Write), Three.Bytes(back.Write));
        }
    }

    [Fact]
    public void A_copy_that_comes_when_it_has_promised_in_the_new_epoch_is_no_vote()
    {
        var low = new Ballot(Epoch.Floor(2) + 1, Three.A);
        var high = new Ballot(Epoch.Floor(2) + 2, Three.B);
        Take(new InstanceCopy("x", new Proposal(OneA, Three.Green), null));
        On(Three.B, new Prepare(high));
        // Its proposer was told of green. Blue, at a ballot below, would be taken for accepted here.
        Assert.Empty(Take(new InstanceCopy("x", new Proposal(low, Three.Blue), null)));
        Assert.Equal(["send Report(2:2.b, accepted 1.a green) to b"], On(Three.B, new Query(high)));
    }

    [Fact]
    public void A_promise_of_before_holds_back_no_copy()
    {
        var high = new Ballot(Epoch.Floor(2) + 2, Three.B);
        On(Three.B, new Prepare(high));
        Assert.NotEmpty(Three.Effects(effects => acceptor.Take(new InstanceCopy("x", new Proposal(OneA, Three.Green), null), epoch: 3, effects)));
    }

    [Fact]
    public void Of_what_it_took_over_its_journal_brings_back_the_highest_and_nothing_beside_a_decision()
    {
        acceptor.Recover(new ValueCopied(TwoB, Three.Blue));
        acceptor.Recover(new ValueCopied(OneA, Three.Green));
        Assert.Equal(new InstanceCopy("x", new Proposal(TwoB, Three.Blue), null), acceptor.Copy("x"));
        acceptor.Recover(new ValueChosen(Three.Blue));
        acceptor.Recover(new ValueCopied(ThreeC, Three.Green));
        Assert.Equal(new InstanceCopy("x", null, Three.Blue), acceptor.Copy("x"));
    }

    private string[] Take(InstanceCopy copy) => Three.Effects(effects => acceptor.Take(copy, epoch: 2, effects));

    private string[] On(NodeId from, Message message) => Three.Effects(effects => acceptor.On(from, message, effects));
}
