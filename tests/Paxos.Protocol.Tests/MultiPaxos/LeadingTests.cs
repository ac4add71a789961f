using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

public sealed class LeadingTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private static readonly NodeId C = new("c");
    private readonly LogCluster cluster = new("a b c");

    [Fact]
    public void A_leader_proposes_its_barrier_and_then_commands_and_all_apply_them_in_order()
    {
        cluster.Elect("a");
        cluster.Submit("a", "one");
        cluster.Submit("b", "two");
        foreach (var node in cluster.Up)
            Assert.Equal(["no-op", "one", "two"], node.Applied);
        Assert.All(cluster.Up, node => Assert.Equal(A, node.Proposer.Leader));
    }

    [Fact]
    public void Nobody_stands_while_a_leader_is_heard()
    {
        cluster.Elect("a");
        Assert.All(cluster.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
    }

    [Fact]
    public void A_new_leader_adopts_what_its_quorum_accepted_and_fills_the_gap_with_a_no_op()
    {
        cluster.Elect("a");
        // Slot 2 reaches nobody but a itself; slot 3 reaches b.
        cluster.Loses = (_, _, message) => message is Accept { Slot: 2 } or Accepted { Slot: > 1 };
        cluster.Submit("a", "two");
        cluster.Submit("a", "three");
        cluster.Loses = (_, _, _) => false;
        cluster.Kill("a");
        cluster.Elect("b");
        Assert.Equal(["no-op", "no-op", "three", "no-op"], cluster["b"].Applied);
        Assert.Equal(["no-op", "no-op", "three", "no-op"], cluster["c"].Applied);
        // The old leader comes back, and its own slot 2 is not what was chosen.
        cluster.Restart("a");
        cluster.FireAll(Timer.Retry);
        cluster.FireAll(Timer.Retry);
        Assert.Equal(["no-op", "no-op", "three", "no-op"], cluster["a"].Applied);
        Assert.Equal(B, cluster["a"].Proposer.Leader);
    }

    [Fact]
    public void What_is_due_and_a_tick_did_not_do_is_asked_for_again()
    {
        cluster.Elect("a");
        // More falls due at once than a slot does.
        cluster["a"].DueMs = 0;
        cluster.Submit("a", "one");
        for (var i = 0; i < 3; i++)
        {
            Assert.True(cluster["a"].IsRunning(Timer.Tick));
            cluster.Fire("a", Timer.Tick);
            Assert.Equal($"{i + 1} ticks", $"{cluster["b"].Applied.Count - 2} ticks");
        }
        cluster["a"].DueMs = ulong.MaxValue;
        cluster.Fire("a", Timer.Tick);
        Assert.False(cluster["a"].IsRunning(Timer.Tick));
    }

    [Fact]
    public void A_late_accept_of_a_deposed_leader_is_refused_and_the_leader_steps_down()
    {
        cluster.Elect("a");
        cluster.HearAll("a-b", "a-c");
        cluster.Loses = (from, to, _) => from == A || to == A;
        cluster.Elect("b");
        Assert.Equal(A, cluster["a"].Proposer.Leader);
        cluster.Loses = (_, _, _) => false;
        cluster.HearAll();
        cluster.FireAll(Timer.Retry);
        cluster.Submit("b", "two");
        Assert.Equal(B, cluster["a"].Proposer.Leader);
        Assert.Equal(["no-op", "no-op", "two"], cluster["a"].Applied);
    }

    [Fact]
    public void A_leader_that_led_before_it_was_heard_to_have_started_anew_goes_on_leading()
    {
        cluster.Elect("a");
        cluster.HeardLate.Add(A);
        cluster.Restart("a");
        cluster.Elect("a");
        cluster.HeardLate.Clear();
        cluster.HearAll();
        Assert.All(cluster.Up, node => Assert.Equal(A, node.Proposer.Leader));
        Assert.All(cluster.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
    }

    [Fact]
    public void One_that_led_and_comes_back_gives_its_successor_the_time_to_show_itself()
    {
        var options = LogOptions.Default;
        var proposer = new Proposer(A, LogCluster.Of(1, "a b c"), new Rounds(10), options);
        var effects = new Effects();
        proposer.On(A, new Observed(new Ballot(3, A), IsLeading: false), default, effects);
        var heard = new[] { B, C }.ToImmutableSortedDictionary(node => node, _ => new Pong(0, 0, 1, default, default));
        proposer.On(new HearingView(heard), default, effects);
        var wait = Assert.Single(effects.OfType<Effect.StartTimer>(), start => start.Timer == Timer.Stand);
        Assert.Equal(options.ElectionTimeout, wait.Min);
    }

    [Fact]
    public void Commands_that_arrive_while_the_window_is_full_share_a_slot()
    {
        var small = new LogCluster("a b c", LogOptions.Default with { Window = 1 });
        small.Elect("a");
        small.Send(A, A, Submission("one"));
        small.Send(A, A, Submission("two"));
        small.Send(A, A, Submission("three"));
        small.Run();
        Assert.Equal(["no-op", "one", "two + three"], small["c"].Applied);
    }

    [Fact]
    public void A_read_is_confirmed_by_a_quorum_with_the_mark_of_its_start()
    {
        cluster.Elect("a");
        cluster.Submit("a", "one");
        cluster.Send(C, A, new ConfirmRead(7));
        cluster.Run();
        Assert.Contains(new ReadConfirmed(7, 2), cluster["c"].ToClient);
    }

    [Fact]
    public void A_deposed_leader_confirms_no_read()
    {
        cluster.Elect("a");
        cluster.Loses = (from, to, _) => from == A || to == A;
        cluster.HearAll("a-b", "a-c");
        cluster.Elect("b");
        cluster.Loses = (_, _, message) => message is Nack;
        cluster.Send(A, A, new ConfirmRead(7));
        cluster.Run();
        Assert.DoesNotContain(cluster["a"].ToClient, message => message is ReadConfirmed);
    }

    [Fact]
    public void Leadership_is_handed_over_when_asked_for()
    {
        cluster.Elect("a");
        cluster.Submit("a", "one");
        cluster.Send(A, A, new Transfer(1, C));
        cluster.Run();
        Assert.All(cluster.Up, node => Assert.Equal(C, node.Proposer.Leader));
        cluster.Submit("a", "two");
        Assert.Equal(["no-op", "one", "no-op", "two"], cluster["b"].Applied);
    }

    [Fact]
    public void What_falls_due_while_a_transfer_comes_to_nothing_is_done_then()
    {
        cluster.Elect("a");
        cluster["a"].DueMs = 0;
        cluster.Submit("a", "one");
        cluster.Loses = (_, _, message) => message is TakeOver;
        cluster.Send(A, A, new Transfer(1, C));
        cluster.Run();
        cluster["a"].DueMs = ulong.MaxValue;
        cluster.Fire("a", Timer.Tick);
        Assert.Equal(2, cluster["b"].Applied.Count);
        for (var i = 0; i < 15; i++)
            cluster.Fire("a", Timer.Retry);
        Assert.Equal(3, cluster["b"].Applied.Count);
        Assert.Equal(A, cluster["b"].Proposer.Leader);
    }

    [Fact]
    public void A_leader_that_resigns_asks_others_to_lead_and_never_stands_again()
    {
        cluster.Elect("a");
        cluster.Loses = (_, _, message) => message is TakeOver;
        cluster.Send(A, A, new Resign());
        cluster.Run();
        cluster.FireAll(Timer.Retry);
        cluster.FireAll(Timer.Stand);
        // It is heard, and they wait for it.
        Assert.All(cluster.Up, node => Assert.False(node.IsRunning(Timer.Stand)));
        cluster.Loses = (_, _, _) => false;
        cluster.FireAll(Timer.Retry);
        Assert.Contains(cluster["a"].Proposer.Leader, (NodeId[])[B, C]);
        cluster.Kill("c");
        cluster.Kill("b");
        cluster.Restart("c");
        for (var i = 0; i < 3; i++)
        {
            Assert.False(cluster["a"].IsRunning(Timer.Stand));
            cluster.FireAll(Timer.Retry);
            cluster.FireAll(Timer.Stand);
        }
        Assert.Equal(C, cluster["a"].Proposer.Leader);
    }

    [Fact]
    public void A_leader_whose_role_begins_anew_asks_others_to_lead_as_its_node_is_heard_still()
    {
        cluster.Elect("a");
        // As often as not it can not write down the rounds with which it would stand.
        cluster["a"].RestartProposer();
        cluster.Run();
        Assert.All((string[])["b", "c"], node => Assert.False(cluster[node].IsRunning(Timer.Stand)));
        cluster.Fire("a", Timer.Retry);
        Assert.Contains(cluster["a"].Proposer.Leader, (NodeId[])[B, C]);
    }

    [Fact]
    public void A_promise_comes_in_pages()
    {
        var small = new LogCluster("a b c", LogOptions.Default with { EagerSlots = 16, PageBytes = 1 });
        small.Elect("a");
        small.Loses = (_, _, message) => message is Accepted;
        small.Submit("a", "two");
        small.Submit("a", "three");
        small.Submit("a", "four");
        small.Loses = (_, _, _) => false;
        small.Kill("a");
        small.Elect("b");
        Assert.Equal(["no-op", "two", "three", "four", "no-op"], small["c"].Applied);
        Assert.Contains(small.Delivered, next => next.Message is Promise { Next: > 0 });
    }

    [Fact]
    public void All_that_was_chosen_is_there_after_all_nodes_restarted()
    {
        cluster.Elect("a");
        cluster.Submit("a", "one");
        cluster.Submit("a", "two");
        foreach (var name in (string[])["a", "b", "c"])
            cluster.Kill(name);
        foreach (var name in (string[])["a", "b", "c"])
            cluster.Restart(name);
        cluster.Elect("c");
        Assert.All(cluster.Up, node => Assert.Equal(["no-op", "one", "two", "no-op"], node.Applied));
    }

    private static Submit Submission(string command) =>
        new(1, System.Collections.Immutable.ImmutableArray.Create(Value.FromUtf8(command)));
}
