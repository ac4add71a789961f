using Paxos.Protocol.Log;

namespace Paxos.Protocol.Tests.Log;

public sealed class ClientTests
{
    private readonly ClientRig rig = ClientRig.Open();

    [Fact]
    public void The_first_command_opens_a_session_and_goes_when_it_is_open()
    {
        var fresh = new ClientRig();
        Assert.Empty(fresh.Submit(1, "x"));
        Assert.Equal(["a #1: open 1"], fresh.Leads(Three.A));
        Assert.Equal(["a #2: 7/1 ack 0 x"], fresh.Opened(1, 7));
        Assert.Equal(["1 Done ok"], fresh.Done(7, 1, "ok"));
        Assert.Empty(fresh.Done(7, 1, "ok"));
        Assert.Equal(0, fresh.Client.Pending);
    }

    [Fact]
    public void Commands_of_one_step_share_a_submit()
    {
        Assert.Equal(
            ["a #3: 7/2 ack 1 x + 7/3 ack 1 y"],
            rig.Step(effects =>
            {
                rig.Client.Submit(2, Value.FromUtf8("x"), new Now(100_000, 0), effects);
                rig.Client.Submit(3, Value.FromUtf8("y"), new Now(100_000, 0), effects);
            }));
    }

    [Fact]
    public void What_is_waited_for_is_never_acknowledged()
    {
        rig.Submit(2, "x");
        rig.Submit(3, "y");
        rig.Done(7, 3, "ok");
        Assert.Equal(["a #5: 7/4 ack 1 z"], rig.Submit(4, "z"));
        rig.Done(7, 2, "ok");
        Assert.Equal(["a #6: 7/5 ack 3 w"], rig.Submit(5, "w"));
    }

    [Fact]
    public void A_command_that_was_never_sent_was_certainly_not_applied()
    {
        var fresh = new ClientRig();
        fresh.Submit(1, "x");
        Assert.Equal(["1 not applied: NoLeader"], fresh.GiveUp(1));
        fresh.Leads(Three.A);
        fresh.Submit(2, "y");
        Assert.Equal(["2 not applied: NoLeader"], fresh.GiveUp(2));
        Assert.Empty(fresh.Opened(1, 7));
    }

    [Fact]
    public void A_command_whose_only_try_is_unanswered_is_unknown()
    {
        rig.Submit(2, "x");
        Assert.Equal(["2 unknown"], rig.GiveUp(2));
        Assert.Empty(rig.Done(7, 2, "ok"));
    }

    [Fact]
    public void A_command_whose_every_try_was_refused_was_certainly_not_applied()
    {
        rig.Submit(2, "x");
        Assert.Equal(["b #4: 7/2 ack 1 x"], rig.Refused(3, leader: Three.B));
        Assert.Empty(rig.Refused(4, from: Three.B));
        Assert.Equal(["2 not applied: NoLeader"], rig.GiveUp(2));
    }

    [Fact]
    public void One_try_that_nobody_refused_is_enough_to_be_unknown()
    {
        rig.Submit(2, "x");
        Assert.Equal(["b #4: 7/2 ack 1 x"], rig.Leads(Three.B));
        rig.Refused(4, from: Three.B);
        Assert.Equal(["2 unknown"], rig.GiveUp(2));
    }

    [Fact]
    public void A_refusal_of_an_older_try_says_nothing_of_the_younger_one()
    {
        rig.Submit(2, "x");
        rig.Leads(Three.B);
        Assert.Empty(rig.Refused(3, leader: Three.C));
        Assert.Equal(["2 unknown"], rig.GiveUp(2));
    }

    [Fact]
    public void A_refusal_that_comes_twice_counts_once()
    {
        rig.Submit(2, "x");
        rig.Leads(Three.B);
        rig.Refused(3);
        rig.Refused(3);
        Assert.Equal(["2 unknown"], rig.GiveUp(2));
    }

    [Fact]
    public void Overload_of_the_leader_is_told_at_once_where_it_is_certain()
    {
        rig.Submit(2, "x");
        Assert.Equal(["2 not applied: Overloaded"], rig.Refused(3, Refusal.Overloaded, Three.A));
        rig.Submit(3, "y");
        rig.Leads(Three.B);
        Assert.Empty(rig.Refused(5, Refusal.Overloaded, Three.B, from: Three.B));
        Assert.Equal(["3 unknown"], rig.GiveUp(3));
    }

