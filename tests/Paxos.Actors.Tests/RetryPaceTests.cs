using Paxos.Actors.Roles;

namespace Paxos.Actors.Tests;

/// <summary>All groups of a node together ask again at one rate.</summary>
public sealed class RetryPaceTests
{
    private static readonly TimeSpan Alone = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void A_few_wait_as_long_as_they_would_alone_and_many_as_long_as_their_rate_says()
    {
        var pace = new RetryPace(perSecond: 50);
        var few = Enumerable.Range(0, 5).Select(_ => pace.NewRetrier()).ToList();
        Assert.All(few, retrier => Assert.Equal(Alone, retrier.Begin(Alone)));
        var sixth = pace.NewRetrier();
        Assert.Equal(TimeSpan.FromMilliseconds(120) + Alone, sixth.Begin(Alone));
        // One that begins again counts once.
        Assert.Equal(TimeSpan.FromMilliseconds(120) + Alone, sixth.Begin(Alone));
        few[0].End();
        few[0].End();
        Assert.Equal(Alone, sixth.Begin(Alone));
    }

    [Fact]
    public void A_node_of_many_groups_is_missed_later()
    {
        var settings = new HearingSettings(PaxosExtension.DefaultConfig().GetConfig("paxos.hearing"));
        Assert.Equal(settings.Patience, settings.PatienceOf(1));
        Assert.Equal(settings.Patience, settings.PatienceOf(settings.GroupsARound - 1));
        Assert.Equal(settings.Patience + 2, settings.PatienceOf(settings.GroupsARound * 2));
    }
}
