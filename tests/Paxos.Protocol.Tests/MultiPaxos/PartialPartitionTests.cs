namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>The partial partitions of the OmniPaxos paper (EuroSys 2023, section 2) and the bridge of openraft #2080.</summary>
public sealed class PartialPartitionTests
{
    private readonly LogCluster five = new("a b c d e");

    [Fact]
    public void Quorum_loss_the_only_node_that_hears_a_quorum_takes_over()
    {
        five.Elect("a");
        // All hear b and nobody else.
        Cut(five, "a-c", "a-d", "a-e", "c-d", "c-e", "d-e");
        Assert.True(five["b"].IsRunning(Timer.Stand));
        Assert.All(five.Up.Where(node => node.Id != new NodeId("b")), node => Assert.False(node.IsRunning(Timer.Stand)));
        five.Elect("b");
        five.Submit("b", "two");
        Assert.All(five.Up, node => Assert.Equal("two", node.Applied[^1]));
    }

    [Fact]
    public void Constrained_the_leader_is_dead_and_only_one_of_the_others_hears_a_quorum()
    {
        five.Elect("a");
        five.Loses = (_, to, _) => to == new NodeId("b");
        five.Submit("a", "two");
        five.Loses = (_, _, _) => false;
        // b, which is behind, is the only one that can.
        five.Kill("a");
        Cut(five, "c-d", "c-e", "d-e");
        Assert.Equal([new NodeId("b")], five.Up.Where(node => node.IsRunning(Timer.Stand)).Select(node => node.Id));
        five.Elect("b");
        Assert.Contains("two", five["b"].Applied);
        five.Submit("b", "three");
        Assert.All(five.Up, node => Assert.Equal("three", node.Applied[^1]));
    }

    [Fact]
    public void Chained_an_end_that_no_longer_hears_the_leader_lets_it_lead_where_the_middle_vouches_for_it()
    {
        var three = new LogCluster("a b c");
        three.Elect("a");
        Cut(three, "a-c");
        Assert.All(three.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
        three.Submit("a", "two");
        Assert.Equal("two", three["b"].Applied[^1]);
        three.Kill("a");
        three.Elect("c");
        Assert.Equal("two", three["c"].Applied[1]);
    }

    [Fact]
    public void Bridge_two_halves_that_share_one_node_keep_their_leader()
    {
        five.Elect("a");
        Cut(five, "a-d", "a-e", "b-d", "b-e");
        Assert.All(five.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
        five.Submit("a", "two");
        Assert.Equal("two", five["c"].Applied[^1]);
        // It dies, and b with one other hears no quorum: the bridge or who hears it goes on.
        five.Kill("a");
        Cut(five, "b-d", "b-e");
        Assert.False(five["b"].IsRunning(Timer.Stand));
        five.Elect("d");
        Assert.Contains("two", five["d"].Applied);
    }

    [Fact]
    public void A_node_that_comes_back_from_a_minority_deposes_nobody()
    {
        five.Elect("a");
        var rest = new[] { "a-d", "a-e", "b-d", "b-e", "c-d", "c-e" };
        Cut(five, rest);
        Assert.All(five.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
        five.Submit("a", "two");
        Cut(five);
        Assert.All(five.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
        five.FireAll(Timer.Retry);
        Assert.Equal("two", five["e"].Applied[^1]);
        Assert.Equal(new NodeId("a"), five["e"].Proposer.Leader);
    }

    [Fact]
    public void A_leader_whose_process_has_started_anew_leads_no_more()
    {
        five.Elect("a");
        five.Restart("a");
        Assert.All(five.Up, node => Assert.True(node.IsRunning(Timer.Stand)));
        five.Elect("c");
        five.Submit("a", "two");
        Assert.Equal("two", five["a"].Applied[^1]);
    }

    private static void Cut(LogCluster cluster, params string[] links)
    {
        cluster.Loses = (from, to, _) => links.Contains($"{from}-{to}") || links.Contains($"{to}-{from}");
        cluster.HearAll(links);
    }
}
