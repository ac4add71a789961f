namespace Paxos.Protocol.Tests;

public sealed class FormationTests
{
    private readonly FormingNode a = new("a", 1);
    private readonly FormingNode b = new("b", 2);
    private readonly FormingNode c = new("c", 3);

    [Fact]
    public void Three_new_nodes_open_one_genesis()
    {
        Form(a, b, c);

        Assert.All([a, b, c], node => Assert.Equal(FormationState.Open, node.Formation.State));
        Assert.All([a, b, c], node => Assert.Equal(a.Formation.Genesis, node.Formation.Genesis));
        Assert.All([a, b, c], node => Assert.Equal(
            [new Born(node.Identity), new GenesisAgreed(a.Formation.Genesis!), new Opened()], node.Journal));
        Assert.Equal(new Configuration(1, [a.Identity.Member, b.Identity.Member, c.Identity.Member], []), a.Formation.Genesis);
    }

    [Fact]
    public void Learners_and_the_quorum_rule_are_part_of_the_genesis()
    {
        var rule = new QuorumRule(2, 1);
        FormingNode[] nodes = [.. "abc".Select((id, i) => new FormingNode($"{id}", i, ["a", "b"], ["c"], rule))];

        Form(nodes);

        Assert.All(nodes, node => Assert.Equal(FormationState.Open, node.Formation.State));
        var genesis = nodes[2].Formation.Genesis!;
        Assert.Equal((rule, nodes[2].Identity.Member), (genesis.Rule, Assert.Single(genesis.Learners)));
    }

    [Fact]
    public void A_single_node_opens_by_itself()
    {
        var only = new FormingNode("a", 1, ["a"]);
        only.WriteAll();
        Assert.Equal(FormationState.Open, only.Formation.State);
        Assert.True(only.Formation.TakesPartWith(only.Identity.Member));
    }

    [Fact]
    public void Nothing_is_said_before_the_node_is_born()
    {
        Assert.Null(a.HelloTo(b));
        a.Written();
        Assert.NotNull(a.HelloTo(b));
    }

    [Fact]
    public void No_genesis_is_built_before_all_were_heard()
    {
        Start(a, b, c);
        Say(b, a);
        Assert.False(a.IsWriting);
        Assert.Equal([c.Id], a.Formation.WaitingFor);
        Say(c, a);
        Assert.True(a.IsWriting);
    }

    [Fact]
    public void Who_has_heard_all_waits_for_the_first_voter_to_build_the_genesis()
    {
        Start(a, b, c);
        Assert.Equal([a.Id, c.Id], b.Formation.WaitingFor);
        Say(a, b);
        Say(c, b);
        Assert.False(b.IsWriting);
        Assert.Equal([a.Id], b.Formation.WaitingFor);
        Form(a, b, c);
        Assert.Empty(b.Formation.WaitingFor);
        Assert.Null(b.Formation.Stranger(a.Id));
    }

    [Fact]
    public void A_genesis_is_shown_only_when_it_is_durable()
    {
        Start(a, b, c);
        Say(b, a);
        Say(c, a);
        Assert.Null(a.HelloTo(b)!.Genesis);
        a.Written();
        Assert.NotNull(a.HelloTo(b)!.Genesis);
    }

    [Fact]
    public void What_is_heard_during_a_write_does_not_change_what_is_written()
    {
        Start(a, b, c);
        Say(b, a);
        Say(c, a);
        b.Wipe(4);
        b.WriteAll();
        Say(b, a);
        a.Written();
        Assert.Contains(new Member(b.Id, new Incarnation(2)), a.Formation.Genesis!.Voters);
    }

    [Fact]
    public void A_node_opens_only_when_all_have_shown_the_genesis()
    {
        HoldGenesis();
        Say(b, a);
        a.WriteAll();
        Assert.Equal(FormationState.Forming, a.Formation.State);
        Assert.Equal([c.Id], a.Formation.WaitingFor);
        Say(b, a);
        a.WriteAll();
        Assert.Equal(FormationState.Forming, a.Formation.State);
        Say(c, a);
        Assert.Equal(FormationState.Forming, a.Formation.State);
        a.Written();
        Assert.Equal(FormationState.Open, a.Formation.State);
    }

