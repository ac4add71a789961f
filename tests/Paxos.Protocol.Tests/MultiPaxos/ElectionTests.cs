using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>When node a of a, b, c stands and when it waits for b: by whom it hears, and by what those say.</summary>
public sealed class ElectionTests
{
    private static readonly Ballot OneA = new(1, Three.A);
    private static readonly Ballot TwoB = new(2, Three.B);
    private static readonly Pong C = Pong(1, [Three.A]);

    private readonly Proposer proposer = new(Three.A, LogCluster.Of(1, "a b c"), new Rounds(10), LogOptions.Default);

    [Fact]
    public void A_leader_that_is_heard_and_hears_a_quorum_leads()
    {
        Assert.Empty(Observe(TwoB, isLeading: true));
        Assert.Equal(["at once LeaderIs(b) to a"], Hear((Three.B, Pong(1, [Three.A])), (Three.C, C)));
        Assert.Equal(["stand in 0 to 150 ms", "at once LeaderIs(nobody) to a"], Hear((Three.B, Pong(1, [])), (Three.C, C)));
        Assert.Equal(["no stand", "at once LeaderIs(b) to a"], Hear((Three.B, Pong(1, [Three.C])), (Three.C, C)));
    }

    [Fact]
    public void A_leader_that_is_not_heard_leads_where_one_that_is_heard_vouches_for_it()
    {
        Observe(TwoB, isLeading: true);
        Assert.Equal(
            ["at once LeaderIs(b) to a"],
            Hear((Three.C, Pong(1, [Three.A, Three.B], new HeardNode(Three.A, 5, default), new HeardNode(Three.B, 7, Nodes(Three.C))))));
        Assert.Equal(Three.B, proposer.Leader);
        Assert.Equal(
            ["stand in 0 to 150 ms", "at once LeaderIs(nobody) to a"],
            Hear((Three.C, Pong(1, [Three.A, Three.B], new HeardNode(Three.B, 7, default)))));
        Assert.Equal(
            ["no stand", "at once LeaderIs(b) to a"],
            Hear((Three.C, Pong(1, [Three.A, Three.B], new HeardNode(Three.B, 7, Nodes(Three.A))))));
        // It has started anew since.
        Assert.Equal(
            ["stand in 0 to 150 ms", "at once LeaderIs(nobody) to a"],
            Hear((Three.C, Pong(1, [Three.A, Three.B], new HeardNode(Three.B, 8, Nodes(Three.C))))));
    }

    [Fact]
    public void A_leader_that_has_started_anew_is_given_the_time_to_show_itself()
    {
        Observe(TwoB, isLeading: true);
        Hear((Three.B, Pong(1, [Three.A])), (Three.C, C));
        Assert.Equal(["stand in 500 to 1000 ms", "at once LeaderIs(nobody) to a"], Hear((Three.B, Pong(2, [Three.A])), (Three.C, C)));
        Assert.Empty(Observe(TwoB, isLeading: false));
        Assert.Equal(["no stand", "at once LeaderIs(b) to a"], Observe(TwoB, isLeading: true));
        Assert.Empty(Observe(TwoB, isLeading: true));
        Assert.Empty(Observe(OneA, isLeading: true));
    }

    [Fact]
    public void One_that_was_promised_to_and_is_heard_is_waited_for_longer_than_one_that_is_gone()
    {
        Hear((Three.B, Pong(1, [Three.A])), (Three.C, C));
        Assert.Equal(["no stand", "stand in 500 to 1000 ms"], Observe(TwoB, isLeading: false));
        Assert.Equal(["no stand", "stand in 0 to 150 ms"], Observe(new Ballot(3, new NodeId("d")), isLeading: false));
    }

    [Fact]
    public void Its_own_ballot_of_before_it_started_anew_is_nobodys_whatever_others_say_of_it()
    {
        Observe(new Ballot(3, Three.A), isLeading: true);
        Assert.Contains("stand in 500 to 1000 ms", Hear((Three.B, Pong(1, [Three.A], new HeardNode(Three.A, 7, Nodes(Three.B))))));
    }

    [Fact]
    public void Who_hears_no_quorum_does_not_stand()
    {
        Assert.Equal(["stand in 0 to 150 ms"], Hear((Three.B, Pong(1, []))));
        Assert.Empty(Hear((Three.C, C)));
        Assert.Equal(["no stand"], Hear());
        Assert.Empty(Hear());
        Assert.Equal(["stand in 0 to 150 ms"], Hear((Three.C, C)));
    }

    [Fact]
    public void A_node_whose_place_another_incarnation_has_taken_does_not_stand()
    {
        Hear((Three.B, Pong(1, [])));
        var replaced = LogCluster.Of(1, "a b c").Replace(new Member(Three.A, new Incarnation(9)), "a:1").Promote(Three.A);
        Assert.Equal(["no stand"], Three.Effects(effects => proposer.On(Three.A, new InForce(replaced, 4), default, effects)));
        Assert.Empty(Hear((Three.B, Pong(1, [])), (Three.C, C)));
    }

