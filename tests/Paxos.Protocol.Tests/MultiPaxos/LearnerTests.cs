using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>The log's learner, message by message. It is node d; who catches up, and from whom, is in <see cref="CatchingUpTests"/>.</summary>
public sealed class LearnerTests
{
    private static readonly NodeId D = new("d");
    private static readonly Ballot OneA = new(1, Three.A);
    private static readonly Configuration First = LogCluster.Of(1, "a b c d");
    private static readonly Configuration Second = LogCluster.Of(2, "a b d");
    private static readonly string[] Undue = ["at once InForce(configuration 1: a, b, c, d, since 0) to d", "at once Due(18446744073709551615) to d"];

    private readonly Machine machine = new();

    [Fact]
    public void At_its_start_it_tells_the_proposer_what_is_in_force_and_asks_its_log_for_what_comes_behind_its_snapshot()
    {
        var learner = New();
        Assert.Equal(
            ["at once InForce(configuration 2: a, b, d, since 2) to d", "at once Due(18446744073709551615) to d", "at once Fetch(4) to d"],
            Three.Effects(effects => learner.Start(3, new InForce(Second, 2), effects)));
        Assert.Equal((3UL, 3UL), (learner.AppliedThrough, learner.ChosenThrough));
        var alone = New(hasAcceptor: false);
        Assert.Empty(Three.Effects(effects => alone.Start(3, null, effects)));
        Assert.Equal(3UL, alone.AppliedThrough);
    }

    [Fact]
    public void Without_an_acceptor_it_says_who_leads_and_asks_whoever_knows_more()
    {
        var learner = New(hasAcceptor: false);
        Assert.Equal(["at once Observed(1.a, leading) to d"], On(learner, Three.A, new Chosen(OneA, 1, 0)));
        Assert.Equal(
            ["at once Learned(0) to a", "at once Observed(1.a, leading) to d", "at once Fetch(1) to a", "retry in 100 to 150 ms"],
            On(learner, Three.A, new Chosen(OneA, 1, 2, WantsLearned: true)));
        Assert.Equal(["at once Observed(1.a, leading) to d"], On(learner, Three.A, new Chosen(OneA, 1, 3)));
        Assert.Equal(3UL, learner.ChosenThrough);
        Assert.Equal(["at once Fetch(3) to a", "retry in 100 to 150 ms"], On(learner, Three.A, Told(1, 2)));
        Assert.Equal(["no retry"], On(learner, Three.A, Told(3, 1)));
        Assert.Empty(On(learner, Three.B, Told(2, 2)));
        Assert.Equal([1UL, 2UL, 3UL], machine.Applied);
        Assert.Equal(["at once Learned(3) to a", "at once Observed(1.a, leading) to d"], On(learner, Three.A, new Chosen(OneA, 1, 3, WantsLearned: true)));
    }

    [Fact]
    public void It_applies_each_slot_once_and_none_behind_a_hole()
    {
        var learner = New(hasAcceptor: false);
        Assert.Empty(On(learner, Three.A, Told(2, 2)));
        Assert.Empty(machine.Applied);
        On(learner, Three.A, Told(1, 2));
        On(learner, Three.A, Told(1, 4));
        Assert.Equal([1UL, 2UL, 3UL, 4UL], machine.Applied);
    }

    [Fact]
    public void A_hole_in_what_the_own_log_told_is_asked_for_there()
    {
        var learner = New();
        Assert.Equal(["at once Fetch(1) to d"], On(learner, D, Told(2, 2)));
        Assert.Empty(machine.Applied);
        // And that is all that it leads to, also where it makes needless what another node was asked.
        On(learner, D, Told(1, 5));
        On(learner, D, new Missing(3, 5, Three.A));
        Assert.Equal(["at once Fetch(6) to d"], On(learner, D, Told(9, 1)));
    }

