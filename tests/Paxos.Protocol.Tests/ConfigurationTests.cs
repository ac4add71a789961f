namespace Paxos.Protocol.Tests;

public sealed class ConfigurationTests
{
    private static readonly Member D = new(new NodeId("d"), new Incarnation(4));
    private static readonly Member NewC = new(Three.C, new Incarnation(33));

    [Fact]
    public void A_node_is_added_as_a_learner_that_is_to_vote()
    {
        var next = Three.Voters.Add(D, "d:4053");
        Assert.Equal(2U, next.Epoch);
        Assert.Equal(3, next.Voters.Length);
        Assert.Equal(D, Assert.Single(next.Learners));
        Assert.Contains(D.Id, next.Joining);
        Assert.Equal("d:4053", next.Addresses[D.Id]);
    }

    [Fact]
    public void A_promoted_learner_counts_for_the_majority()
    {
        var next = Three.Voters.Add(D, "d:4053").Promote(D.Id);
        Assert.Equal(4, next.Voters.Length);
        Assert.Equal(QuorumRule.Majority(4), next.Rule);
        Assert.Empty(next.Joining);
    }

    [Fact]
    public void A_replaced_node_loses_its_vote_until_it_has_caught_up()
    {
        var next = Three.Voters.Replace(NewC, "c:4053");
        Assert.Equal([Three.A, Three.B], next.Voters.Select(voter => voter.Id));
        Assert.Equal(NewC, Assert.Single(next.Learners));
        Assert.False(next.Names(Three.Member(Three.C)));
        Assert.True(next.Names(NewC));
    }

    [Fact]
    public void Quorums_that_were_chosen_by_hand_are_kept_where_they_fit()
    {
        var flexible = new Configuration(1, Three.Voters.Voters, [], new QuorumRule(3, 2));
        Assert.Equal(new QuorumRule(3, 2), flexible.Add(D, "d:4053").Promote(D.Id).Remove(Three.A).Rule);
        Assert.Equal(QuorumRule.Majority(2), flexible.Remove(Three.A).Rule);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_the_reason()
    {
        Assert.Contains("not a member", Assert.Throws<ArgumentException>(() => Three.Voters.Remove(D.Id)).Message, StringComparison.Ordinal);
        Assert.Contains("another incarnation", Assert.Throws<ArgumentException>(() => Three.Voters.Add(NewC, "c:1")).Message, StringComparison.Ordinal);
        Assert.Contains("votes already", Assert.Throws<ArgumentException>(() => Three.Voters.Promote(Three.A)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "last voter",
            Assert.Throws<ArgumentException>(() => Three.Voters.Remove(Three.A).Remove(Three.B).Remove(Three.C)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_bytes_hold_all_of_it()
    {
        var configuration = Three.WithLearner.Add(new Member(new NodeId("e"), new Incarnation(5)), "e:4053");
        Assert.Equal(configuration, Configuration.Decode(configuration.Encode()));
    }
}
