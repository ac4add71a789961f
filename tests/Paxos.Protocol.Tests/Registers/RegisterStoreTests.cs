using CsCheck;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.Protocol.Tests.Registers;

public sealed class RegisterStoreTests
{
    private static readonly string[] Alphabet = ["a", "z", "\u00e9", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"];

    private static readonly Gen<string> Texts =
        Gen.Int[0, Alphabet.Length - 1].Array[0, 4].Select(indexes => string.Concat(indexes.Select(index => Alphabet[index])));

    private readonly RegisterStore store = new();
    private readonly Recorded output = new();
    private ulong index;

    [Fact]
    public void A_version_is_the_number_of_the_write_and_is_not_used_again()
    {
        Assert.Equal(new RegisterResult(true, true, 1), Put("k", "x"));
        Assert.Equal(new RegisterResult(true, false, 2), Put("k", "y"));
        Assert.Equal(new RegisterResult(true, false, 3), Delete("k"));
        Assert.Equal(new RegisterResult(true, true, 4), Put("k", "z"));
        Assert.Equal(new RegisterResult(false, false, 4), Put("k", "late", condition: 2));
        Assert.Equal(["k = x", "k = y", "k gone", "k = z"], output.Told);
    }

    [Fact]
    public void A_condition_that_fails_changes_nothing_and_says_what_is_there()
    {
        Assert.Equal(new RegisterResult(false, false, 0), Put("k", "x", condition: 7));
        Assert.Equal(new RegisterResult(true, true, 2), Put("k", "x", condition: 0));
        Assert.Equal(new RegisterResult(false, false, 2), Put("k", "y", condition: 0));
        Assert.Equal(new RegisterResult(false, false, 2), Delete("k", condition: 1));
        Assert.Equal(new RegisterResult(true, false, 5), Delete("k", condition: 2));
        Assert.Equal(new RegisterResult(false, false, 0), Delete("k"));
        Assert.Equal(new RegisterResult(false, false, 0), Delete("k", condition: 0));
        Assert.Equal(7UL, Get("k").Revision);
    }

    [Fact]
    public void A_key_goes_when_its_time_is_over_not_sooner_and_a_put_without_one_clears_it()
    {
        Put("k", "x", ttlMs: 10);
        Assert.Equal(10UL, store.DueMs);
        OnTime(9);
        Assert.Single(Get("k").Rows);
        OnTime(10);
        Assert.Empty(Get("k").Rows);
        Put("k", "y", ttlMs: 10);
        Put("k", "z");
        Assert.Equal(ulong.MaxValue, store.DueMs);
        Put("l", "z", ttlMs: ulong.MaxValue);
        Assert.Equal(ulong.MaxValue, store.DueMs);
        Assert.Equal("k gone", output.Told[1]);
    }

    [Theory]
    [InlineData(1000, 2000, 3000)]
    [InlineData(1000, ulong.MaxValue - 1001, ulong.MaxValue - 1)]
    [InlineData(1000, ulong.MaxValue - 1000, ulong.MaxValue)]
    [InlineData(1000, ulong.MaxValue - 999, ulong.MaxValue)]
    public void A_time_to_live_counts_from_when_it_is_given_and_never_ends_where_time_does(ulong timeMs, ulong ttlMs, ulong dueMs)
    {
        store.Apply(new Context(1, 1, timeMs, 0, 0, 0), new RegisterCommand.Put("k", default, TtlMs: ttlMs).Encode(), output);
        Assert.Equal(dueMs, store.DueMs);
    }

    [Fact]
    public void A_range_gives_the_keys_of_a_prefix_page_by_page()
    {
        foreach (var key in new[] { "b/2", "a", "b/1", "b/3", "b", "c" })
            Put(key, key);
        var first = Range("b/", null, 2);
        Assert.Equal(["b/1", "b/2"], first.Rows.Select(row => row.Key));
        Assert.Equal("b/2", first.Next);
        var second = Range("b/", first.Next, 2);
        Assert.Equal(["b/3"], second.Rows.Select(row => row.Key));
        Assert.Null(second.Next);
        Assert.Equal(["a", "b", "b/1", "b/2", "b/3", "c"], Range("", null, 1000).Rows.Select(row => row.Key));
        Assert.Equal(["b/1"], Range("b/", "a", 1).Rows.Select(row => row.Key));
        Assert.Equal(["b/2"], Range("b/", "b/11", 1).Rows.Select(row => row.Key));
        Assert.Empty(Range("b/", "c", 9).Rows);
        // A key that is the prefix itself is of it, and is left out where the page before ended with it.
        Assert.Equal(["b", "b/1"], Range("b", null, 2).Rows.Select(row => row.Key));
        Assert.Equal(["b/1", "b/2"], Range("b", "b", 2).Rows.Select(row => row.Key));
        Assert.Equal(["b"], Range("", "a", 1).Rows.Select(row => row.Key));
        Assert.Throws<FormatException>(() => Range("", null, 1001));
        Assert.Throws<FormatException>(() => Range("", null, 0));
    }

    [Fact]
    public void A_page_ends_at_its_bytes_and_a_value_alone_always_fits()
    {
        var half = new string('x', RegisterQuery.MaxPageBytes / 2);
        Put("a", half);
        Put("b", half);
        Put("c", "y");
        Put("d", half + half);
        Assert.Equal(("b", 2), (Range("", null, 9).Next, Range("", null, 9).Rows.Count));
        Assert.Equal(("c", 1), (Range("", "b", 9).Next, Range("", "b", 9).Rows.Count));
        Assert.Single(Range("", "c", 9).Rows);
        // Larger than any that is taken here: a log may hold what another version took.
        Put("e", half + half + "x");
        Assert.Equal(["e"], Range("", "d", 9).Rows.Select(row => row.Key));
    }

    [Fact]
    public void Keys_are_ordered_as_their_bytes() => Gen.Select(Texts, Texts).Sample((left, right) =>
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right));
        Assert.Equal(Math.Sign(bytes), Math.Sign(RegisterKey.ByBytes.Compare(left, right)));
    });

    [Theory]
    [InlineData("t-shirt/color", true)]
    [InlineData("", false)]
    [InlineData("a//b", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a/./b", false)]
    [InlineData("..", false)]
    [InlineData("a\0b", false)]
    public void A_key_is_refused_before_it_is_proposed(string key, bool isFine) =>
        Assert.Equal(isFine, store.Refuse(new RegisterCommand.Delete(key).Encode()) is null);

    [Fact]
    public void Sizes_are_refused_one_byte_above_their_limits()
    {
        Assert.Null(store.Refuse(new RegisterCommand.Put(new string('k', 512), new Value(new byte[1024 * 1024])).Encode()));
        Assert.Contains("513", store.Refuse(new RegisterCommand.Delete("ü" + new string('k', 511)).Encode()));
        Assert.Contains("1048577", store.Refuse(new RegisterCommand.Put("k", new Value(new byte[(1024 * 1024) + 1])).Encode()));
        Assert.Contains("time to live", store.Refuse(new RegisterCommand.Put("k", default, TtlMs: 0).Encode()));
    }

    [Fact]
    public void What_is_cut_short_or_too_long_is_no_command()
    {
        var whole = new RegisterCommand.Put("k", Value.FromUtf8("x"), 5, 300).Encode();
        Assert.Equal(new RegisterCommand.Put("k", Value.FromUtf8("x"), 5, 300), RegisterCommand.Decode(whole));
        for (var length = 0; length < whole.Bytes.Length; length++)
            Assert.NotNull(store.Refuse(new Value(whole.Bytes[..length])));
        Assert.NotNull(store.Refuse(new Value(whole.Bytes.ToArray().Append((byte)0).ToArray())));
        Assert.NotNull(store.Refuse(new Value(new byte[] { 2, 1, 0xFF, 0 })));
    }

    [Fact]
    public void What_is_due_goes_one_a_call_the_earliest_first_and_then_by_key()
    {
        Put("c", "x", ttlMs: 10);
        Put("b", "x", ttlMs: 20);
        Put("a", "x", ttlMs: 20);
        Put("d", "x");
        Assert.Equal((4, 10UL), (store.Count, store.DueMs));
        for (var i = 0; i < 4; i++)
            OnTime(20);
        Assert.Equal(["c gone", "a gone", "b gone"], output.Told[4..]);
        Assert.Equal((1, ulong.MaxValue, 8UL), (store.Count, store.DueMs, store.Revision));
        // The last moment that there is.
        Put("e", "x", ttlMs: ulong.MaxValue - 1);
        Assert.Equal(ulong.MaxValue - 1, store.DueMs);
        Delete("e");
        Assert.Equal(ulong.MaxValue, store.DueMs);
    }

    [Fact]
    public void A_session_that_ends_is_a_revision()
    {
        Put("k", "x");
        store.OnSessionClosed(1, new Context(1, ++index, 0, 0, 1, 0), output);
        Assert.Equal(2UL, store.Revision);
    }

    [Fact]
    public void A_snapshot_of_many_frames_holds_all_of_it()
    {
        for (var i = 0; i < 5; i++)
            Put($"k{i}", new string((char)('a' + i), 30_000), ttlMs: i == 3 ? 50UL : null);
        var bytes = Snapshot(store);
        var restored = new RegisterStore();
        restored.Apply(new Context(1, 1, 0, 0, 0, 0), new RegisterCommand.Put("gone", default, TtlMs: 5).Encode(), output);
        restored.Restore(new MemoryStream(bytes));
        Assert.Equal((5UL, 5, 50UL), (restored.Revision, restored.Count, restored.DueMs));
        Assert.Equal(bytes, Snapshot(restored));
        Assert.Equal(
            store.Query(new RegisterQuery.Range("", null, 9).Encode()), restored.Query(new RegisterQuery.Range("", null, 9).Encode()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData((64 * 1024) - 10)]
    [InlineData(128 * 1024)]
    [InlineData(RegisterStore.MaxValueBytes)]
    public void A_snapshot_holds_values_of_any_size(int bytes)
    {
        Put("a", new string('x', bytes));
        Put("b", "y");
        var restored = new RegisterStore();
        restored.Restore(new MemoryStream(Snapshot(store)));
        Assert.Equal(Snapshot(store), Snapshot(restored));
        Assert.Equal(store.Query(new RegisterQuery.Get("a").Encode()), restored.Query(new RegisterQuery.Get("a").Encode()));
    }

    // Beside its value a register has 16 bytes in a frame here: so the first one fills it to the byte, or has one more.
    [Theory]
    [InlineData((64 * 1024) - 16, 1)]
    [InlineData((64 * 1024) - 15, 2)]
    public void A_frame_is_closed_above_64_KiB(int bytes, int frames)
    {
        Put("a", new string('x', bytes));
        Put("b", "y");
        using var stream = new MemoryStream(Snapshot(store));
        var sizes = new List<int>();
        Span<byte> length = stackalloc byte[4];
        while (stream.Position < stream.Length)
        {
            stream.ReadExactly(length);
            sizes.Add(BitConverter.ToInt32(length));
            stream.Position += sizes[^1];
        }
        Assert.Equal(1 + frames, sizes.Count);
        Assert.Equal(bytes + 16, sizes[1] - (frames == 1 ? 15 : 0));
    }

    // A frame's length, then its bytes. k = "", version 1, for ever.
    [Fact]
    public void A_snapshot_with_more_or_fewer_registers_than_it_says_is_refused()
    {
        byte[] one = [1, (byte)'k', 0, 1, .. Three.Bytes(writer => writer.Number(ulong.MaxValue))];
        byte[] other = [1, (byte)'l', .. one[2..]];
        static byte[] Frame(params byte[] bytes) => [(byte)bytes.Length, 0, 0, 0, .. bytes];
        void Restore(params byte[] snapshot) => store.Restore(new MemoryStream(snapshot));
        Restore([.. Frame(7, 2), .. Frame([.. one, .. other])]);
        Assert.Equal((2, 7UL, ulong.MaxValue), (store.Count, store.Revision, store.DueMs));
        Assert.Throws<InvalidDataException>(() => Restore([.. Frame(7, 1), .. Frame([.. one, .. other])]));
        Assert.Throws<InvalidDataException>(() => Restore([.. Frame(7, 2), .. Frame([.. one, .. one])]));
        Assert.Throws<InvalidDataException>(() => Restore([.. Frame(7, 1), .. Frame()]));
        Assert.Throws<EndOfStreamException>(() => Restore([.. Frame(7, 2), .. Frame(one)]));
        Assert.Throws<InvalidDataException>(() => Restore(0xFF, 0xFF, 0xFF, 0xFF));
    }

    // A register is changed in place where no view holds it.
    [Fact]
    public void Views_stay_as_they_were_taken_whatever_is_written_since()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var of = new RegisterStore();
            var views = new List<(ISnapshotView View, byte[] Taken)>();
            for (var step = 1UL; step <= 80; step++)
            {
                var key = $"k{random.Next(6)}";
                switch (random.Next(10))
                {
                    case 0:
                        var view = of.Freeze();
                        views.Add((view, Bytes(view)));
                        break;
                    case 1:
                        of.Apply(new Context(step, step, step, 0, 0, 0), new RegisterCommand.Delete(key).Encode(), output);
                        break;
                    case 2:
                        of.OnTime(new Context(step, step, step, 0, 0, 0), output);
                        break;
                    case 3 when views.Count > 0:
                        of.Restore(new MemoryStream(views[random.Next(views.Count)].Taken));
                        break;
                    default:
                        ulong? ttl = random.Next(3) == 0 ? (ulong)random.Next(1, 20) : null;
                        of.Apply(new Context(step, step, step, 0, 0, 0), new RegisterCommand.Put(key, Value.FromUtf8($"{step}"), TtlMs: ttl).Encode(), output);
                        break;
                }
            }
            foreach (var (view, taken) in views)
                Assert.Equal(taken, Bytes(view));
            // What is due is of the registers that are there, each once.
            var restored = new RegisterStore();
            restored.Restore(new MemoryStream(Snapshot(of)));
            for (var time = 80UL; of.DueMs != ulong.MaxValue; time++)
            {
                Assert.Equal(of.DueMs, restored.DueMs);
                of.OnTime(new Context(time, time, time, 0, 0, 0), output);
                restored.OnTime(new Context(time, time, time, 0, 0, 0), output);
            }
            Assert.Equal(Snapshot(of), Snapshot(restored));
        }
    }

    // So many that the store freezes some of them before anybody wants a view.
    [Fact]
    public void A_view_of_many_registers_stays_as_it_was_taken()
    {
        const int Keys = 10_000;
        for (var i = 0; i < Keys; i++)
            Put($"k{i}", "before");
        var view = store.Freeze();
        var taken = Bytes(view);
        for (var i = 0; i < Keys; i++)
            Put($"k{i}", "after");
        for (var i = 0; i < Keys; i += 2)
            Delete($"k{i}");

        Assert.Equal(taken, Bytes(view));
        Assert.Equal(Keys / 2, store.Count);
        Assert.Empty(Get("k0").Rows);
        Assert.Equal(Value.FromUtf8("after"), Get("k1").Rows[0].Value);
        store.Restore(new MemoryStream(taken));
        Assert.Equal(Keys, store.Count);
        Assert.Equal(Value.FromUtf8("before"), Get("k1").Rows[0].Value);
    }

    private static byte[] Snapshot(RegisterStore of) => Bytes(of.Freeze());

    private static byte[] Bytes(ISnapshotView view)
    {
        using var stream = new MemoryStream();
        view.Write(stream);
        return stream.ToArray();
    }

    [Fact]
    public void Commands_questions_and_answers_read_back()
    {
        foreach (var command in (RegisterCommand[])
            [
                new RegisterCommand.Put("k", Three.Blue), new RegisterCommand.Put("k", default, 0, 1), new RegisterCommand.Put("k", Three.Blue, 7),
                new RegisterCommand.Delete("k"), new RegisterCommand.Delete("k", 7),
            ])
        {
            Assert.Equal(command, RegisterCommand.Decode(command.Encode()));
        }
        foreach (var query in (RegisterQuery[])
            [new RegisterQuery.Get("k"), new RegisterQuery.Range("p", null, 1), new RegisterQuery.Range("p", "", 1), new RegisterQuery.Range("", "a", 1000)])
        {
            Assert.Equal(query, RegisterQuery.Decode(query.Encode()));
        }
        foreach (var answer in (RegisterAnswer[])
            [new(7, default, null), new(7, new([new RegisterRow("k", 5, Three.Blue), new RegisterRow("l", 6, default)]), "l"), new(0, default, "")])
        {
            Assert.Equal(answer, RegisterAnswer.Decode(answer.Encode()));
        }
        foreach (var result in (RegisterResult[])[new(true, false, 7), new(false, true, 0)])
            Assert.Equal(result, RegisterResult.Decode(result.Encode()));
        foreach (var change in (RegisterChange[])[new(null, 7), new(Three.Blue, 8), new(default(Value), 9)])
            Assert.Equal(change, RegisterChange.Decode(change.Encode()));
    }

    private RegisterResult Put(string key, string value, ulong? condition = null, ulong? ttlMs = null) =>
        Apply(new RegisterCommand.Put(key, Value.FromUtf8(value), condition, ttlMs));

    private RegisterResult Delete(string key, ulong? condition = null) => Apply(new RegisterCommand.Delete(key, condition));

    private RegisterResult Apply(RegisterCommand command)
    {
        store.Apply(new Context(1, ++index, 0, 0, 0, 0), command.Encode(), output);
        return RegisterResult.Decode(output.Last);
    }

    private void OnTime(ulong timeMs) => store.OnTime(new Context(1, ++index, timeMs, 0, 0, 0), output);

    private RegisterAnswer Get(string key) => RegisterAnswer.Decode(store.Query(new RegisterQuery.Get(key).Encode()));

    private RegisterAnswer Range(string prefix, string? after, int limit) =>
        RegisterAnswer.Decode(store.Query(new RegisterQuery.Range(prefix, after, limit).Encode()));

    private sealed class Recorded : IOutput
    {
        public Value Last { get; private set; }

        public List<string> Told { get; } = [];

        public void Result(Value result) => Last = result;

        public void Notify(string topic, Value notification) =>
            Told.Add(RegisterChange.Decode(notification).Value is { } value ? $"{topic} = {value}" : $"{topic} gone");
    }
}