    [Fact]
    public void Where_nobody_else_is_left_it_asks_who_leads_and_at_last_itself()
    {
        var gone = new Learner(D, LogCluster.Of(1, "d"), machine, LogOptions.Default, hasAcceptor: false);
        On(gone, Three.A, new Chosen(OneA, 1, 2));
        Assert.Equal(["at once Fetch(1) to a", "retry in 100 to 150 ms"], Retry(gone));
        var alone = new Learner(D, LogCluster.Of(1, "d"), machine, LogOptions.Default, hasAcceptor: true);
        Assert.Equal(["at once Fetch(1) to d", "at once Fetch(1) to d", "retry in 100 to 150 ms"], On(alone, D, new Trimmed(5)));
    }

    [Fact]
    public void What_the_own_log_misses_is_asked_for_at_whoever_knows()
    {
        var learner = New();
        Assert.Empty(On(learner, Three.A, new Missing(1, 2, Three.A)));
        Assert.Equal(["at once Fetch(1) to a", "retry in 100 to 150 ms"], On(learner, D, new Missing(1, 2, Three.A)));
        Assert.Equal(["no retry"], On(learner, D, Told(1, 2)));
    }

    [Fact]
    public void A_log_that_is_read_and_knows_more_is_asked()
    {
        var learner = New();
        Assert.Empty(On(learner, D, new LogIsRead(0)));
        Assert.Empty(On(learner, Three.A, new LogIsRead(1)));
        Assert.Equal(["at once Fetch(1) to d"], On(learner, D, new LogIsRead(1)));
    }

    [Fact]
    public void Only_the_own_log_says_that_it_has_kept_a_page()
    {
        var learner = New();
        On(learner, D, new Missing(1, 9, Three.A));
        On(learner, D, Told(1, 2));
        Assert.Empty(On(learner, Three.A, new Kept()));
        Assert.Equal(["at once Fetch(3) to a", "retry in 100 to 150 ms"], On(learner, D, new Kept()));
        // Nothing has come since.
        Assert.Empty(On(learner, D, new Kept()));
    }

    [Fact]
    public void The_proposer_is_told_once_when_the_slot_that_it_waits_for_is_applied()
    {
        var learner = New();
        Assert.Empty(On(learner, Three.A, new WhenApplied(0)));
        Assert.Equal(["at once Fetch(1) to d"], On(learner, D, new WhenApplied(2)));
        machine.TimeMs = 7;
        Assert.Equal([.. Undue, "at once Applied(2, 7) to d"], On(learner, D, Told(1, 2)));
        Assert.Empty(On(learner, D, Told(3, 1)));
        Assert.Equal([.. Undue, "at once Applied(3, 7) to d"], On(learner, D, new WhenApplied(3)));
    }

    [Fact]
    public void A_configuration_is_told_of_when_it_is_applied_and_is_newer()
    {
        var learner = New();
        Assert.Equal(
            [$"tell {new Reconfigured(Second, 1)}", "at once InForce(configuration 2: a, b, d, since 1) to d"],
            On(learner, D, Told(1, Entry.Of(Second)))[..2]);
        // Left behind by a leader that was deposed.
        Assert.Empty(On(learner, D, Told(2, Entry.Of(LogCluster.Of(2, "a c d")), Entry.Of(First))));
        Assert.Contains("at once InForce(configuration 2: a, b, d, since 1) to d", On(learner, D, new WhenApplied(3)));
    }

    [Fact]
    public void A_node_that_was_added_comes_in_time_to_the_configuration_that_it_began_with()
    {
        var learner = new Learner(D, Second, machine, LogOptions.Default, hasAcceptor: true);
        Assert.Contains("at once InForce(configuration 2: a, b, d, since 1) to d", On(learner, D, Told(1, Entry.Of(Second))));
        Assert.Empty(On(learner, D, Told(2, Entry.Of(Second))));
        Assert.Empty(On(New(), D, Told(1, Entry.Of(First))));
    }

    [Fact]
    public void What_falls_due_is_told_when_it_changes_and_as_long_as_it_is_not_done()
    {
        var learner = New();
        (machine.TimeMs, machine.DueMs) = (10, 50);
        Assert.Equal(["at once Due(50) to d"], On(learner, D, Told(1, 1)));
        Assert.Empty(On(learner, D, Told(2, 1)));
        machine.TimeMs = 49;
        Assert.Empty(On(learner, D, Told(3, 1)));
        machine.TimeMs = 50;
        Assert.Equal(["at once Due(50) to d"], On(learner, D, Told(4, 1)));
        Assert.Empty(On(New(hasAcceptor: false), Three.A, Told(1, 1)));
    }

