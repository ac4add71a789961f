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
        // It remembers the others' journals as any node does.
        d.Hear(a.Identity.Member, a.HelloTo(d)!);
        Assert.Equal((a.Identity.Incarnation, 3UL), (d.HelloTo(a)!.Heard!.Value.Incarnation, d.HelloTo(a)!.Heard!.Value.Journal));
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
        Assert.True(a.Formation.TakesPartWith(c.Identity.Member));
        a.Formation.Adopt(a.Formation.Current!.Replace(wiped.Identity.Member, "c:1"));
        // It was the other one that said Hello.
        Assert.False(a.Formation.TakesPartWith(wiped.Identity.Member));
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
            c.Formation.On(node.Identity.Member, node.HelloTo(c)!, 99, openEpoch: 1);
        }
        Assert.Equal(FormationState.Open, c.Formation.State);
        foreach (var node in (FormingNode[])[a, b])
            c.Formation.On(node.Identity.Member, node.HelloTo(c)!, 99, openEpoch: next.VoterEpoch);
        Assert.Equal(FormationState.Refused, c.Formation.State);
    }

    [Fact]
    public void Older_configurations_that_the_log_of_a_node_comes_to_bring_nobody_back()
    {
        var genesis = a.Formation.Genesis!;
        var without = genesis.Remove(c.Id);
        var next = without.Add(d.Identity.Member, "d:1");
        d.Hear(a.Identity.Member, new Hello(genesis, true, 9, null, next));
        d.WriteAll();
        d.Formation.Adopt(genesis);
        Assert.DoesNotContain(c.Identity.Member, d.Formation.Listened);
        a.Formation.Adopt(without);
        a.Formation.Adopt(next);
        a.Formation.Adopt(genesis.Add(new Member(new NodeId("e"), default), "e:1"));
        Assert.Equal([a.Identity.Member, b.Identity.Member, d.Identity.Member], a.Formation.Listened);
    }

    [Fact]
    public void Of_two_configurations_that_let_it_in_the_newer_is_written()
    {
        var next = a.Formation.Genesis!.Add(d.Identity.Member, "d:1");
        var later = next.Promote(d.Id);
        var formation = new Formation(d.Identity, isFormed: true, [a.Id, b.Id, c.Id], [], joins: true);
        formation.Recover(new Born(d.Identity));
        foreach (var shown in new[] { later, next })
            formation.On(a.Identity.Member, new Hello(a.Formation.Genesis, true, 9, null, shown), 1);
        Assert.Equal(new GenesisAgreed(later), formation.Next());
    }

    [Fact]
    public void The_first_configuration_of_a_node_that_joined_is_news_to_others()
    {
        var next = a.Formation.Current!.Add(d.Identity.Member, "d:1");
        c.Hear(d.Identity.Member, new Hello(next, true, 1, null));
        Assert.Equal(next, c.Formation.Current);
    }

    [Fact]
    public void A_node_that_joins_asks_all_of_whom_it_was_shown_and_waits_for_nobody()
    {
        var e = new FormingNode("e", 5, ["a"], joins: true);
        e.WriteAll();
        Assert.Equal([a.Id], e.Formation.Peers);
        e.Hear(a.Identity.Member, a.HelloTo(e)!);
        Assert.Equal([a.Id, b.Id, c.Id], e.Formation.Peers);
        Assert.Empty(e.Formation.WaitingFor);
        Assert.Null(e.Formation.Current);
        Assert.Empty(e.Formation.Listened);
        Assert.Null(e.Formation.Stranger(a.Id));
        // What is older, or comes from none of them, shows nothing more.
        var older = new Configuration(1, [a.Identity.Member, new Member(new NodeId("x"), default)], []);
        var newer = new Configuration(9, [b.Identity.Member, new Member(new NodeId("y"), default)], []);
        e.Hear(a.Identity.Member, new Hello(older, true, 1, null));
        e.Hear(a.Identity.Member, new Hello(newer, true, 1, null));
        e.Hear(b.Identity.Member, new Hello(newer, false, 1, null));
        Assert.Equal([a.Id, b.Id, c.Id], e.Formation.Peers);
        e.Hear(b.Identity.Member, new Hello(newer, true, 1, null));
        Assert.Equal([a.Id, b.Id, new NodeId("y")], e.Formation.Peers);
    }

    [Fact]
    public void Only_an_open_member_of_it_lets_a_node_into_a_configuration_and_the_newest_counts()
    {
        var genesis = a.Formation.Genesis!;
        var next = genesis.Add(d.Identity.Member, "d:1");
        var later = next.Promote(d.Id);
        d.Hear(a.Identity.Member, new Hello(genesis, false, 9, null, later));
        d.Hear(new Member(a.Id, new Incarnation(9)), new Hello(genesis, true, 9, null, later));
        d.Hear(a.Identity.Member, new Hello(genesis, true, 9, null, genesis.Add(new Member(d.Id, new Incarnation(9)), "d:1")));
        Assert.False(d.IsWriting);
        Assert.True(d.Formation.WaitsToBeAdded);
        d.Hear(a.Identity.Member, new Hello(genesis, true, 9, null, next));
        Assert.True(d.IsWriting);
        d.WriteAll();
        Assert.Equal(next, d.Formation.Genesis);
        Assert.Null(d.Formation.Difference);
        Assert.False(d.Formation.WaitsToBeAdded);
        d.Hear(a.Identity.Member, new Hello(genesis, true, 9, null, later));
        d.WriteAll();
        Assert.Equal((next, later), (d.Formation.Genesis, d.Formation.Current));
    }

    [Fact]
    public void A_learner_that_was_let_go_is_listened_to_until_the_log_has_come_there_too()
    {
        var added = a.Formation.Current!.Add(d.Identity.Member, "d:1");
        a.Formation.Adopt(added);
        Talk();
        var next = added.Remove(d.Id);
        b.Formation.Adopt(next);
        Say(b, a);
        Assert.True(a.Formation.TakesPartWith(d.Identity.Member));
        a.Formation.Adopt(next);
        Assert.False(a.Formation.TakesPartWith(d.Identity.Member));
        Assert.True(a.Formation.TakesPartWith(b.Identity.Member));
    }

    [Fact]
    public void What_a_node_was_told_of_its_removal_counts_no_more_when_it_is_a_member_again()
    {
        var first = c.Formation.Current!;
        var without = first.Remove(c.Id);
        var again = without.Add(c.Identity.Member, "c:1");
        foreach (var isInLog in new[] { true, false })
        {
            c.Crash();
            Say(a, c);
            c.Hear(a.Identity.Member, new Hello(first, true, 1, null, without));
            if (isInLog)
                c.Formation.Adopt(again);
            else
                c.Hear(a.Identity.Member, new Hello(first, true, 1, null, again));
            c.Hear(b.Identity.Member, new Hello(first, true, 1, null, again.Remove(c.Id)));
            Assert.Equal(FormationState.Open, c.Formation.State);
        }
        c.Hear(a.Identity.Member, new Hello(first, true, 1, null, again.Remove(c.Id)));
        Assert.Equal(FormationState.Refused, c.Formation.State);
    }

    [Fact]
    public void Only_voters_that_it_names_speak_for_a_configuration_without_this_node()
    {
        var first = c.Formation.Current!;
        var without = first.Add(d.Identity.Member, "d:1").Remove(c.Id);
        c.Hear(a.Identity.Member, new Hello(first, true, 1, null, without));
        c.Hear(d.Identity.Member, new Hello(first, true, 1, null, without));
        c.Hear(new Member(b.Id, new Incarnation(22)), new Hello(first, true, 1, null, without));
        Assert.Equal(FormationState.Open, c.Formation.State);
        c.Hear(b.Identity.Member, new Hello(first, true, 1, null, without));
        Assert.Contains("was removed", c.Formation.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_in_whose_place_another_was_put_says_so()
    {
        var next = c.Formation.Current!.Replace(new Member(c.Id, new Incarnation(33)), "c:1");
        c.Hear(a.Identity.Member, new Hello(c.Formation.Genesis, true, 1, null, next));
        c.Hear(b.Identity.Member, new Hello(c.Formation.Genesis, true, 1, null, next));
        Assert.Contains("was replaced", c.Formation.Reason, StringComparison.Ordinal);
        Assert.Null(c.HelloTo(a));
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
