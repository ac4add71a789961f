using System.Collections.Immutable;
using CsCheck;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.Protocol.Tests.Log;

public sealed class ReplicaTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private readonly ReplicaRig rig = new(new LogSettings { SessionMaxInFlight = 3, IdempotencyMax = 2, DueMaxPerSlot = 2, DigestInterval = 2 });

    [Fact]
    public void An_opening_that_comes_twice_opens_one_session()
    {
        Assert.Equal(["opened 01", "opened 01", "opened 03"], rig.At(0, new Command.Open(5), new Command.Open(5), new Command.Open(6)));
        Assert.Equal(2, rig.Replica.SessionCount);
    }

    [Fact]
    public void A_retry_is_answered_with_the_first_result_and_not_applied()
    {
        rig.At(0, new Command.Open(5));
        Assert.Equal(["1 k = v", "1/1 wrote 1"], rig.At(0, ReplicaRig.Write(1, 1, "k")));
        Assert.Equal(["1/1 wrote 1"], rig.At(0, ReplicaRig.Write(1, 1, "k")));
        Assert.Equal(1UL, rig.Replica.Index);
    }

    [Fact]
    public void Sequences_come_in_any_order_up_to_a_limit()
    {
        rig.At(0, new Command.Open(5));
        Assert.Equal(["1/4 TooFarAhead"], rig.At(0, ReplicaRig.Write(1, 4, "k")));
        Assert.Equal(["1 k = v", "1/3 wrote 1"], rig.At(0, ReplicaRig.Write(1, 3, "k")));
        Assert.Equal(["2 k = v", "1/1 wrote 2"], rig.At(0, ReplicaRig.Write(1, 1, "k")));
        Assert.Equal(["3 k = v", "1/4 wrote 3"], rig.At(0, ReplicaRig.Write(1, 4, "k", acknowledged: 1)));
        Assert.Equal(["1/1 Forgotten"], rig.At(0, ReplicaRig.Write(1, 1, "k")));
        Assert.Equal(["1/3 wrote 1"], rig.At(0, ReplicaRig.Write(1, 3, "k")));
    }

    [Fact]
    public void What_is_acknowledged_is_forgotten_without_being_counted_to()
    {
        rig.At(0, new Command.Open(5), ReplicaRig.Write(1, 1, "k"), ReplicaRig.Write(1, 2, "k"));
        Assert.Equal(["3 k = v", "1/18446744073709551615 wrote 3"], rig.At(0, ReplicaRig.Write(1, ulong.MaxValue, "k", acknowledged: ulong.MaxValue - 1)));
        Assert.Equal(["1/2 Forgotten"], rig.At(0, ReplicaRig.Write(1, 2, "k")));
    }

    [Fact]
    public void A_session_ends_when_nothing_was_heard_for_its_time_and_its_commands_are_refused_for_ever()
    {
        rig.At(1000, new Command.Open(5));
        Assert.Equal(61_000UL, rig.Replica.DueMs);
        Assert.Equal(["session 1 Done"], rig.At(60_999, new Command.KeepAlive(1)));
        Assert.Equal(120_999UL, rig.Replica.DueMs);
        Assert.Equal(["1/1 SessionExpired", "session 1 SessionExpired"], rig.At(120_999, ReplicaRig.Write(1, 1, "k"), new Command.KeepAlive(1)));
        Assert.Equal(["opened 05"], rig.At(120_999, new Command.Open(5)));
        Assert.Equal(["1/1 SessionExpired"], rig.At(120_999, ReplicaRig.Write(1, 1, "k")));
    }

    [Fact]
    public void Whatever_a_client_says_in_a_session_moves_its_deadline()
    {
        rig.At(1000, new Command.Open(5));
        rig.At(2000, new Command.Open(5));
        Assert.Equal(62_000UL, rig.Replica.DueMs);
        rig.At(3000, ReplicaRig.Write(1, 1, "k"));
        Assert.Equal(63_000UL, rig.Replica.DueMs);
        // Also what is answered from the table.
        rig.At(4000, ReplicaRig.Write(1, 1, "k"));
        Assert.Equal(64_000UL, rig.Replica.DueMs);
    }

    [Fact]
    public void The_session_that_was_silent_for_longest_ends_first()
    {
        rig.At(0, new Command.Open(5), new Command.Open(6), new Command.Open(7));
        rig.At(1, new Command.KeepAlive(1));
        rig.At(2, new Command.KeepAlive(2));
        Assert.Equal(60_000UL, rig.Replica.DueMs);
        rig.At(60_001);
        Assert.Equal((1, 60_002UL), (rig.Replica.SessionCount, rig.Replica.DueMs));
        rig.At(60_002);
        Assert.Equal((0, ulong.MaxValue), (rig.Replica.SessionCount, rig.Replica.DueMs));
    }

    // What was acknowledged must not stay in the snapshots, by whichever way it was let go.
    [Fact]
    public void Acknowledged_results_take_no_room()
    {
        static Command.Apply Nonsense(ulong sequence, ulong acknowledged = 0) => new(1, sequence, acknowledged, Value.FromUtf8("nonsense"));
        static int Kept(params Command[] commands)
        {
            var replica = new ReplicaRig();
            replica.At(0, [new Command.Open(5), .. commands]);
            return System.Text.Encoding.Latin1.GetString(replica.Snapshot()).Split("no such command").Length - 1;
        }
        Assert.Equal(3, Kept(Nonsense(1), Nonsense(2), Nonsense(3)));
        Assert.Equal(2, Kept(Nonsense(1), Nonsense(2), Nonsense(3), Nonsense(4, acknowledged: 2)));
        // Far ahead, and so that the last of them is just acknowledged.
        Assert.Equal(1, Kept(Nonsense(1), Nonsense(2), Nonsense(8, acknowledged: 7)));
        Assert.Equal(1, Kept(Nonsense(1), Nonsense(8), Nonsense(9, acknowledged: 8)));
        Assert.Equal(2, Kept(Nonsense(1), Nonsense(9), Nonsense(10, acknowledged: 8)));
    }

    [Fact]
    public void Time_that_falls_ends_nothing_sooner_and_never_falls_for_the_machine()
    {
        rig.At(50_000, new Command.Open(5));
        rig.At(10, new Command.KeepAlive(1));
        Assert.Equal(50_000UL, rig.Replica.TimeMs);
        Assert.Equal(110_000UL, rig.Replica.DueMs);
    }

    [Fact]
    public void A_closed_session_is_gone()
    {
        rig.At(0, new Command.Open(5));
        Assert.Equal(["session 1 Done", "session 1 SessionExpired"], rig.At(0, new Command.Close(1), new Command.Close(1)));
        Assert.Equal(ulong.MaxValue, rig.Replica.DueMs);
    }

    [Fact]
    public void A_key_answers_the_same_command_with_the_first_result_and_another_with_a_conflict()
    {
        var first = new Command.Keyed("key", ReplicaRig.Put("k", "x"));
        Assert.Equal(["1 k = x", "key wrote 1"], rig.At(0, first));
        Assert.Equal(["key wrote 1"], rig.At(3_599_999, first));
        Assert.Equal(["key KeyConflict"], rig.At(3_599_999, new Command.Keyed("key", ReplicaRig.Put("k", "y"))));
        Assert.Equal(["2 k = y", "key wrote 2"], rig.At(3_600_000, new Command.Keyed("key", ReplicaRig.Put("k", "y"))));
        // Its hour counts from then.
        Assert.Equal(["key KeyConflict"], rig.At(7_199_999, first));
        Assert.Equal(["3 k = x", "key wrote 3"], rig.At(7_200_000, first));
    }

    [Fact]
    public void Where_there_is_no_result_of_the_machine_the_words_say_why()
    {
        Assert.Equal("ok", new Result(ResultKind.Done, Value.FromUtf8("ok")).ToString());
        Assert.Equal("KeyConflict", new Result(ResultKind.KeyConflict, default).ToString());
        Assert.Equal("Failed why", new Result(ResultKind.Failed, Value.FromUtf8("why")).ToString());
    }

    // Before it is accepted: no node could apply it.
    [Fact]
    public void An_entry_is_checked_without_being_made()
    {
        var batch = Entry.Of(new Batch(new Ballot(1, A), 300, 400, ImmutableArray.Create(Value.FromUtf8("x"), default)));
        foreach (var entry in new[] { Entry.NoOp, batch, Entry.Of(Three.Voters) })
        {
            entry.Check();
            for (var length = 0; length < entry.Size; length++)
                Assert.Throws<FormatException>(() => (entry with { Value = new Value(entry.Value.Bytes[..length]) }).Check());
        }
        // A batch's bytes are no configuration.
        Assert.Throws<FormatException>(() => (batch with { Kind = EntryKind.Configuration }).Check());
    }

    [Fact]
    public void Past_their_number_the_oldest_keys_go()
    {
        Command[] three = [Keyed("a"), Keyed("b"), Keyed("c")];
        rig.At(0, three);
        Assert.Equal(["c wrote 3", "b wrote 2", "4 k = x", "a wrote 4"], rig.At(0, [.. three.Reverse()]));

        static Command Keyed(string key) => new Command.Keyed(key, ReplicaRig.Put("k", "x"));
    }

    [Fact]
    public void A_machine_that_throws_answers_with_the_error_and_the_log_goes_on()
    {
        var nonsense = new Command.Keyed("key", Value.FromUtf8("nonsense"));
        Assert.Equal(["key Failed"], rig.At(0, nonsense));
        Assert.Equal(["key Failed", "2 k = x", "other wrote 2"], rig.At(0, nonsense, new Command.Keyed("other", ReplicaRig.Put("k", "x"))));
    }

    [Fact]
    public void A_machine_that_throws_when_something_is_due_asks_for_no_slot_and_is_called_again_in_the_next()
    {
        var machine = new Clockwork();
        var broken = new ReplicaRig(machine: machine);
        Assert.Equal(5UL, broken.Replica.DueMs);
        broken.At(5);
        Assert.Equal((1, ulong.MaxValue), (machine.Calls, broken.Replica.DueMs));
        machine.IsBroken = false;
        broken.At(6);
        Assert.Equal((2, 10UL), (machine.Calls, broken.Replica.DueMs));
    }

    [Fact]
    public void Many_expiries_at_once_are_spread_over_slots_each_with_its_own_number()
    {
        rig.At(0, new Command.Open(5), ReplicaRig.Write(1, 1, "a", ttlMs: 10), ReplicaRig.Write(1, 2, "b", ttlMs: 10), ReplicaRig.Write(1, 3, "c", ttlMs: 10));
        Assert.Empty(rig.At(9));
        Assert.Equal(["4 a gone", "5 b gone"], rig.At(10));
        Assert.Equal(10UL, rig.Replica.DueMs);
        Assert.Equal(["6 c gone"], rig.At(10));
    }

    [Fact]
    public void A_batch_of_an_older_leader_adopted_behind_a_newer_ones_moves_no_clock()
    {
        rig.Apply(Entry.Of(new Batch(new Ballot(2, B), 100, 0, default)));
        rig.Apply(Entry.Of(new Batch(new Ballot(1, B), 200, 0, default)));
        rig.Apply(Entry.Of(new Batch(new Ballot(2, A), 200, 0, default)));
        Assert.Equal(100UL, rig.Replica.TimeMs);
        rig.Apply(Entry.Of(new Batch(new Ballot(3, A), 150, 0, default)));
        Assert.Equal(150UL, rig.Replica.TimeMs);
    }

    [Fact]
    public void No_ops_and_what_is_no_command_change_nothing_and_a_configuration_is_remembered()
    {
        Assert.Empty(rig.Apply(Entry.NoOp));
        Assert.Empty(rig.Apply(Entry.Of(new Batch(new Ballot(1, A), 0, 0, ImmutableArray.Create(Value.FromUtf8("nonsense"))))));
        Assert.Empty(rig.Apply(Entry.Of(Three.WithLearner)));
        Assert.Equal((new InForce(Three.WithLearner, 3), 0UL), (rig.Replica.InForce!, rig.Replica.Index));
        // Left behind by a leader that was deposed, while another was chosen.
        Assert.Empty(rig.Apply(Entry.Of(Three.Voters)));
        Assert.Equal([new InForce(Three.WithLearner, 3)], rig.Replica.Configurations);
    }

    [Fact]
    public void The_configurations_that_it_came_through_are_in_its_snapshot()
    {
        var next = Three.WithLearner;
        var slots = new List<InForce>();
        for (var slot = 1UL; slot <= 70; slot++)
        {
            next = slot % 2 == 1 ? next.Remove(Three.Learner) : next.Add(Three.Member(Three.Learner), "");
            rig.Apply(Entry.Of(next));
            slots.Add(new InForce(next, slot));
        }
        var snapshot = new MemoryStream();
        rig.Replica.Freeze().Write(snapshot);
        snapshot.Position = 0;
        var other = new ReplicaRig();
        other.Apply(Entry.Of(Three.WithLearner));
        other.Replica.Restore(snapshot);
        Assert.Equal(slots.TakeLast(64), rig.Replica.Configurations);
        Assert.Equal(slots.TakeLast(64), other.Replica.Configurations);
        Assert.Equal(new InForce(next, 70), other.Replica.InForce);
    }

    [Fact]
    public void A_gap_in_the_slots_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => rig.Replica.Apply(2, Entry.NoOp, new Effects()));

    [Fact]
    public void The_digest_tells_machines_apart_that_answer_differently_and_is_kept_at_intervals()
    {
        var other = new ReplicaRig(new LogSettings { DigestInterval = 2 });
        foreach (var each in new[] { rig, other })
            each.At(0, new Command.Keyed("key", ReplicaRig.Put("k", "x")));
        Assert.Equal(rig.Replica.Digest, other.Replica.Digest);
        rig.At(0, new Command.Keyed("2", ReplicaRig.Put("k", "x")));
        other.At(0, new Command.Keyed("2", ReplicaRig.Put("k", "y")));
        Assert.NotEqual(rig.Replica.DigestAt(2), other.Replica.DigestAt(2));
        Assert.Equal(rig.Replica.Digest, rig.Replica.DigestAt(2));
        Assert.Null(rig.Replica.DigestAt(1));
    }

    [Fact]
    public void Whatever_machines_do_differently_shows_in_their_digests()
    {
        static ulong DigestOf(Action<IOutput> act, Action<IOutput>? atEnd = null)
        {
            var replica = new Replica(new Doing(act, atEnd), LogSettings.Default);
            replica.Apply(1, ReplicaRig.Batch(0, new Command.Open(5), new Command.Keyed("k", Value.FromUtf8("x"))), new Effects());
            replica.Apply(2, ReplicaRig.Batch(0, new Command.Close(1)), new Effects());
            return replica.Digest;
        }
        static void Say(IOutput output, string result, string topic, string notification)
        {
            output.Result(Value.FromUtf8(result));
            output.Notify(topic, Value.FromUtf8(notification));
        }
        ulong[] digests =
        [
            DigestOf(output => Say(output, "r", "t", "n")),
            DigestOf(output => Say(output, "q", "t", "n")),
            DigestOf(output => Say(output, "r", "u", "n")),
            DigestOf(output => Say(output, "r", "t", "m")),
            DigestOf(_ => { }),
            DigestOf(_ => throw new InvalidOperationException("one")),
            DigestOf(_ => throw new InvalidOperationException("two")),
            DigestOf(_ => { }, output => output.Notify("t", Value.FromUtf8("n"))),
            DigestOf(_ => { }, _ => throw new InvalidOperationException("one")),
            DigestOf(_ => { }, _ => throw new InvalidOperationException("two")),
        ];
        Assert.Equal(digests.Length, digests.Distinct().Count());
        Assert.Equal(digests[0], DigestOf(output => Say(output, "r", "t", "n")));
    }

    [Fact]
    public void An_error_is_told_up_to_1024_characters()
    {
        foreach (var (length, told) in new[] { (1023, 1023), (1024, 1024), (1025, 1024) })
        {
            var replica = new Replica(new Doing(_ => throw new InvalidOperationException(new string('x', length))), LogSettings.Default);
            var effects = new Effects();
            replica.Apply(1, ReplicaRig.Batch(0, new Command.Keyed("k", Value.FromUtf8("x"))), effects);
            var completed = Assert.Single(effects.OfType<Completed>());
            Assert.Equal((ResultKind.Failed, told), (completed.Result.Kind, completed.Result.Value.Bytes.Length));
        }
    }

    // Nodes of two versions compare their digests: what goes into them, and in which order, stays as it is.
    [Fact]
    public void The_digest_of_a_history_is_the_same_in_every_version()
    {
        rig.At(1000, new Command.Open(5), ReplicaRig.Write(1, 1, "k", ttlMs: 10), ReplicaRig.Write(1, 9, "k"), new Command.Keyed("key", ReplicaRig.Put("k", "x")));
        rig.At(1010, new Command.KeepAlive(1), new Command.Keyed("other", Value.FromUtf8("nonsense")));
        rig.Apply(Entry.NoOp);
        rig.At(61_010, new Command.Close(1));
        Assert.Equal(17_939_632_974_158_061_166UL, rig.Replica.Digest);
    }

    [Fact]
    public void The_digests_of_the_last_8_intervals_are_kept_and_come_with_a_snapshot()
    {
        Assert.Null(rig.Replica.NewestMark);
        for (var slot = 1; slot <= 19; slot++)
            rig.Apply(Entry.NoOp);
        var other = new ReplicaRig();
        other.Restore(rig.Snapshot());
        foreach (var replica in new[] { rig.Replica, other.Replica })
        {
            Assert.Null(replica.DigestAt(2));
            Assert.Equal((18UL, replica.DigestAt(18)!.Value), replica.NewestMark);
            Assert.Equal(8, Enumerable.Range(1, 19).Select(slot => replica.DigestAt((ulong)slot)).OfType<ulong>().Distinct().Count());
        }
        other.Restore(new ReplicaRig().Snapshot());
        Assert.Null(other.Replica.NewestMark);
    }

    // It is short on this node only: no result.
    [Fact]
    public void Memory_that_is_short_is_no_result()
    {
        static Replica Short(bool atEnd) => new(
            new Doing(_ => Throw(!atEnd), _ => Throw(atEnd)), LogSettings.Default);
        static void Throw(bool really)
        {
            if (really)
                throw new InsufficientMemoryException();
        }
        var entry = ReplicaRig.Batch(0, new Command.Open(5), new Command.Keyed("k", default), new Command.Close(1));
        Assert.Throws<InsufficientMemoryException>(() => Short(atEnd: false).Apply(1, entry, new Effects()));
        Assert.Throws<InsufficientMemoryException>(() => Short(atEnd: true).Apply(1, entry, new Effects()));
    }

    [Theory]
    [InlineData(0, 3_600_000)]
    [InlineData(1, 3_660_000)]
    [InlineData(60_000, 3_660_000)]
    [InlineData(60_001, 3_720_000)]
    public void Keys_are_let_go_at_the_full_minute_behind_their_hour(ulong usedMs, ulong dueMs)
    {
        rig.At(usedMs, new Command.Keyed("key", ReplicaRig.Put("k", "x")));
        Assert.Equal(dueMs, rig.Replica.DueMs);
        rig.At(dueMs);
        Assert.Equal(ulong.MaxValue, rig.Replica.DueMs);
    }

    private sealed class Doing(Action<IOutput> act, Action<IOutput>? atEnd = null) : IStateMachine
    {
        public void Apply(in Context context, Value command, IOutput output) => act(output);

        public void OnSessionClosed(ulong session, in Context context, IOutput output) => atEnd?.Invoke(output);

        public Value Query(Value question) => question;

        public ISnapshotView Freeze() => throw new NotSupportedException();

        public void Restore(Stream snapshot) => throw new NotSupportedException();
    }

    [Fact]
    public void A_frozen_view_does_not_see_what_follows()
    {
        rig.At(0, new Command.Open(5), ReplicaRig.Write(1, 1, "k"));
        var before = rig.Snapshot();
        var view = rig.Replica.Freeze();
        rig.At(20, ReplicaRig.Write(1, 2, "l", acknowledged: 1), new Command.Keyed("key", ReplicaRig.Put("k", "x")));
        using var stream = new MemoryStream();
        view.Write(stream);
        Assert.Equal(before, stream.ToArray());
    }

    [Fact]
    public void A_snapshot_cut_short_is_refused()
    {
        rig.At(0, new Command.Open(5), ReplicaRig.Write(1, 1, "k"));
        var whole = rig.Snapshot();
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<EndOfStreamException>(() => new ReplicaRig().Restore(whole[..length]));
    }

    [Fact]
    public void A_replica_restored_at_any_point_goes_on_as_the_first_one_does()
    {
        var keys = OneOf("a", "b", "c/d");
        var payloads = Gen.Frequency(
            (6, Gen.Select(keys, OneOf("x", "y"), OneOf<ulong?>(null, 0, 1), OneOf<ulong?>(null, 1, 500), ReplicaRig.Put)),
            (2, keys.Select(key => new RegisterCommand.Delete(key).Encode())),
            (1, Gen.Const(Value.FromUtf8("nonsense"))));
        var commands = Gen.Frequency(
            (2, Gen.ULong[1, 3].Select(token => (Command)new Command.Open(token))),
            (1, Gen.ULong[1, 8].Select(session => (Command)new Command.KeepAlive(session))),
            (1, Gen.ULong[1, 8].Select(session => (Command)new Command.Close(session))),
            (8, Gen.Select(Gen.ULong[1, 4], Gen.ULong[1, 6], Gen.ULong[0, 3], payloads, (session, sequence, through, payload) =>
                (Command)new Command.Apply(session, sequence, through, payload))),
            (3, Gen.Select(keys, payloads, (key, payload) => (Command)new Command.Keyed(key, payload))));
        var entries = Gen.Frequency(
            (1, Gen.Const(Entry.NoOp)),
            (1, Gen.Const(Entry.Of(Three.Voters))),
            (8, Gen.Select(Gen.ULong[0, 2000], commands.Array[0, 4], ReplicaRig.Batch)));
        var settings = new LogSettings
        {
            SessionTimeout = TimeSpan.FromMilliseconds(600),
            SessionMaxInFlight = 3,
            IdempotencyKeep = TimeSpan.FromMilliseconds(700),
            IdempotencyMax = 2,
            DigestInterval = 3,
            DueMaxPerSlot = 1,
        };
        Gen.Select(entries.Array[1, 40], Gen.Int[0, 40]).Sample((history, at) =>
        {
            var first = new ReplicaRig(settings);
            ReplicaRig? second = null;
            for (var i = 0; i < history.Length; i++)
            {
                if (i == at % history.Length)
                {
                    second = new ReplicaRig(settings);
                    second.At(5, new Command.Open(77), new Command.Keyed("a", ReplicaRig.Put("z", "old", ttlMs: 1)));
                    second.Restore(first.Snapshot());
                }
                var told = first.Apply(history[i]);
                if (second is null)
                    continue;
                Assert.Equal(told, second.Apply(history[i]));
                Assert.Equal((first.Replica.Digest, first.Replica.DueMs, first.Replica.TimeMs), (second.Replica.Digest, second.Replica.DueMs, second.Replica.TimeMs));
            }
            Assert.Equal(first.Snapshot(), second!.Snapshot());
        }, iter: 3000);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    // Due every 5 ms.
    private sealed class Clockwork : IStateMachine
    {
        public bool IsBroken { get; set; } = true;

        public int Calls { get; private set; }

        public ulong DueMs { get; private set; } = 5;

        public void OnTime(in Context context, IOutput output)
        {
            Calls++;
            if (IsBroken)
                throw new InvalidOperationException("A spring is broken.");
            DueMs += 5;
        }

        public void Apply(in Context context, Value command, IOutput output) { }

        public Value Query(Value question) => default;

        public ISnapshotView Freeze() => throw new NotSupportedException();

        public void Restore(Stream snapshot) => throw new NotSupportedException();
    }
}
