namespace Paxos.Protocol.Tests;

public sealed class QuorumTests
{
    [Fact]
    public void A_node_is_counted_once_however_often_it_answers()
    {
        var quorum = new Quorum(Three.Voters);
        Assert.True(quorum.Add(Three.B));
        Assert.False(quorum.Add(Three.B));
        Assert.Equal(1, quorum.Count);
        Assert.True(quorum.Contains(Three.B));
        Assert.False(quorum.Contains(Three.A));
        Assert.True(quorum.Add(Three.A));
        Assert.Equal(2, quorum.Count);
    }

    [Fact]
    public void A_node_without_a_vote_is_not_counted()
    {
        var quorum = new Quorum(Three.WithLearner);
        Assert.False(quorum.Add(Three.Learner));
        Assert.False(quorum.Add(new NodeId("stranger")));
        Assert.False(quorum.Contains(Three.Learner));
        Assert.Equal(0, quorum.Count);
    }

    [Fact]
    public void As_many_voters_as_a_configuration_may_have_are_told_apart()
    {
        var voters = Enumerable.Range(0, Configuration.MaxVoters).Select(i => Three.Member(new NodeId($"n{i}"))).ToArray();
        var quorum = new Quorum(new Configuration(1, voters, []));
        Assert.All(voters, voter => Assert.True(quorum.Add(voter.Id)));
        Assert.Equal(Configuration.MaxVoters, quorum.Count);
        Assert.Throws<ArgumentException>(() => new Configuration(1, [.. voters, Three.Member(Three.A)], []));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    public void A_majority_is_more_than_half(int voters, int majority)
    {
        Assert.Equal(new QuorumRule(majority, majority), QuorumRule.Majority(voters));
        QuorumRule.Majority(voters).Validate(voters);
    }

    [Fact]
    public void A_rule_holds_exactly_where_every_two_quorums_of_the_two_phases_meet()
    {
        const int Voters = 5;
        for (var phase1 = -1; phase1 <= Voters + 1; phase1++)
        {
            for (var phase2 = -1; phase2 <= Voters + 1; phase2++)
            {
                var error = Record.Exception(() => new QuorumRule(phase1, phase2).Validate(Voters));
                var isPossible = phase1 is >= 1 and <= Voters && phase2 is >= 1 and <= Voters;
                Assert.Equal(isPossible && AlwaysMeet(phase1, phase2, Voters), error is null);
                if (error is not null)
                    Assert.IsType<ArgumentException>(error);
            }
        }
    }

    [Fact]
    public void A_configuration_refuses_a_rule_under_which_two_values_could_be_chosen() =>
        Assert.Throws<ArgumentException>(() => new Configuration(1, Three.Voters.Voters, [], new QuorumRule(2, 1)));

    private static bool AlwaysMeet(int one, int other, int voters)
    {
        for (var left = 0; left < 1 << voters; left++)
        {
            for (var right = 0; right < 1 << voters; right++)
            {
                if (int.PopCount(left) == one && int.PopCount(right) == other && (left & right) == 0)
                    return false;
            }
        }
        return true;
    }
}