    [Fact]
    public void A_refused_command_goes_on_when_a_leader_appears()
    {
        rig.Submit(2, "x");
        Assert.Empty(rig.Refused(3));
        Assert.Equal(["c #4: 7/2 ack 1 x"], rig.Leads(Three.C));
        Assert.Equal(["2 Done ok"], rig.Done(7, 2, "ok"));
    }

    [Fact]
    public void Nodes_that_send_it_round_in_circles_are_asked_again_by_the_timer_only()
    {
        rig.Submit(2, "x");
        Assert.Equal(["b #4: 7/2 ack 1 x"], rig.Refused(3, leader: Three.B));
        Assert.Equal(["a #5: 7/2 ack 1 x"], rig.Refused(4, leader: Three.A, from: Three.B));
        Assert.Equal(["b #6: 7/2 ack 1 x"], rig.Refused(5, leader: Three.B));
        Assert.Empty(rig.Refused(6, leader: Three.A, from: Three.B));
        Assert.Equal(["a #7: 7/2 ack 1 x"], rig.After(1000));
        Assert.Equal(["b #8: 7/2 ack 1 x"], rig.Refused(7, leader: Three.B));
        rig.Refused(8, leader: Three.A, from: Three.B);
        rig.Refused(9, leader: Three.B);
        Assert.Empty(rig.Refused(10, leader: Three.A, from: Three.B));
        Assert.Equal(["c #11: 7/2 ack 1 x"], rig.Leads(Three.C));
        Assert.Equal(["b #12: 7/2 ack 1 x"], rig.Refused(11, leader: Three.B, from: Three.C));
    }

    [Fact]
    public void A_hint_to_a_dead_node_is_forgotten_at_the_next_tick()
    {
        rig.Submit(2, "x");
        rig.Refused(3, leader: Three.B);
        Assert.Equal(["a #5: 7/2 ack 1 x"], rig.After(1000));
    }

    [Fact]
    public void What_is_unanswered_is_sent_again_with_growing_patience()
    {
        rig.Submit(2, "x");
        Assert.Empty(rig.After(999));
        Assert.Equal(["a #4: 7/2 ack 1 x"], rig.After(1));
        Assert.Empty(rig.After(1999));
        Assert.Equal(["a #5: 7/2 ack 1 x"], rig.After(1));
        Assert.Equal(["2 Done ok"], rig.Done(7, 2, "ok"));
        Assert.Empty(rig.After(10_000));
    }

    [Fact]
    public void An_expired_session_fails_the_call_and_the_next_one_opens_another()
    {
        rig.Submit(2, "x");
        Assert.Equal(["2 SessionExpired"], rig.Expired(7, 2));
        Assert.Equal(["a #4: open 2"], rig.Submit(3, "y"));
        Assert.Equal(["a #5: 9/1 ack 0 y"], rig.Opened(2, 9));
    }

    [Fact]
    public void A_late_copy_of_an_older_opening_is_not_taken_for_the_new_session()
    {
        rig.Submit(2, "x");
        rig.Expired(7, 2);
        rig.Submit(3, "y");
        Assert.Empty(rig.Opened(1, 8));
        Assert.Equal(["a #5: 9/1 ack 0 y"], rig.Opened(2, 9));
    }

    [Fact]
    public void A_command_with_a_copy_out_keeps_its_number_when_the_session_ends_and_a_refused_one_takes_another()
    {
        rig.Submit(2, "out");
        rig.Submit(3, "refused");
        rig.Submit(4, "ends it");
        rig.Refused(4, Refusal.NoQuorum);
        rig.Expired(7, 4);
        Assert.Equal(["a #6: open 2", "a #7: 7/2 ack 1 out"], rig.After(1000));
        Assert.Equal(["a #8: 9/1 ack 0 refused"], rig.Opened(2, 9));
        // It has another number now.
        Assert.Empty(rig.Done(7, 3, "late"));
        Assert.Equal(["2 SessionExpired"], rig.Expired(7, 2));
        // That was the end of the session before, and not of this one.
        Assert.Equal(["a #9: 9/2 ack 0 next"], rig.Submit(5, "next"));
    }

    [Fact]
    public void An_expired_session_after_skipped_slots_leaves_the_outcome_unknown()
    {
        rig.Submit(2, "x");
        rig.Submit(3, "y");
        rig.Skipped(50);
        rig.Skipped(60);
        Assert.Equal(["3 Done ok"], rig.Done(7, 3, "ok"));
        Assert.Equal(["2 unknown"], rig.Expired(7, 2));
    }

