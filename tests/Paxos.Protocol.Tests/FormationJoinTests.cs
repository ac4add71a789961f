namespace Paxos.Protocol.Tests;

public sealed class FormationJoinTests
{
    private readonly FormingNode a = new("a", 1);
    private readonly FormingNode b = new("b", 2);
    private readonly FormingNode c = new("c", 3);
    private readonly FormingNode d = new("d", 4, joins: true);

    public FormationJoinTests()
    {
        d.WriteAll();
        Talk();
    }

    [Fact]
    public void A_node_that_joins_waits_until_it_is_added_and_the_members_know_of_it()
    {
        Assert.Equal(FormationState.Open, a.Formation.State);
        Assert.True(d.Formation.WaitsToBeAdded);
        Assert.Equal(d.Identity.Member, a.Formation.Stranger(d.Id));
        Assert.False(d.Formation.TakesPartWith(a.Identity.Member));
    }

    [Fact]
    public void Once_added_it_takes_part_and_is_heard_also_by_who_is_behind()
    {
        var next = a.Formation.Current!.Add(d.Identity.Member, "d:1");
        a.Formation.Adopt(next);
        Talk();
        Assert.Equal(FormationState.Open, d.Formation.State);
        Assert.All([a, b, c], node => Assert.True(node.Formation.TakesPartWith(d.Identity.Member)));
        Assert.True(d.Formation.TakesPartWith(c.Identity.Member));
        // After a restart too, and it asks nobody.
        Assert.Equal(FormationState.Open, d.Crash().State);
    }

    [Fact]
    public void A_configuration_with_another_incarnation_of_it_does_not_let_it_in()
    {
        var next = a.Formation.Current!.Add(new Member(d.Id, new Incarnation(44)), "d:1");
        a.Formation.Adopt(next);
        Talk();
        Assert.True(d.Formation.WaitsToBeAdded);
    }

    [Fact]
    public void A_removed_node_answers_until_a_majority_of_the_voters_without_it_has_told_it()
    {
        var next = a.Formation.Current!.Remove(c.Id);
        a.Formation.Adopt(next);
        Say(a, c);
        Assert.Equal(FormationState.Open, c.Formation.State);
        b.Formation.Adopt(next);
        Say(b, c);
        Assert.Equal(FormationState.Refused, c.Formation.State);
        Assert.Contains("removed", c.Formation.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wiped_node_comes_back_in_its_own_place_when_it_is_replaced()
    {
        var wiped = new FormingNode("c", 33, joins: true);
        wiped.WriteAll();
        Say(wiped, a);
        Say(a, wiped);
        Assert.True(wiped.Formation.WaitsToBeAdded);
        Assert.Equal(wiped.Identity.Member, a.Formation.Stranger(c.Id));
        a.Formation.Adopt(a.Formation.Current!.Replace(wiped.Identity.Member, "c:1"));
        Say(a, wiped);
        wiped.WriteAll();
        Assert.Equal(FormationState.Open, wiped.Formation.State);
        Say(wiped, a);
        Assert.True(a.Formation.TakesPartWith(wiped.Identity.Member));
        Assert.False(a.Formation.TakesPartWith(c.Identity.Member));
    }

    [Fact]
    public void One_that_has_just_joined_is_not_taken_for_another_beginning()
    {
        a.Formation.Adopt(a.Formation.Current!.Add(d.Identity.Member, "d:1"));
        d.Hear(a.Identity.Member, a.HelloTo(d)!);
        d.Written();
        Assert.True(d.IsWriting);
        // b has not heard of the change, and shows the configuration with which the cluster was formed.
        d.Hear(b.Identity.Member, b.HelloTo(d)!);
        d.WriteAll();
        Assert.Equal(FormationState.Open, d.Formation.State);
    }

    [Fact]
    public void After_a_crash_a_node_looks_for_those_whom_the_newest_configuration_names()
    {
        a.Formation.Adopt(a.Formation.Current!.Add(d.Identity.Member, "d:1"));
        Talk();
        Assert.All([a, b, c], node => Assert.IsType<ConfigurationKnown>(node.Journal[^1]));
        Assert.Equal(a.Formation.Current, c.Crash().Current);
        Assert.Contains(d.Id, c.Formation.Peers);
    }

    [Fact]
    public void Who_was_let_go_is_listened_to_until_the_log_has_come_there()
    {
        var next = a.Formation.Current!.Remove(c.Id);
        b.Formation.Adopt(next);
        Say(b, a);
        Assert.Equal(next, a.Formation.Current);
        Assert.True(a.Formation.TakesPartWith(c.Identity.Member));
        a.Formation.Adopt(next);
        Assert.False(a.Formation.TakesPartWith(c.Identity.Member));
    }

    [Fact]
    public void Who_was_let_go_is_listened_to_by_a_node_that_has_started_again_too()
    {
        var next = a.Formation.Current!.Remove(c.Id);
        b.Formation.Adopt(next);
        Say(b, a);
        a.Crash();
        Assert.Equal(next, a.Formation.Current);
        Assert.False(a.Formation.TakesPartWith(c.Identity.Member));
        Say(c, a);
        Assert.True(a.Formation.TakesPartWith(c.Identity.Member));
        Assert.Null(a.Formation.Stranger(c.Id));
        a.Formation.Adopt(next);
        Assert.False(a.Formation.TakesPartWith(c.Identity.Member));
        Say(c, a);
        Assert.Equal(c.Identity.Member, a.Formation.Stranger(c.Id));
    }

    [Fact]
    public void Who_is_removed_goes_only_when_those_who_say_so_have_taken_over_its_decisions()
    {
        var next = a.Formation.Current!.Remove(c.Id);
        foreach (var node in (FormingNode[])[a, b])
        {
            node.Formation.Adopt(next);
            c.Formation.On(node.Identity.Member, node.HelloTo(c)!, openEpoch: 1);
        }
        Assert.Equal(FormationState.Open, c.Formation.State);
        foreach (var node in (FormingNode[])[a, b])
            c.Formation.On(node.Identity.Member, node.HelloTo(c)!, openEpoch: next.VoterEpoch);
        Assert.Equal(FormationState.Refused, c.Formation.State);
    }

    private void Talk()
    {
        FormingNode[] all = [a, b, c, d];
        for (var round = 0; round < 4; round++)
        {
            foreach (var from in all)
            {
                foreach (var to in all)
                    Say(from, to);
            }
        }
    }

    private static void Say(FormingNode from, FormingNode to)
    {
        from.WriteAll();
        if (from != to && from.Formation.Peers.Contains(to.Id) && from.HelloTo(to) is { } hello)
            to.Hear(from.Identity.Member, hello);
        to.WriteAll();
    }
}
