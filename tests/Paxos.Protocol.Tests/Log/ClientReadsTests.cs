using Paxos.Protocol.Log;

namespace Paxos.Protocol.Tests.Log;

public sealed class ClientReadsTests
{
    private readonly ClientRig rig = new();

    public ClientReadsTests() => rig.Leads(Three.A);

    [Fact]
    public void A_read_is_ready_when_its_node_has_applied_what_the_round_found()
    {
        Assert.Equal(["a ConfirmRead(1)"], rig.Read(1));
        Assert.Empty(rig.On(Three.A, new ReadConfirmed(1, 5)));
        Assert.Empty(rig.Applied(4));
        Assert.Equal(["1 ready at 5"], rig.Applied(5));
        rig.Read(2);
        Assert.Equal(["2 ready at 5"], rig.On(Three.A, new ReadConfirmed(2, 5)));
    }

    [Fact]
    public void A_read_that_arrives_during_a_round_waits_for_the_next()
    {
        rig.Applied(9);
        rig.Read(1);
        Assert.Empty(rig.Read(2));
        Assert.Empty(rig.Read(3));
        Assert.Equal(["1 ready at 5", "a ConfirmRead(2)"], rig.On(Three.A, new ReadConfirmed(1, 5)));
        Assert.Empty(rig.On(Three.A, new ReadConfirmed(1, 5)));
        Assert.Equal(["2 ready at 6", "3 ready at 6"], rig.On(Three.A, new ReadConfirmed(2, 6)));
    }

    [Fact]
    public void A_round_that_this_process_did_not_ask_for_serves_nobody()
    {
        rig.Applied(9);
        rig.Read(1);
        Assert.Empty(rig.On(Three.A, new ReadConfirmed(77, 5)));
        Assert.Equal(["1 ready at 6"], rig.On(Three.A, new ReadConfirmed(1, 6)));
    }

    [Theory]
    [InlineData(10, 6)]
    [InlineData(2000, 1001)]
    public void Two_processes_do_not_use_the_same_numbers(int token, ulong first)
    {
        var client = new Client((UInt128)token << 64, ClientSettings.Default, LogSettings.Default);
        var effects = new Effects();
        client.On(Three.A, new LeaderIs(Three.A, default), default, effects);
        client.Read(1, default, effects);
        client.Flush(default, effects);
        Assert.Contains(effects.OfType<Effect.Send>(), send => send.Message is ConfirmRead asked && asked.Id == first);
    }

    [Fact]
    public void An_older_rounds_late_answer_serves_only_who_was_there_when_it_began()
    {
        rig.Applied(9);
        rig.Read(1);
        rig.Read(2);
        Assert.Equal(["a ConfirmRead(2)"], rig.After(1000));
        Assert.Equal(["1 ready at 5"], rig.On(Three.A, new ReadConfirmed(1, 5)));
        Assert.Equal(["2 ready at 6"], rig.On(Three.A, new ReadConfirmed(2, 6)));
    }

    [Fact]
    public void A_round_follows_the_leader()
    {
        rig.Read(1);
        Assert.Equal(["b ConfirmRead(2)"], rig.Refused(1, leader: Three.B));
        Assert.Equal(["c ConfirmRead(3)"], rig.Leads(Three.C));
        Assert.Empty(rig.Leads(default));
        Assert.Equal(["a ConfirmRead(4)"], rig.Leads(Three.A));
    }

    [Fact]
    public void Reads_that_an_overloaded_leader_refuses_fail_and_later_ones_ask_again()
    {
        rig.Read(1);
        rig.Read(2);
        Assert.Equal(["1 failed: Overloaded", "a ConfirmRead(2)"], rig.Refused(1, Refusal.Overloaded, Three.A));
    }

    [Fact]
    public void A_read_given_up_says_why()
    {
        rig.Read(1);
        Assert.Equal(["1 failed: NoLeader"], rig.GiveUp(1));
        Assert.Equal(["a ConfirmRead(2)"], rig.Read(2));
        rig.On(Three.A, new ReadConfirmed(2, 5));
        Assert.Equal(["2 failed: Overloaded"], rig.GiveUp(2));
        Assert.Empty(rig.Applied(5));
    }