    [Fact]
    public void A_session_in_use_is_kept_alive_and_one_long_unused_is_not()
    {
        Assert.Empty(rig.After(19_999));
        Assert.Equal(["a #3: keep 7 alive"], rig.After(1));
        Assert.Empty(rig.After(500));
        Assert.Equal(["a #4: keep 7 alive"], rig.After(500));
        // It was renewed by the first of them, as far as this node can tell.
        rig.Completed(new CommandId(0, 7, 0, null), ResultKind.Done);
        Assert.Empty(rig.After(18_999));
        Assert.Equal(["a #5: keep 7 alive"], rig.After(1));
        rig.Completed(new CommandId(0, 7, 0, null), ResultKind.Done);
        Assert.Empty(rig.After(19_999));
        Assert.Empty(rig.After(600_000));
        Assert.Equal(["a #6: open 2"], rig.Submit(2, "x"));
    }

    [Fact]
    public void A_session_found_expired_by_its_keep_alive_costs_no_call()
    {
        rig.After(20_000);
        Assert.Empty(rig.Completed(new CommandId(0, 7, 0, null), ResultKind.SessionExpired));
        Assert.Equal(["a #4: open 2"], rig.Submit(2, "x"));
    }

    [Fact]
    public void A_full_client_refuses_calls_as_certainly_not_applied()
    {
        var full = ClientRig.Open(new ClientSettings { MaxPending = 1 });
        full.Submit(2, "x");
        Assert.Equal(["3 not applied: Overloaded"], full.Submit(3, "y"));
        full.Done(7, 2, "ok");
        Assert.Equal(["a #4: 7/3 ack 2 z"], full.Submit(4, "z"));
    }

    [Fact]
    public void It_goes_no_further_above_its_oldest_call_than_the_log_keeps_results()
    {
        var narrow = ClientRig.Open(log: new LogSettings { SessionMaxInFlight = 2 });
        narrow.Submit(2, "x");
        narrow.Submit(3, "y");
        narrow.Done(7, 3, "ok");
        Assert.Equal(["4 not applied: Overloaded"], narrow.Submit(4, "z"));
        narrow.Done(7, 2, "ok");
        Assert.Equal(["a #5: 7/4 ack 3 w"], narrow.Submit(5, "w"));
    }

    [Fact]
    public void Calls_with_one_key_and_one_payload_share_a_copy_and_each_is_told()
    {
        Assert.Equal(["a #3: k x"], rig.Keyed(2, "k", "x"));
        Assert.Empty(rig.Keyed(3, "k", "x"));
        Assert.Equal(["a #4: k other"], rig.Keyed(4, "k", "other"));
        Assert.Equal(["2 unknown"], rig.GiveUp(2));
        Assert.Equal(["3 Done ok"], rig.Completed(Id("x"), ResultKind.Done, Value.FromUtf8("ok")));
        Assert.Equal(["4 KeyConflict"], rig.Completed(Id("other"), ResultKind.KeyConflict));

        static CommandId Id(string payload) => CommandId.Of(new Command.Keyed("k", Value.FromUtf8(payload)));
    }

    [Fact]
    public void The_timer_rests_when_nothing_waits_and_no_session_is_in_use()
    {
        var fresh = new ClientRig();
        fresh.Leads(Three.A);
        Assert.Single(fresh.StepEffects(effects => fresh.Client.Read(1, default, effects)).OfType<Effect.StartTimer>());
        fresh.On(Three.A, new ReadConfirmed(1, 0));
        Assert.Empty(fresh.StepEffects(effects => fresh.Client.OnTimer(Timer.Retry, default, effects)));
    }

    [Fact]
    public void What_is_more_than_a_submit_holds_goes_in_the_next_one()
    {
        var byNumber = ClientRig.Open(new ClientSettings { SubmitCommands = 2 });
        Assert.Equal(
            ["a #3: k1 x + k2 x", "a #4: k3 x"],
            byNumber.Step(effects =>
            {
                foreach (var key in (string[])["k1", "k2", "k3"])
                    byNumber.Client.SubmitKeyed(key[1], key, Value.FromUtf8("x"), new Now(100_000, 0), effects);
            }));
        var size = new Command.Keyed("k1", Value.FromUtf8("x")).Encode().Bytes.Length;
        foreach (var (bytes, first) in new[] { (size * 2, "a #3: k1 x + k2 x"), ((size * 2) - 1, "a #3: k1 x"), (1, "a #3: k1 x") })
        {
            var byBytes = ClientRig.Open(new ClientSettings { SubmitBytes = bytes });
            var sent = byBytes.Step(effects =>
            {
                foreach (var key in (string[])["k1", "k2", "k3"])
                    byBytes.Client.SubmitKeyed(key[1], key, Value.FromUtf8("x"), new Now(100_000, 0), effects);
            });
            Assert.Equal(first, sent[0]);
            Assert.Equal("k3 x", sent[^1][^4..]);
        }
    }

