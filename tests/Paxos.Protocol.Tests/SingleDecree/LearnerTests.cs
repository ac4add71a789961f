using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests.SingleDecree;

public sealed class LearnerTests
{
    private readonly Learner learner = new(Three.Learner, Three.WithLearner, RetryDelays.Default);

    [Fact]
    public void Who_wants_to_know_asks_all_others()
    {
        Assert.Equal(
            ["send Learn to a", "send Learn to b", "send Learn to c", "retry in 100 to 150 ms"],
            Three.Effects(learner.Ask));
    }

    [Fact]
    public void Where_nobody_knows_it_asks_again_with_more_patience()
    {
        Three.Effects(learner.Ask);
        Assert.Equal(
            ["send Learn to a", "send Learn to b", "send Learn to c", "retry in 200 to 300 ms"],
            Three.Effects(learner.OnRetry));
    }

    [Fact]
    public void What_it_is_told_it_writes_down_once_before_it_tells()
    {
        Assert.Equal(
            ["persist ValueChosen(blue)", "no retry", "chosen blue"],
            On(new Chosen(Three.Blue)));
        Assert.Empty(On(new Chosen(Three.Blue)));
    }

    [Fact]
    public void Who_knows_answers_at_once_and_asks_nobody()
    {
        Assert.Empty(On(new Learn()));
        On(new Chosen(Three.Blue));
        Assert.Equal(["send Chosen(blue) to a"], On(new Learn()));
        Assert.Equal(["chosen blue"], Three.Effects(learner.Ask));
        Assert.Empty(Three.Effects(learner.OnRetry));
    }

    [Fact]
    public void A_learner_that_comes_back_knows_what_it_knew()
    {
        learner.Recover(new ValueChosen(Three.Blue));
        Assert.Equal(["chosen blue"], Three.Effects(learner.Ask));
    }

    private string[] On(Message message) => Three.Effects(effects => learner.On(Three.A, message, effects));
}