    [Fact]
    public void An_older_rounds_answer_that_serves_all_ends_the_asking()
    {
        rig.Applied(9);
        rig.Read(1);
        rig.After(1000);
        rig.On(Three.A, new ReadConfirmed(1, 5));
        Assert.Equal(["a ConfirmRead(3)"], rig.Read(2));
    }

    [Fact]
    public void Patience_with_a_round_grows_to_16_times_what_it_began_with()
    {
        rig.Read(1);
        var id = 2;
        foreach (var wait in (int[])[1000, 2000, 4000, 8000, 16_000, 16_000])
        {
            Assert.Empty(rig.After(wait - 1));
            Assert.Equal([$"a ConfirmRead({id++})"], rig.After(1));
        }
        Assert.Equal([$"b ConfirmRead({id++})"], rig.Leads(Three.B));
        Assert.Empty(rig.After(999));
        Assert.Equal([$"b ConfirmRead({id++})"], rig.After(1));
        // A round that begins has the patience of the first.
        rig.Applied(9);
        rig.On(Three.B, new ReadConfirmed((ulong)id - 1, 5));
        rig.Read(2);
        Assert.Equal([$"b ConfirmRead({id + 1})"], rig.After(1000));
    }

    [Fact]
    public void A_round_that_is_sent_round_in_circles_waits_for_the_timer()
    {
        rig.Read(1);
        for (var begin = 1UL; begin < 9; begin += 4)
        {
            Assert.Equal([$"b ConfirmRead({begin + 1})"], rig.Refused(begin, leader: Three.B));
            Assert.Equal([$"a ConfirmRead({begin + 2})"], rig.Refused(begin + 1, leader: Three.A, from: Three.B));
            Assert.Equal([$"b ConfirmRead({begin + 3})"], rig.Refused(begin + 2, leader: Three.B));
            Assert.Empty(rig.Refused(begin + 3, leader: Three.A, from: Three.B));
            Assert.Equal([$"a ConfirmRead({begin + 4})"], rig.After(2000));
        }
        // Nobody knows who leads.
        Assert.Empty(rig.Refused(9));
        // A round of before was refused late.
        rig.Leads(Three.C);
        Assert.Empty(rig.Refused(9, leader: Three.B));
    }

    [Fact]
    public void A_leader_that_hears_no_quorum_is_asked_again_by_the_timer_only()
    {
        rig.Read(1);
        Assert.Empty(rig.Refused(1, Refusal.NoQuorum));
        Assert.Empty(rig.Refused(1, Refusal.NoQuorum, from: Three.B));
        Assert.Equal(["a ConfirmRead(2)"], rig.After(1000));
    }

    [Fact]
    public void What_a_restored_snapshot_holds_makes_reads_ready()
    {
        rig.Read(1);
        rig.On(Three.A, new ReadConfirmed(1, 5));
        Assert.Equal(["1 ready at 5"], rig.Skipped(7));
    }

    [Fact]
    public void A_read_that_is_given_up_leaves_the_others_their_round()
    {
        rig.Read(1);
        rig.Read(2);
        rig.On(Three.A, new ReadConfirmed(1, 5));
        rig.Read(3);
        Assert.Equal(["1 failed: Overloaded"], rig.GiveUp(1));
        Assert.Empty(rig.Read(4));
        Assert.Equal(["2 failed: NoLeader"], rig.GiveUp(2));
        Assert.Equal(["a ConfirmRead(3)"], rig.On(Three.A, new ReadConfirmed(2, 5)));
    }

    [Fact]
    public void A_learner_that_restarted_behind_makes_reads_wait_again()
    {
        rig.Applied(9);
        rig.Applied(3);
        rig.Read(1);
        Assert.Empty(rig.On(Three.A, new ReadConfirmed(1, 5)));
        Assert.Equal(["1 ready at 5"], rig.Applied(5));
    }
}