    [Fact]
    public void Bytes_that_wait_are_counted_until_their_outcome_is_known()
    {
        var full = ClientRig.Open(new ClientSettings { MaxPendingBytes = 5 });
        Assert.Equal(["a #3: 7/2 ack 1 abc"], full.Submit(2, "abc"));
        Assert.Equal(["a #4: 7/3 ack 1 de"], full.Submit(3, "de"));
        Assert.Equal(["4 not applied: Overloaded"], full.Submit(4, "f"));
        full.GiveUp(3);
        Assert.Equal(["a #5: 7/4 ack 1 gh"], full.Submit(5, "gh"));
        full.Done(7, 2, "ok");
        Assert.Equal(["a #6: 7/5 ack 3 ijk"], full.Submit(6, "ijk"));
        Assert.Equal(["7 not applied: Overloaded"], full.Submit(7, "l"));
        Assert.Equal(["8 not applied: Overloaded"], full.Keyed(8, "k", "m"));
    }

    [Fact]
    public void Reads_have_a_limit_of_their_own()
    {
        var full = ClientRig.Open(new ClientSettings { MaxPending = 1 });
        Assert.Equal(["a ConfirmRead(3)"], full.Read(2));
        Assert.Equal(["3 failed: Overloaded"], full.Read(3));
        Assert.NotEmpty(full.Submit(4, "x"));
        Assert.Equal(2, full.Client.Pending);
        Assert.Equal(["2 failed: NoLeader"], full.GiveUp(2));
        Assert.Equal(1, full.Client.Pending);
        Assert.Empty(full.GiveUp(99));
    }