    [Fact]
    public void A_snapshot_is_wanted_after_so_many_slots_or_so_many_bytes()
    {
        Entry[] entries = [.. Enumerable.Repeat(Entry.Of(new Batch(OneA, 1, 0, default)), 6)];
        var bySlots = New(LogOptions.Default with { SnapshotEverySlots = 2 });
        Assert.Equal([2UL, 4UL, 6UL], Wanted(bySlots, entries));
        var byBytes = New(LogOptions.Default with { SnapshotEveryBytes = entries[0].Size * 3 });
        Assert.Equal([3UL, 6UL], Wanted(byBytes, entries));
    }

    [Fact]
    public void Where_the_log_has_become_as_large_as_the_last_snapshot_another_is_wanted_sooner()
    {
        Entry[] entries = [.. Enumerable.Repeat(Entry.Of(new Batch(OneA, 1, 0, default)), 4)];
        var size = entries[0].Size;
        var options = LogOptions.Default with { SnapshotEverySlots = 7, SnapshotSoonestSlots = 2 };
        var learner = New(options);
        Assert.Equal([2UL, 4UL], Wanted(learner, entries));
        Three.Effects(effects => learner.OnSnapshotDurable(4, size * 3, effects));
        Assert.Equal([7UL], Wanted(learner, entries, first: 5));
        // Not before that many bytes, nor after more slots than every so many.
        Three.Effects(effects => learner.OnSnapshotDurable(7, size * 100, effects));
        Assert.Equal([14UL], Wanted(learner, [.. entries, .. entries], first: 9));

        var back = New(options);
        Three.Effects(effects => back.Start(10, null, effects, size * 4));
        Assert.Equal([14UL], Wanted(back, entries, first: 11));
        var sent = New(options);
        Three.Effects(effects => sent.OnRestored(10, null, effects, size * 4));
        Assert.Equal([14UL], Wanted(sent, entries, first: 11));
    }