    [Fact]
    public void Who_hears_that_the_genesis_is_open_opens_without_the_others()
    {
        HoldGenesis();
        Say(b, a);
        Say(c, a);
        a.WriteAll();
        Say(a, b);
        b.WriteAll();
        Assert.Equal(FormationState.Open, b.Formation.State);
    }

    [Theory]
    [InlineData(0, FormationState.Forming)]
    [InlineData(1, FormationState.Forming)]
    [InlineData(2, FormationState.Forming)]
    [InlineData(3, FormationState.Open)]
    public void A_crash_after_any_event_goes_on_from_there(int events, FormationState state)
    {
        var genesis = new Configuration(1, [a.Identity.Member, b.Identity.Member, c.Identity.Member], []);
        Event[] journal = [new Born(a.Identity), new GenesisAgreed(genesis), new Opened()];
        var formation = new Formation(a.Identity, isFormed: events > 0, [a.Id, b.Id, c.Id], []);
        foreach (var @event in journal[..events])
            formation.Recover(@event);
        Assert.Equal(events == 0 ? journal[0] : null, formation.Next());
        // Nothing more before that is durable.
        Assert.Null(formation.Next());
        Assert.Equal(state, formation.State);
        Assert.Equal(events > 1 ? genesis : null, formation.Genesis);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Crashes_at_every_write_do_not_keep_the_genesis_from_opening(bool keepsWrite)
    {
        FormingNode[] nodes = [a, b, c];
        for (var round = 0; round < 8; round++)
        {
            foreach (var (from, to) in Pairs(nodes))
            {
                if (from.HelloTo(to) is { } hello)
                    to.Hear(from.Identity.Member, hello);
                if (to.IsWriting && round % 2 == 0)
                    to.Crash(keepsWrite);
                to.WriteAll();
            }
        }
        Assert.All(nodes, node => Assert.Equal(FormationState.Open, node.Formation.State));
        Assert.All(nodes, node => Assert.Equal(a.Formation.Genesis, node.Formation.Genesis));
    }

    [Fact]
    public void Events_that_come_twice_change_nothing()
    {
        Form(a, b, c);
        foreach (var @event in a.Journal)
            a.Formation.Recover(@event);
        Assert.Equal(FormationState.Open, a.Formation.State);
        Assert.Null(a.Formation.Next());
    }

    [Fact]
    public void A_formed_directory_without_Born_is_refused()
    {
        var formation = new Formation(a.Identity, isFormed: true, [a.Id, b.Id, c.Id], []);
        Assert.Null(formation.Next());
        Refused(formation, "journal", "deleted");
    }

    [Fact]
    public void A_journal_of_another_identity_is_refused()
    {
        a.WriteAll();
        Refused(a.Exchange(new Born(b.Identity)), "journal is that of node b", "belongs to this directory");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_wiped_node_is_refused_by_itself_and_ignored_by_the_others(bool isOpen)
    {
        if (isOpen)
            Form(a, b, c);
        else
            HoldGenesis();
        b.Wipe(4);
        b.WriteAll();
        Assert.Contains("incarnation", Say(b, a));
        Assert.False(a.Formation.TakesPartWith(b.Identity.Member));
        Assert.NotEqual(FormationState.Refused, a.Formation.State);
        Say(a, b);
        Refused(b.Formation, "by the incarnation", "old data directory", "members replace", "ever ready");
        Assert.Null(b.HelloTo(a));
        Assert.False(b.IsWriting);
    }

    [Fact]
    public void Two_geneses_that_meet_refuse_on_both_sides()
    {
        Start(a, b, c);
        var (early, late) = (b.HelloTo(a)!, c.HelloTo(a)!);
        Say(b, a);
        Say(c, a);
        a.WriteAll();
        Say(a, b);
        b.WriteAll();
        // b holds the genesis of a's first incarnation. The second hears what was said before, and c adopts what it builds.
        a.Wipe(4);
        a.WriteAll();
        a.Hear(b.Identity.Member, early);
        a.Hear(c.Identity.Member, late);
        a.WriteAll();
        Say(a, c);
        c.WriteAll();

        Say(b, c);
        Say(c, b);
        Refused(b.Formation, "different beginnings", "delete all their data directories");
        Refused(c.Formation, "different beginnings", "delete all their data directories", $"a {new Incarnation(1)}", $"a {new Incarnation(4)}");
        Say(b, a);
        Refused(a.Formation, "by the incarnation");
    }

    [Fact]
    public void Who_refused_first_still_shows_its_genesis_to_the_other()
    {
        Start(a, b, c);
        var rule = new QuorumRule(3, 1);
        var other = new Configuration(1, [a.Identity.Member, b.Identity.Member, c.Identity.Member], [], rule);
        HoldGenesis();
        a.Hear(b.Identity.Member, new Hello(other, false, 2, null));
        Refused(a.Formation, "different beginnings");
        Assert.Equal(a.Formation.Genesis, a.HelloTo(b)!.Genesis);
    }

    [Fact]
    public void Different_settings_are_refused_before_anything_is_written()
    {
        var d = new FormingNode("c", 4, ["a", "b", "c", "d"]);
        Start(a, b, d);
        Say(b, a);
        Say(d, a);
        a.WriteAll();
        Say(a, d);
        Refused(d.Formation, "a, b, c (quorums of 2 and 2)", "a, b, c, d (quorums of 3 and 3)", "same members");
        Assert.False(d.IsWriting);
        var learning = new FormingNode("c", 4, ["a", "b"], ["c"]);
        learning.WriteAll();
        Say(a, learning);
        Refused(learning.Formation, "a, b, c (quorums of 2 and 2)", "a, b, learners c (quorums of 2 and 2)");
    }

    [Fact]
    public void Who_is_not_in_the_genesis_is_refused()
    {
        var d = new FormingNode("d", 4, ["a", "b", "c", "d"]);
        Form(a, b, c);
        d.WriteAll();
        Assert.Contains("not one of the members", Say(d, a));
        Say(a, d);
        Refused(d.Formation, "none of them", "members add");
    }

    [Fact]
    public void Settings_that_changed_later_are_told_and_change_nothing()
    {
        Form(a, b, c);
        var formation = new Formation(a.Identity, true, [a.Id, b.Id, new NodeId("d")], []);
        foreach (var @event in a.Journal)
            formation.Recover(@event);
        Assert.Equal(FormationState.Open, formation.State);
        Assert.Equal(a.Formation.Genesis, formation.Genesis);
        Assert.Contains("a, b, d", formation.Difference);
        Assert.Equal([b.Id, new NodeId("d"), c.Id], formation.Peers);
        Assert.Null(a.Formation.Difference);
    }

    [Fact]
    public void A_stranger_is_not_listened_to()
    {
        var stranger = new Member(new NodeId("x"), new Incarnation(9));
        a.WriteAll();
        Assert.Contains("not one of the members a, b, c", a.Hear(stranger, new Hello(null, false, 1, null)));
        // Of strangers' geneses only one that names this node concerns it.
        var theirs = new Configuration(1, [stranger], []);
        Assert.Contains("not one of the members", a.Hear(stranger, new Hello(theirs, true, 1, null)));
        Assert.Equal(FormationState.Forming, a.Formation.State);
        a.Hear(stranger, new Hello(new Configuration(1, [stranger, new Member(a.Id, new Incarnation(7))], []), true, 1, null));
        Refused(a.Formation, "by the incarnation");
    }

    [Fact]
    public void A_genesis_that_does_not_name_its_sender_is_not_adopted()
    {
        Start(a, b);
        var genesis = new Configuration(1, [a.Identity.Member, b.Identity.Member, c.Identity.Member], []);
        Assert.NotNull(b.Hear(new Member(a.Id, new Incarnation(8)), new Hello(genesis, false, 1, null)));
        Assert.False(b.IsWriting);
    }

    [Fact]
    public void A_second_process_of_the_same_name_is_not_listened_to()
    {
        a.WriteAll();
        Assert.Contains("this node", a.Hear(new Member(a.Id, new Incarnation(9)), new Hello(null, false, 1, null)));
    }

    [Fact]
    public void A_restored_copy_is_refused_by_what_a_peer_remembers()
    {
        Form(a, b, c);
        a.TakePart(10);
        Say(a, b);
        a.Forget(kept: 3, roleEvents: 9);
        Say(b, a);
        Refused(a.Formation, "had 13 events, but it has 12", "older copy", "newest data directory");
        Assert.Null(a.HelloTo(b));
        Assert.False(a.Formation.TakesPartWith(b.Identity.Member));
    }

    [Fact]
    public void A_restored_copy_is_refused_whatever_it_has_written_since_it_started()
    {
        Form(a, b, c);
        a.TakePart(10);
        Say(a, b);
        a.Forget(kept: 3, roleEvents: 9);
        a.TakePart(5);
        Say(a, b);
        Say(b, a);
        Refused(a.Formation, "had 13 events, but it has 12");
    }

    [Fact]
    public void A_process_that_was_put_back_with_its_memory_is_refused_too()
    {
        Form(a, b, c);
        a.TakePart(10);
        Say(a, b);
        a.TakePart(-1);
        Say(b, a);
        Refused(a.Formation, "had 13 events, but it has 12");
    }

    [Fact]
    public void What_a_process_wrote_itself_is_not_held_against_it()
    {
        Form(a, b, c);
        a.TakePart(10);
        a.Crash();
        a.TakePart(5);
        Say(a, b);
        Say(b, a);
        Assert.Equal(FormationState.Open, a.Formation.State);
    }

    [Fact]
    public void Late_Hellos_do_not_lower_what_a_peer_remembers()
    {
        Form(a, b, c);
        var late = a.HelloTo(b)!;
        a.TakePart(10);
        Say(a, b);
        b.Hear(a.Identity.Member, late);
        Assert.Equal((a.Identity.Incarnation, 13UL), (b.HelloTo(a)!.Heard!.Value.Incarnation, b.HelloTo(a)!.Heard!.Value.Journal));
        a.Crash();
        Say(b, a);
        Assert.Equal(FormationState.Open, a.Formation.State);
    }

    [Fact]
    public void A_node_that_comes_back_with_just_what_was_heard_of_it_is_heard_on()
    {
        Form(a, b, c);
        Assert.Equal(3UL, b.HelloTo(a)!.Heard!.Value.Journal);
        a.Crash();
        a.TakePart(5);
        Say(a, b);
        Assert.Equal(8UL, b.HelloTo(a)!.Heard!.Value.Journal);
    }

    [Fact]
    public void What_was_heard_of_a_wiped_node_is_not_held_against_the_new_one()
    {
        Start(a, b, c);
        b.TakePart(10);
        Say(b, a);
        b.Wipe(4);
        b.WriteAll();
        Say(a, b);
        Form(a, b, c);
        Assert.All([a, b, c], node => Assert.Equal(FormationState.Open, node.Formation.State));
    }

    [Fact]
    public void Of_two_reasons_to_refuse_the_first_is_told()
    {
        Form(a, b, c);
        a.Forget(kept: 1);
        a.Hear(b.Identity.Member, new Hello(b.Formation.Genesis, true, 3, new Heard(a.Identity.Incarnation, 99)));
        Refused(a.Formation, "was there when the cluster was formed");
        Assert.Null(a.Hear(new Member(a.Id, default), new Hello(null, false, 1, null)));
    }

    [Fact]
    public void A_peer_with_a_genesis_without_this_node_is_refused_though_this_ones_names_it()
    {
        HoldGenesis();
        a.Hear(b.Identity.Member, new Hello(new Configuration(1, [b.Identity.Member], []), false, 2, null));
        Refused(a.Formation, "none of them");
    }

    [Fact]
    public void What_is_heard_before_the_node_is_born_is_as_if_it_had_not_been()
    {
        Start(b);
        Assert.Null(a.Hear(b.Identity.Member, b.HelloTo(a)!));
        a.WriteAll();
        Assert.Equal([b.Id, c.Id], a.Formation.WaitingFor);
        var formation = new Formation(a.Identity, isFormed: false, [a.Id, b.Id, c.Id], []);
        formation.Adopt(new Configuration(2, [a.Identity.Member], []));
        Assert.Null(formation.Current);
    }

    [Fact]
    public void That_the_genesis_is_open_may_be_heard_twice_before_it_is_written()
    {
        var genesis = new Configuration(1, [a.Identity.Member, b.Identity.Member, c.Identity.Member], []);
        var formation = new Formation(a.Identity, isFormed: true, [a.Id, b.Id, c.Id], []);
        formation.Recover(new Born(a.Identity));
        formation.Recover(new GenesisAgreed(genesis));
        for (var i = 0; i < 2; i++)
            formation.On(b.Identity.Member, new Hello(genesis, true, 3, null), 1);
        Assert.Equal(new Opened(), formation.Next());
    }

    [Fact]
    public void Who_was_let_go_and_stands_in_no_list_but_the_genesis_is_greeted_so_that_it_learns_it()
    {
        Form(a, b, c);
        var formation = new Formation(a.Identity, true, [a.Id, b.Id], []);
        foreach (var @event in a.Journal)
            formation.Recover(@event);
        formation.Adopt(formation.Genesis!.Remove(c.Id));
        Assert.Equal([b.Id, c.Id], formation.Peers);
    }

    [Fact]
    public void A_copy_from_before_the_genesis_is_refused_though_all_peers_restarted()
    {
        Form(a, b, c);
        b.Crash();
        c.Crash();
        a.Forget(kept: 1);
        Say(b, a);
        Refused(a.Formation, "was there when the cluster was formed", "older copy");
    }

    [Fact]
    public void Roles_take_part_with_a_member_from_its_first_Hello_since_the_start()
    {
        Form(a, b, c);
        a.Crash();
        Assert.Equal(FormationState.Open, a.Formation.State);
        Assert.False(a.Formation.TakesPartWith(b.Identity.Member));
        Say(b, a);
        Assert.True(a.Formation.TakesPartWith(b.Identity.Member));
        Assert.False(a.Formation.TakesPartWith(new Member(b.Id, new Incarnation(9))));
        Assert.False(a.Formation.TakesPartWith(c.Identity.Member));
    }

    [Fact]
    public void A_node_that_its_members_do_not_name_waits_to_be_added()
    {
        var stranger = new FormingNode("d", 4);
        stranger.WriteAll();
        Assert.True(stranger.Formation.WaitsToBeAdded);
    }

    private static void Refused(Formation formation, params string[] says)
    {
        Assert.Equal(FormationState.Refused, formation.State);
        Assert.All(says, words => Assert.Contains(words, formation.Reason));
        Assert.Null(formation.Next());
    }

    private static void Start(params FormingNode[] nodes)
    {
        foreach (var node in nodes)
            node.WriteAll();
    }

    /// <summary>All hold the genesis, and none knows that of another but the first's.</summary>
    private void HoldGenesis()
    {
        Start(a, b, c);
        Say(b, a);
        Say(c, a);
        a.WriteAll();
        Say(a, b);
        Say(a, c);
        Start(b, c);
    }

    private static void Form(params FormingNode[] nodes)
    {
        Start(nodes);
        for (var round = 0; round < 4; round++)
        {
            foreach (var (from, to) in Pairs(nodes))
            {
                Say(from, to);
                to.WriteAll();
            }
        }
    }

    private static string? Say(FormingNode from, FormingNode to) => to.Hear(from.Identity.Member, from.HelloTo(to)!);

    private static IEnumerable<(FormingNode From, FormingNode To)> Pairs(FormingNode[] nodes) =>
        from one in nodes from other in nodes where one != other select (one, other);
}