    [Fact]
    public void Patience_grows_to_16_times_what_it_began_with()
    {
        rig.Submit(2, "x");
        foreach (var wait in (int[])[1000, 2000, 4000, 8000, 16_000, 16_000])
        {
            Assert.DoesNotContain(rig.After(wait - 1), sent => sent.EndsWith('x'));
            Assert.Contains(rig.After(1), sent => sent.EndsWith("7/2 ack 1 x", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_timer_runs_once_while_something_waits()
    {
        var fresh = new ClientRig();
        var start = Assert.Single(fresh.StepEffects(effects => fresh.Client.Submit(1, Value.FromUtf8("x"), default, effects)).OfType<Effect.StartTimer>());
        Assert.Equal((Timer.Retry, 1000.0, 1250.0), (start.Timer, start.Min.TotalMilliseconds, start.Max.TotalMilliseconds));
        Assert.Empty(fresh.StepEffects(effects => fresh.Client.Submit(2, Value.FromUtf8("y"), default, effects)));
        Assert.Empty(fresh.StepEffects(effects => fresh.Client.OnTimer(Timer.Tick, default, effects)));
        Assert.Single(fresh.StepEffects(effects => fresh.Client.OnTimer(Timer.Retry, default, effects)).OfType<Effect.StartTimer>());
    }

    [Fact]
    public void An_opening_is_repeated_where_it_was_refused_lost_or_the_leader_is_another()
    {
        var fresh = new ClientRig();
        fresh.Leads(Three.A);
        Assert.Equal(["a #1: open 1"], fresh.Submit(1, "x"));
        Assert.Empty(fresh.After(999));
        Assert.Equal(["a #2: open 1"], fresh.After(1));
        Assert.Equal(["b #3: open 1"], fresh.Refused(2, leader: Three.B));
        Assert.Equal(["c #4: open 1"], fresh.Leads(Three.C));
        Assert.Empty(fresh.Leads(default));
        fresh.Leads(Three.C);
        Assert.Empty(fresh.Refused(5, Refusal.Overloaded, Three.C, from: Three.C));
        Assert.Equal(["1 not applied: Overloaded"], fresh.GiveUp(1));
    }

    [Fact]
    public void A_result_too_far_ahead_is_asked_for_again()
    {
        rig.Submit(2, "x");
        Assert.Empty(rig.Completed(new CommandId(0, 7, 2, null), ResultKind.TooFarAhead));
        Assert.Equal(["a #4: 7/2 ack 1 x"], rig.After(1000));
        Assert.Equal(["2 unknown"], rig.Completed(new CommandId(0, 7, 2, null), ResultKind.Forgotten));
    }

    [Fact]
    public void A_session_is_renewed_by_what_was_sent_and_answered()
    {
        rig.After(15_000);
        rig.Submit(2, "x");
        rig.Done(7, 2, "ok");
        Assert.Empty(rig.After(19_999));
        Assert.Equal(["a #4: keep 7 alive"], rig.After(1));
    }

    [Fact]
    public void A_session_that_two_thirds_of_its_time_nothing_was_heard_of_is_not_used()
    {
        rig.Leads(default);
        rig.After(39_999);
        Assert.Empty(rig.Submit(2, "x"));
        Assert.Contains("a #3: 7/2 ack 1 x", rig.Leads(Three.A));
        var late = ClientRig.Open();
        late.Leads(default);
        late.After(40_000);
        Assert.Empty(late.Submit(2, "x"));
        Assert.Equal(["a #3: open 2"], late.Leads(Three.A));
        // Nor is it kept alive any more.
        Assert.Equal(["a #4: open 2"], late.After(1000));
    }

    [Fact]
    public void The_answer_to_an_opening_that_comes_again_changes_nothing()
    {
        rig.Submit(2, "x");
        Assert.Empty(rig.Opened(1, 7));
        Assert.Equal(["a #4: 7/3 ack 1 y"], rig.Submit(3, "y"));
    }

    [Fact]
    public void An_opening_that_came_to_nothing_opens_nothing()
    {
        var fresh = new ClientRig();
        fresh.Leads(Three.A);
        fresh.Submit(1, "x");
        Assert.Empty(fresh.Completed(new CommandId(ClientRig.Token + 1, 0, 0, null), ResultKind.Failed));
        Assert.Equal(["a #2: 7/1 ack 0 x"], fresh.Opened(1, 7));
    }

    [Fact]
    public void What_is_said_of_an_earlier_session_is_not_said_of_this_one()
    {
        rig.Submit(2, "x");
        rig.Expired(7, 2);
        rig.Submit(3, "y");
        rig.Opened(2, 9);
        rig.Completed(new CommandId(0, 7, 0, null), ResultKind.SessionExpired);
        Assert.Equal(["a #6: 9/2 ack 0 z"], rig.Submit(4, "z"));
    }

    [Fact]
    public void A_session_counts_from_when_its_opening_was_first_sent()
    {
        var fresh = new ClientRig();
        fresh.Leads(Three.A);
        fresh.Submit(1, "x");
        Assert.Equal(["a #2: open 1"], fresh.After(1000));
        Assert.Empty(fresh.After(999));
        Assert.Equal(["a #3: open 1"], fresh.After(1));
        fresh.GiveUp(1);
        fresh.Opened(1, 7);
        Assert.Empty(fresh.After(17_999));
        Assert.Equal(["a #4: keep 7 alive"], fresh.After(1));
    }

    [Fact]
    public void A_command_renews_its_session_as_of_when_it_was_first_sent()
    {
        rig.After(5000);
        rig.Submit(2, "x");
        rig.After(1000);
        rig.Submit(3, "y");
        Assert.Equal(["2 Done ok"], rig.Done(7, 2, "ok"));
        Assert.DoesNotContain(rig.After(18_999), sent => sent.Contains("keep", StringComparison.Ordinal));
        Assert.Contains("a #7: keep 7 alive", rig.After(1));
    }

    [Fact]
    public void An_opening_forgets_that_an_older_session_was_being_kept_alive()
    {
        Assert.Equal(["a #3: keep 7 alive"], rig.After(20_000));
        rig.Submit(2, "x");
        rig.Expired(7, 2);
        rig.Submit(3, "y");
        rig.Opened(2, 9);
        rig.Done(9, 1, "ok");
        Assert.Equal(["a #7: keep 9 alive"], rig.After(20_000));
        rig.Completed(new CommandId(0, 9, 0, null), ResultKind.Done);
        Assert.Empty(rig.After(19_999));
    }

    [Theory]
    [InlineData(29_999, true)]
    [InlineData(30_000, false)]
    public void A_session_is_kept_alive_for_so_long_after_the_last_call(int afterMs, bool isKept)
    {
        var used = ClientRig.Open(new ClientSettings { KeepAliveFor = TimeSpan.FromSeconds(30) });
        used.After(5000);
        used.Submit(2, "x");
        used.Done(7, 2, "ok");
        Assert.Equal(isKept ? ["a #4: keep 7 alive"] : [], used.After(afterMs));
    }

    [Fact]
    public void What_ended_while_a_command_waited_for_a_leader_is_acknowledged_by_it()
    {
        rig.Submit(2, "x");
        rig.Leads(default);
        rig.Submit(3, "y");
        rig.Done(7, 2, "ok");
        Assert.Equal(["b #4: 7/3 ack 2 y"], rig.Leads(Three.B));
    }

    [Fact]
    public void A_refusal_of_several_commands_concerns_those_that_have_no_outcome()
    {
        rig.Step(effects =>
        {
            rig.Client.Submit(2, Value.FromUtf8("x"), new Now(100_000, 0), effects);
            rig.Client.Submit(3, Value.FromUtf8("y"), new Now(100_000, 0), effects);
        });
        rig.Done(7, 2, "ok");
        Assert.Equal(["b #4: 7/3 ack 1 y"], rig.Refused(3, leader: Three.B));
    }

    [Fact]
    public void What_is_sent_again_keeps_the_order_of_the_calls()
    {
        rig.Submit(2, "x");
        rig.Keyed(3, "k", "y");
        rig.Submit(4, "z");
        Assert.Equal(["a #6: 7/2 ack 1 x + k y + 7/3 ack 1 z"], rig.After(1000));
        Assert.Equal(["b #7: 7/2 ack 1 x + k y + 7/3 ack 1 z"], rig.Leads(Three.B));
        Assert.Empty(rig.Leads(Three.B));
    }

    [Fact]
    public void Commands_that_wait_for_a_leader_count_among_those_in_flight_and_those_under_keys_do_not()
    {
        var narrow = ClientRig.Open(log: new LogSettings { SessionMaxInFlight = 2 });
        narrow.Leads(default);
        Assert.Empty(narrow.Submit(2, "x"));
        Assert.Empty(narrow.Submit(3, "y"));
        Assert.Equal(["4 not applied: Overloaded"], narrow.Submit(4, "z"));
        Assert.Empty(narrow.Keyed(5, "k", "x"));
        Assert.Equal(["a #3: 7/2 ack 1 x + 7/3 ack 1 y + k x"], narrow.Leads(Three.A));
    }

    [Fact]
    public void A_node_that_does_not_lead_says_nothing_against_the_one_that_does()
    {
        rig.Submit(2, "x");
        rig.Leads(Three.B);
        rig.Refused(3);
        Assert.Equal(["b #5: 7/3 ack 1 y"], rig.Submit(3, "y"));
        // One that names itself knows of no other.
        rig.Refused(5, leader: Three.B, from: Three.B);
        Assert.Empty(rig.Submit(4, "z"));
        Assert.Equal(["b #6: 7/4 ack 1 z"], rig.After(999));
        Assert.Equal(["b #7: 7/2 ack 1 x + 7/3 ack 1 y"], rig.After(1));
    }

    [Fact]
    public void Openings_that_are_sent_round_in_circles_wait_for_the_timer()
    {
        var fresh = new ClientRig();
        fresh.Leads(Three.A);
        fresh.Submit(1, "x");
        for (var begin = 1UL; begin < 9; begin += 4)
        {
            Assert.Equal([$"b #{begin + 1}: open 1"], fresh.Refused(begin, leader: Three.B));
            Assert.Equal([$"a #{begin + 2}: open 1"], fresh.Refused(begin + 1, leader: Three.A, from: Three.B));
            Assert.Equal([$"b #{begin + 3}: open 1"], fresh.Refused(begin + 2, leader: Three.B));
            Assert.Empty(fresh.Refused(begin + 3, leader: Three.A, from: Three.B));
            Assert.Equal([$"a #{begin + 4}: open 1"], fresh.After(1000));
        }
        Assert.Empty(fresh.Refused(9));
        Assert.Equal(["c #10: open 1"], fresh.Leads(Three.C));
    }

    [Fact]
    public void A_read_that_is_refused_while_a_session_opens_is_not_taken_for_the_opening()
    {
        var fresh = new ClientRig();
        fresh.Leads(Three.A);
        fresh.Submit(1, "x");
        fresh.Read(2);
        Assert.Equal(["b ConfirmRead(3)"], fresh.Refused(2, leader: Three.B));
        // And what was refused of an opening that is over is nothing.
        fresh.Opened(1, 7);
        Assert.Empty(fresh.Refused(1, leader: Three.B));
    }
}