    [Fact]
    public void Who_waited_in_vain_waits_again_where_somebody_leads_and_else_stands()
    {
        Hear((Three.B, Pong(1, [Three.A])), (Three.C, C));
        Assert.Contains("send Prepare(1.a, from 0) to a", Fire(Protocol.Timer.Stand));
        // It stands already.
        Assert.Empty(Fire(Protocol.Timer.Stand));
    }

    [Fact]
    public void After_a_start_of_all_nobody_waits_for_whoever_led_before()
    {
        Observe(TwoB, isLeading: false, isRemembered: true);
        Assert.Equal(["stand in 0 to 150 ms"], Hear((Three.B, New(Three.A))));
        // It has made haste: it is a candidate of now, not the leader of before.
        Assert.Equal(["no stand", "stand in 500 to 1000 ms"], Observe(new Ballot(3, Three.B), isLeading: false));
    }

    [Fact]
    public void After_a_start_of_all_whoever_led_before_does_not_wait_either()
    {
        Observe(OneA, isLeading: false, isRemembered: true);
        Assert.Equal(["stand in 0 to 150 ms"], Hear((Three.B, New(Three.A)), (Three.C, New(Three.A))));
    }

    [Fact]
    public void A_node_that_starts_waits_where_the_others_may_have_a_leader()
    {
        Observe(TwoB, isLeading: false, isRemembered: true);
        // They have had a quorum without this node.
        Assert.Equal(["stand in 500 to 1000 ms"], Hear((Three.B, New(Three.A, Three.C))));
        Assert.Equal(["no stand"], Hear());
        // It has run for long.
        Assert.Equal(["stand in 500 to 1000 ms"], Hear((Three.B, Pong(1, [Three.A])), (Three.C, New(Three.A))));
        Assert.Equal(["no stand"], Hear());
        // It was promised to just now.
        Observe(new Ballot(3, Three.B), isLeading: false);
        Assert.Equal(["stand in 500 to 1000 ms"], Hear((Three.B, New(Three.A))));
    }

    [Fact]
    public void A_node_that_starts_waits_where_one_that_it_does_not_hear_yet_may_lead()
    {
        Observe(TwoB, isLeading: false, isRemembered: true);
        // c has started anew too, and hears b, which it says to hear a quorum.
        var ofB = new HeardNode(Three.B, 7, Nodes(Three.C));
        Assert.Equal(["stand in 500 to 1000 ms"], Hear((Three.C, New(Three.A) with { Reports = new([ofB]) })));
        Assert.Equal(["no stand"], Hear());
        Assert.Equal(["stand in 0 to 150 ms"], Hear((Three.C, New(Three.A) with { Reports = new([ofB with { Hears = Nodes(Three.A) }]) })));
    }

    [Fact]
    public void After_a_start_of_all_voters_nobody_waits_because_of_a_learner()
    {
        var ofB = new HeardNode(Three.B, 1, Nodes(Three.A));
        var learner = new NodeId("l");
        Observe(TwoB, isLeading: false, isRemembered: true);
        // It has run for long, and hears them all.
        Assert.Equal(
            ["stand in 0 to 150 ms"],
            Hear((Three.B, New(Three.A) with { Reports = new([new HeardNode(learner, 7, Nodes(Three.B, Three.C))]) }), (learner, Pong(7, [Three.B, Three.C], ofB))));
    }

    [Fact]
    public void After_a_start_of_all_whoever_stood_and_was_outbid_waits_for_the_other()
    {
        Hear((Three.B, New(Three.A)));
        Fire(Protocol.Timer.Stand);
        Assert.Contains(
            "stand in 500 to 1000 ms",
            Three.Effects(effects => proposer.On(Three.B, new Nack(OneA, TwoB), default, effects)));
    }

    [Fact]
    public void After_a_start_of_all_whoever_stood_in_vain_lets_others_go_first()
    {
        Hear((Three.B, New(Three.A)));
        Fire(Protocol.Timer.Stand);
        string[] effects;
        do
            effects = Fire(Protocol.Timer.Retry);
        while (proposer.Stage != "Following");
        Assert.Contains("stand in 500 to 1000 ms", effects);
    }

    private static Pong New(params NodeId[] hears) => Pong(1, hears) with { IsNew = true };

    private static EquatableArray<NodeId> Nodes(params NodeId[] nodes) => new([.. nodes]);

    private static Pong Pong(ulong boot, NodeId[] hears, params HeardNode[] reports) => new(0, 1, boot, Nodes(hears), reports.ToImmutableArray());

    private string[] Observe(Ballot ballot, bool isLeading, bool isRemembered = false) =>
        Three.Effects(effects => proposer.On(Three.A, new Observed(ballot, isLeading, isRemembered), default, effects));

    private string[] Fire(Protocol.Timer timer) => Three.Effects(effects => proposer.OnTimer(timer, default, effects));

    private string[] Hear(params (NodeId Node, Pong Pong)[] heard) =>
        Three.Effects(effects => proposer.On(new HearingView(heard.ToImmutableSortedDictionary(each => each.Node, each => each.Pong)), default, effects));
}
