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

    [Fact]
    public void Two_are_equal_only_where_all_of_it_is()
    {
        var one = new Configuration(3, Three.Voters.Voters, [D]) { VoterEpoch = 2 }.WithJoining([D.Id]).WithAddresses([new(D.Id, "d:1")]);
        var same = new Configuration(3, Three.Voters.Voters, [D]) { VoterEpoch = 2 }.WithJoining([D.Id]).WithAddresses([new(D.Id, "d:1")]);
        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Configuration Other(uint epoch = 3, uint voterEpoch = 2, Member[]? voters = null, Member? learner = null, QuorumRule? rule = null, bool joins = true, string address = "d:1")
        {
            var plain = new Configuration(epoch, voters ?? [.. Three.Voters.Voters], [learner ?? D], rule) { VoterEpoch = voterEpoch };
            return (joins ? plain.WithJoining([D.Id]) : plain).WithAddresses([new(D.Id, address)]);
        }
        Assert.Equal(one, Other());
        Assert.All(
            [
                Other(epoch: 4), Other(voterEpoch: 3), Other(voters: [Three.Member(Three.A), Three.Member(Three.B), NewC]),
                Other(learner: new Member(D.Id, new Incarnation(5))), Other(rule: new QuorumRule(3, 2)), Other(joins: false), Other(address: "d:2"),
            ],
            other => Assert.False(one.Equals(other)));
        Assert.False(one.Equals(null));
        Assert.False(one.Equals("configuration"));
    }

    [Fact]
    public void It_has_1_to_64_voters_and_names_each_node_once()
    {
        static Configuration Of(int voters) => new(1, Enumerable.Range(1, voters).Select(i => Three.Member(new NodeId($"n{i}"))), []);
        Assert.Equal(64, Of(64).Voters.Length);
        Assert.Throws<ArgumentException>(() => Of(65));
        Assert.Throws<ArgumentException>(() => Of(0));
        Assert.Throws<ArgumentException>(() => new Configuration(1, [Three.Member(Three.A)], [new Member(Three.A, new Incarnation(2))]));
        Assert.Throws<ArgumentException>(() => new Configuration(1, [Three.Member(Three.A)], [], new QuorumRule(2, 1)));
        // The last of so many counts as the first does.
        var quorum = new Quorum(Of(64));
        Assert.All(Of(64).Voters, voter => Assert.True(quorum.Add(voter.Id)));
        Assert.Equal(64, quorum.Count);
    }

    [Fact]
    public void Members_are_in_the_order_of_their_names()
    {
        var configuration = new Configuration(1, [Three.Member(Three.C), Three.Member(Three.A)], [D, Three.Member(Three.B)]);
        Assert.Equal<NodeId>([Three.A, Three.C, Three.B, D.Id], configuration.Everyone);
        Assert.Equal((0, 1, -1), (configuration.IndexOfVoter(Three.A), configuration.IndexOfVoter(Three.C), configuration.IndexOfVoter(D.Id)));
        Assert.Equal("configuration 1: a, c, learners b, d", configuration.ToString());
        Assert.Equal("configuration 1: a, b, c", Three.Voters.ToString());
    }

    [Fact]
    public void An_address_is_taken_of_a_member_that_has_none()
    {
        var added = Three.Voters.Add(D, "d:1");
        var next = added.WithAddresses([new(Three.A, "a:1"), new(D.Id, "d:2"), new(new NodeId("e"), "e:1")]);
        Assert.Equal([(Three.A, "a:1"), (D.Id, "d:1")], next.Addresses.Select(address => (address.Key, address.Value)));
        Assert.Equal([D.Id], next.Joining);
        Assert.Equal(added.VoterEpoch, next.VoterEpoch);
    }

    [Fact]
    public void Only_learners_are_to_become_voters()
    {
        var added = Three.Voters.Add(D, "d:1").WithJoining([]);
        Assert.Empty(added.Joining);
        var next = added.WithJoining([D.Id]);
        Assert.Equal([D.Id], next.Joining);
        Assert.Equal("d:1", next.Addresses[D.Id]);
        Assert.Throws<ArgumentException>(() => added.WithJoining([D.Id, Three.A]));
        Assert.Throws<ArgumentException>(() => added.WithJoining([new NodeId("e")]));
        Assert.Equal([D.Id], added.Add(new Member(new NodeId("e"), default), "e:1").WithJoining([D.Id]).Joining);
    }

    [Fact]
    public void A_removed_node_is_gone_with_its_address()
    {
        var added = Three.Voters.Add(D, "d:1");
        var next = added.Remove(D.Id);
        Assert.Equal((3U, 1U), (next.Epoch, next.VoterEpoch));
        Assert.Empty(next.Learners);
        Assert.Empty(next.Joining);
        Assert.Empty(next.Addresses);
        Assert.Null(next.Find(D.Id));
        // The last voter stays, and is no obstacle to others.
        var alone = new Configuration(1, [Three.Member(Three.A)], [D]);
        Assert.Empty(alone.Remove(D.Id).Learners);
    }

    [Fact]
    public void A_replaced_node_is_a_new_learner_that_is_to_vote_at_its_new_address()
    {
        var next = Three.Voters.WithAddresses([new(Three.C, "c:1")]).Replace(NewC, "c:2");
        Assert.Equal("c:2", next.Addresses[Three.C]);
        Assert.Equal([Three.C], next.Joining);
        Assert.Equal((2U, 2U), (next.Epoch, next.VoterEpoch));
        Assert.Equal(NewC, next.Find(Three.C));
        Assert.Contains("this very incarnation", Assert.Throws<ArgumentException>(() => next.Replace(NewC, "c:2")).Message, StringComparison.Ordinal);
        Assert.Contains("a member already", Assert.Throws<ArgumentException>(() => next.Add(NewC, "c:2")).Message, StringComparison.Ordinal);
        var learner = Three.WithLearner.Replace(D, "d:2");
        Assert.Equal((3, D), (learner.Voters.Length, learner.Learners[0]));
    }

    [Fact]
    public void Who_hears_voters_enough_for_either_phase_hears_a_quorum()
    {
        var flexible = new Configuration(1, Three.Voters.Voters, [], new QuorumRule(3, 1));
        Assert.False(flexible.IsQuorumHeard(Three.A, node => node == Three.B));
        Assert.True(flexible.IsQuorumHeard(Three.A, node => node != Three.A));
        Assert.True(Three.Voters.IsQuorumHeard(Three.A, node => node == Three.B));
        Assert.False(Three.Voters.IsQuorumHeard(Three.A, _ => false));
        // Without a vote it does not count itself.
        Assert.False(Three.WithLearner.IsQuorumHeard(D.Id, node => node == Three.B));
    }

    [Fact]
    public void Bytes_that_name_a_node_twice_are_refused_with_the_reason()
    {
        var writer = new CanonicalWriter();
        writer.Number(1);
        writer.Number(2);
        foreach (var voter in (Member[])[Three.Member(Three.A), Three.Member(Three.A)])
        {
            writer.Node(voter.Id);
            writer.Incarnation(voter.Incarnation);
        }
        foreach (var number in (ulong[])[0, 2, 2, 0, 0, 1])
            writer.Number(number);
        var bytes = new Value(writer.Written.ToArray());
        Assert.IsType<ArgumentException>(Assert.Throws<FormatException>(() => Configuration.Decode(bytes)).InnerException);
    }
}