    private static IEnumerable<ulong> Wanted(Learner learner, Entry[] entries, ulong first = 1)
    {
        var effects = new Effects();
        learner.On(D, Told(first, entries), default, effects);
        return effects.OfType<SnapshotWanted>().Select(wanted => wanted.Slot);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3 * LogOptions.SlotBytes, 3)]
    [InlineData(5 * LogOptions.SlotBytes, 5)]
    [InlineData(1000L * LogOptions.SlotBytes, 24)]
    public void Of_a_large_state_one_is_wanted_when_the_slots_are_worth_it(long bytes, ulong slots)
    {
        var learner = New(LogOptions.Default with { SnapshotEverySlots = 3 });
        Three.Effects(effects => learner.OnSnapshotDurable(0, bytes, effects));
        Assert.Equal(slots, Wanted(learner, [.. Enumerable.Repeat(Entry.NoOp, 30)]).First());
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(5, 5)]
    [InlineData(1000, 24)]
    public void Of_a_large_state_one_is_wanted_when_the_log_is_as_large(int large, ulong slots)
    {
        var entry = Entry.Of(new Batch(OneA, 1, 0, default));
        var learner = New(LogOptions.Default with { SnapshotEveryBytes = entry.Size * 3 });
        Three.Effects(effects => learner.OnSnapshotDurable(0, (long)entry.Size * large, effects));
        Assert.Equal(slots, Wanted(learner, [.. Enumerable.Repeat(entry, 30)]).First());
        // One that could not be written is not waited for again for so long.
        learner.OnSnapshotFailed();
        Assert.InRange(Wanted(learner, [.. Enumerable.Repeat(entry, 3)], first: 31).First(), 31UL, 33UL);
    }

    [Fact]
    public void Behind_a_durable_snapshot_the_log_keeps_what_others_may_ask_for()
    {
        var learner = New(LogOptions.Default with { RetainSlots = 3 });
        On(learner, D, Told(1, 5));
        Assert.Empty(Three.Effects(effects => learner.OnSnapshotDurable(3, 100, effects)));
        Assert.Equal(["at once Trim(1) to d"], Three.Effects(effects => learner.OnSnapshotDurable(4, 100, effects)));
        Assert.Equal(["at once Trim(2) to d"], Three.Effects(effects => learner.OnSnapshotDurable(5, 100, effects)));
        // What was logged since the snapshot before, where that is less.
        var near = New(LogOptions.Default with { RetainSlots = 3, SnapshotSoonestSlots = 1 });
        On(near, D, Told(1, 9));
        Assert.Empty(Three.Effects(effects => near.OnSnapshotDurable(3, 100, effects)));
        Assert.Equal(["at once Trim(3) to d"], Three.Effects(effects => near.OnSnapshotDurable(5, 100, effects)));
        Assert.Equal(["at once Trim(4) to d"], Three.Effects(effects => near.OnSnapshotDurable(5, 100, effects)));
        Assert.Equal(["at once Trim(6) to d"], Three.Effects(effects => near.OnSnapshotDurable(9, 100, effects)));
        var alone = New(LogOptions.Default with { RetainSlots = 0 }, hasAcceptor: false);
        On(alone, Three.A, Told(1, 5));
        Assert.Empty(Three.Effects(effects => alone.OnSnapshotDurable(5, 100, effects)));
    }

    [Fact]
    public void Behind_a_durable_snapshot_the_log_keeps_so_many_bytes_or_what_is_behind_the_last_one()
    {
        Entry[] entries = [.. Enumerable.Repeat(Entry.Of(new Batch(OneA, 1, 0, default)), 12)];
        var size = entries[0].Size;
        var learner = New(LogOptions.Default with { SnapshotEverySlots = 4, RetainBytes = (size * 6) - 1 });
        Assert.Equal([4UL, 8UL, 12UL], Wanted(learner, entries));
        Assert.Empty(Three.Effects(effects => learner.OnSnapshotDurable(4, size, effects)));
        Assert.Equal(["at once Trim(3) to d"], Three.Effects(effects => learner.OnSnapshotDurable(8, size, effects)));
        // To send as much as the snapshot has costs no more than the snapshot.
        Assert.Equal(["at once Trim(5) to d"], Three.Effects(effects => learner.OnSnapshotDurable(12, size * 7, effects)));
        var large = New(LogOptions.Default with { SnapshotEverySlots = 4, RetainBytes = size - 1 });
        Assert.Equal([4UL, 8UL, 12UL], Wanted(large, entries));
        Assert.Empty(Three.Effects(effects => large.OnSnapshotDurable(4, 1, effects)));
        Assert.Equal(["at once Trim(4) to d"], Three.Effects(effects => large.OnSnapshotDurable(8, 1, effects)));
    }

    [Fact]
    public void A_log_that_is_behind_a_durable_snapshot_begins_behind_it()
    {
        var learner = New();
        On(learner, D, Told(1, 5));
        Assert.Equal([$"tell {new SnapshotWanted(5)}", "at once Fetch(3) to a", "retry in 100 to 150 ms"], On(learner, D, new Missing(3, 5, Three.A)));
        Assert.Equal(["at once Trim(5) to d", "at once Fetch(6) to d"], Three.Effects(effects => learner.OnSnapshotDurable(5, 100, effects)));
        // What it goes on from is as good as told by the log itself.
        Assert.Empty(On(learner, D, new LogIsRead(5)));
    }

    [Fact]
    public void Where_the_entries_are_gone_the_snapshot_comes_piece_by_piece_from_whoever_was_asked()
    {
        var learner = New(hasAcceptor: false);
        On(learner, Three.A, new Chosen(OneA, 1, 9));
        Assert.Empty(On(learner, Three.B, new Trimmed(5)));
        Assert.Equal(["at once FetchSnapshot(0, 0) to a", "retry in 1000 to 1500 ms"], On(learner, Three.A, new Trimmed(5)));
        Assert.Empty(On(learner, Three.B, Piece(5, 0, 8)));
        Assert.Empty(On(learner, Three.A, Piece(5, 4, 8)));
        Assert.Equal([$"tell {Received(5, 0, 8)}", "at once FetchSnapshot(5, 4) to a", "retry in 1000 to 1500 ms"], On(learner, Three.A, Piece(5, 0, 8)));
        // Once more, and one of a newer one from its middle.
        Assert.Empty(On(learner, Three.A, Piece(5, 0, 8)));
        Assert.Empty(On(learner, Three.A, Piece(7, 4, 8)));
        // A newer one begins at its beginning.
        Assert.Equal([$"tell {Received(7, 0, 8)}", "at once FetchSnapshot(7, 4) to a", "retry in 1000 to 1500 ms"], On(learner, Three.A, Piece(7, 0, 8)));
        Assert.Equal([$"tell {Received(7, 4, 8)}", "no retry"], On(learner, Three.A, Piece(7, 4, 8)));
    }

    [Fact]
    public void A_snapshot_that_was_restored_is_gone_on_from()
    {
        var learner = New();
        On(learner, D, new WhenApplied(4));
        On(learner, D, new Missing(1, 9, Three.A));
        On(learner, Three.A, new Trimmed(5));
        On(learner, Three.A, Piece(5, 0, 4));
        machine.TimeMs = 3;
        Assert.Equal(
            [
                $"tell {new Reconfigured(Second, 4)}",
                "at once InForce(configuration 2: a, b, d, since 4) to d", "at once Due(18446744073709551615) to d",
                "at once InForce(configuration 2: a, b, d, since 4) to d", "at once Due(18446744073709551615) to d", "at once Applied(5, 3) to d",
                "at once Trim(5) to d", "at once Fetch(6) to d",
                "at once Fetch(6) to a", "retry in 100 to 150 ms",
            ],
            Three.Effects(effects => learner.OnRestored(5, new InForce(Second, 4), effects)));
        Assert.Equal(5UL, learner.AppliedThrough);
    }

    [Fact]
    public void A_snapshot_with_all_that_was_missing_ends_the_asking()
    {
        var learner = New(hasAcceptor: false);
        On(learner, Three.A, new Chosen(OneA, 1, 5));
        On(learner, Three.A, new Trimmed(5));
        Assert.Equal(Undue, Three.Effects(effects => learner.OnRestored(5, null, effects)));
        // Nobody is asked any more: the next that is missing is asked for at once.
        Assert.Equal(["at once Observed(1.a, leading) to d", "at once Fetch(6) to b", "retry in 100 to 150 ms"], On(learner, Three.B, new Chosen(OneA, 1, 6)));
    }

    [Fact]
    public void A_snapshot_that_could_not_be_restored_is_asked_for_elsewhere()
    {
        var learner = New(hasAcceptor: false);
        On(learner, Three.A, new Chosen(OneA, 1, 5));
        On(learner, Three.A, new Trimmed(5));
        On(learner, Three.A, Piece(5, 0, 8));
        Assert.Equal(["retry in 100 to 150 ms"], Three.Effects(learner.OnRestoreFailed));
        Assert.Empty(On(learner, Three.A, Piece(5, 4, 8)));
        Assert.Equal(["at once Fetch(1) to a", "retry in 100 to 150 ms"], Retry(learner));
        Assert.Equal(["at once Fetch(1) to b", "retry in 100 to 150 ms"], Retry(learner));
    }

    [Fact]
    public void Who_does_not_answer_is_not_asked_again_before_the_others()
    {
        var learner = New();
        On(learner, D, new Missing(1, 5, Three.A));
        Assert.Equal(
            ["a", "b", "c", "a", "a"],
            Enumerable.Range(0, 5).Select(_ => Assert.Single(Retry(learner), effect => effect.StartsWith("at once Fetch(1) to ", StringComparison.Ordinal) && effect[^1] != 'd')[^1..]));
        Assert.Empty(Three.Effects(effects => learner.OnTimer(Protocol.Timer.Tick, default, effects)));
        On(learner, D, Told(1, 5));
        Assert.Empty(Retry(learner));
    }

    [Fact]
    public void Another_node_that_asks_for_a_snapshot_gets_it_from_the_host()
    {
        Assert.Equal([$"tell {new SnapshotAsked(Three.A, 5, 4)}"], On(New(), Three.A, new FetchSnapshot(5, 4)));
    }

    [Fact]
    public void A_node_that_has_let_go_of_what_is_applied_here_makes_the_own_log_begin_behind_the_snapshot()
    {
        var learner = New();
        On(learner, D, Told(1, 5));
        On(learner, D, new Missing(3, 5, Three.A));
        On(learner, D, Told(3, 1));
        Three.Effects(effects => learner.OnSnapshotDurable(5, 100, effects));
        On(learner, D, new Missing(4, 6, Three.A));
        Assert.Empty(On(learner, Three.B, new Trimmed(5)));
        Assert.Empty(On(learner, Three.A, new Trimmed(2)));
        Assert.Equal([$"tell {new SnapshotWanted(5)}"], On(learner, Three.A, new Trimmed(5)));
        Assert.Equal(["at once FetchSnapshot(0, 0) to a", "retry in 1000 to 1500 ms"], On(learner, Three.A, new Trimmed(6)));
    }

    [Fact]
    public void A_log_that_was_let_go_further_than_the_snapshot_here_goes_leaves_only_the_others_to_ask()
    {
        var learner = New();
        On(learner, D, Told(1, 2));
        Assert.Empty(On(learner, D, new Trimmed(2)));
        Assert.Equal(["at once Fetch(3) to d", "at once Fetch(3) to a", "retry in 100 to 150 ms"], On(learner, D, new Trimmed(5)));
        Assert.Empty(On(learner, D, new Trimmed(5)));
        Assert.Equal(5UL, learner.ChosenThrough);
        Assert.Equal(["at once FetchSnapshot(0, 0) to a", "retry in 1000 to 1500 ms"], On(learner, Three.A, new Trimmed(5)));
    }

    [Fact]
    public void A_snapshot_for_the_logs_sake_is_wanted_once_until_it_is_durable_or_has_failed()
    {
        var learner = New();
        On(learner, D, Told(1, 5));
        Three.Effects(effects => learner.OnSnapshotDurable(2, 100, effects));
        // It begins behind the newest that is durable: for what is missing behind that another is needed.
        string[] wanted = [$"tell {new SnapshotWanted(5)}"];
        Assert.Equal(wanted, On(learner, D, new Missing(3, 5, Three.A))[..1]);
        Assert.Empty(On(learner, D, new Missing(3, 5, Three.A)));
        learner.OnSnapshotFailed();
        Assert.Equal(wanted, On(learner, D, new Missing(3, 5, Three.A)));
        Assert.Equal(["at once Trim(4) to d", "at once Fetch(6) to d"], Three.Effects(effects => learner.OnSnapshotDurable(4, 100, effects)));
        Assert.Equal(wanted, On(learner, D, new Missing(5, 5, Three.A)));
        // An older one that is ready late takes nothing back.
        Three.Effects(effects => learner.OnSnapshotDurable(5, 100, effects));
        Three.Effects(effects => learner.OnSnapshotDurable(3, 100, effects));
        Assert.Equal(["at once Trim(5) to d", "at once Fetch(6) to d"], On(learner, D, new Missing(2, 5, Three.A)));
        Assert.Equal(["no retry"], On(learner, D, new Kept()));
    }

    [Fact]
    public void Where_the_own_log_was_quicker_a_snapshot_is_not_gone_back_to()
    {
        var learner = New();
        On(learner, D, new Missing(1, 5, Three.A));
        On(learner, Three.A, new Trimmed(5));
        On(learner, Three.A, Piece(5, 0, 4));
        On(learner, D, Told(1, 5));
        Assert.Empty(Three.Effects(effects => learner.OnRestored(5, new InForce(Second, 4), effects)));
        Assert.Equal(["at once Fetch(6) to b", "retry in 100 to 150 ms"], On(learner, D, new Missing(6, 6, Three.B)));
    }

    [Fact]
    public void From_a_restored_snapshot_slots_and_bytes_are_counted_anew()
    {
        Entry[] entries = [.. Enumerable.Repeat(Entry.Of(new Batch(OneA, 1, 0, default)), 3)];
        foreach (var options in new[] { LogOptions.Default with { SnapshotEverySlots = 2 }, LogOptions.Default with { SnapshotEveryBytes = entries[0].Size * 2 } })
        {
            var learner = New(options);
            On(learner, D, Told(1, entries[..1]));
            Three.Effects(effects => learner.OnRestored(5, null, effects));
            var effects = new Effects();
            learner.On(D, Told(6, entries), default, effects);
            Assert.Equal([7UL], effects.OfType<SnapshotWanted>().Select(wanted => wanted.Slot));
            // It is durable here: the log may begin behind it.
            Assert.Equal("at once Trim(5) to d", On(learner, D, new Missing(3, 8, Three.A))[0]);
        }
    }

    [Fact]
    public void What_the_snapshot_says_of_the_configuration_holds_where_it_is_not_older()
    {
        var learner = new Learner(D, Second, machine, LogOptions.Default, hasAcceptor: true);
        Assert.Contains("at once InForce(configuration 2: a, b, d, since 0) to d", Three.Effects(effects => learner.Start(3, new InForce(First, 1), effects)));
        Assert.Contains("at once InForce(configuration 2: a, b, d, since 2) to d", Three.Effects(effects => learner.OnRestored(5, new InForce(Second, 2), effects)));
    }

    [Fact]
    public void Who_has_asked_everybody_asks_the_first_again_as_soon_as_more_is_chosen()
    {
        var learner = New();
        On(learner, D, new Missing(1, 1, Three.A));
        On(learner, D, Told(1, 1));
        On(learner, D, new Missing(2, 2, default));
        Assert.Equal(["at once Fetch(2) to d", "at once Fetch(2) to b", "retry in 100 to 150 ms"], Retry(learner));
        On(learner, D, Told(2, 1));
        // All is there: the timer that is left asks nobody.
        Assert.Empty(Retry(learner));
        Assert.Equal(["at once Fetch(3) to c", "retry in 100 to 150 ms"], On(learner, D, new Missing(3, 3, D)));
    }

    [Fact]
    public void A_snapshot_whose_place_was_lost_is_begun_anew()
    {
        var learner = New(hasAcceptor: false);
        On(learner, Three.A, new Chosen(OneA, 1, 9));
        On(learner, Three.A, new Trimmed(5));
        Assert.NotEmpty(On(learner, Three.A, Piece(5, 0, 12)));
        // It answers twice.
        Assert.Equal(["at once FetchSnapshot(0, 0) to a", "retry in 1000 to 1500 ms"], On(learner, Three.A, new Trimmed(5)));
        Assert.Empty(On(learner, Three.A, Piece(5, 4, 12)));
        Assert.NotEmpty(On(learner, Three.A, Piece(5, 0, 12)));
        // It does not answer, and after all others were asked it does.
        foreach (var node in (string[])["a", "b", "c", "a"])
            Assert.Equal([$"at once Fetch(1) to {node}", "retry in 100 to 150 ms"], Retry(learner));
        Assert.Empty(On(learner, Three.A, Piece(5, 4, 12)));
        On(learner, Three.A, Told(1, 5));
        Assert.Empty(On(learner, Three.A, Piece(5, 0, 12)));
    }

    private Learner New(LogOptions? options = null, bool hasAcceptor = true) => new(D, First, machine, options ?? LogOptions.Default, hasAcceptor);

    private static Entries Told(ulong first, int count) => Told(first, [.. Enumerable.Repeat(Entry.NoOp, count)]);

    private static Entries Told(ulong first, params Entry[] entries) => new(first, ImmutableArray.Create(entries));

    private static SnapshotChunk Piece(ulong slot, ulong offset, ulong total) => new(slot, offset, total, Three.Blue);

    private static ChunkReceived Received(ulong slot, ulong offset, ulong total) => new(slot, offset, total, Three.Blue);

    private static string[] On(Learner learner, NodeId from, Message message) => Three.Effects(effects => learner.On(from, message, default, effects));

    private static string[] Retry(Learner learner) => Three.Effects(effects => learner.OnTimer(Protocol.Timer.Retry, default, effects));

    private sealed class Machine : ILogConsumer
    {
        public List<ulong> Applied { get; } = [];

        public ulong TimeMs { get; set; }

        public ulong DueMs { get; set; } = ulong.MaxValue;

        public void Apply(ulong slot, Entry entry, Effects effects) => Applied.Add(slot);
    }
}
