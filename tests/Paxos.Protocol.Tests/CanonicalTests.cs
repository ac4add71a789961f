namespace Paxos.Protocol.Tests;

/// <summary>The byte form of roles, events and snapshots.</summary>
public sealed class CanonicalTests
{
    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(127UL, 1)]
    [InlineData(128UL, 2)]
    [InlineData(16_383UL, 2)]
    [InlineData(16_384UL, 3)]
    [InlineData(1UL << 63, 10)]
    [InlineData(ulong.MaxValue, 10)]
    public void A_number_has_seven_bits_a_byte(ulong number, int bytes)
    {
        var written = Three.Bytes(writer => writer.Number(number));
        Assert.Equal(bytes, written.Length);
        var reader = new CanonicalReader(written);
        Assert.Equal(number, reader.Number());
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void A_number_ends_where_it_says_and_has_64_bits()
    {
        byte[] nine = [.. Enumerable.Repeat((byte)0xFF, 9)];
        Assert.Equal(ulong.MaxValue, Read([.. nine, 1], (ref CanonicalReader reader) => reader.Number()));
        Assert.Throws<FormatException>(() => Read([.. nine, 2], (ref CanonicalReader reader) => reader.Number()));
        Assert.Throws<FormatException>(() => Read([.. nine, 0x81, 1], (ref CanonicalReader reader) => reader.Number()));
        Assert.Throws<FormatException>(() => Read([0x80], (ref CanonicalReader reader) => reader.Number()));
        Assert.Throws<FormatException>(() => Read([], (ref CanonicalReader reader) => reader.Number()));
    }

    [Fact]
    public void No_more_items_are_read_than_the_bytes_can_hold()
    {
        Assert.Equal(2, Read([2, 0, 0], (ref CanonicalReader reader) => reader.Count()));
        Assert.Throws<FormatException>(() => Read([3, 0, 0], (ref CanonicalReader reader) => reader.Count()));
        Assert.Equal(1, Read([1, 0, 0, 0], (ref CanonicalReader reader) => reader.Count(leastBytes: 2)));
        Assert.Throws<FormatException>(() => Read([2, 0, 0, 0], (ref CanonicalReader reader) => reader.Count(leastBytes: 2)));
        Assert.Throws<FormatException>(() => Read([4, 0, 0, 0], (ref CanonicalReader reader) => reader.Bytes().Length));
        Assert.Equal(3, Read([3, 0, 0, 0], (ref CanonicalReader reader) => reader.Bytes().Length));
        Assert.Throws<FormatException>(() => Read(new byte[15], (ref CanonicalReader reader) => reader.Incarnation()));
    }

    [Fact]
    public void What_was_written_is_read_back_in_its_order()
    {
        var incarnation = new Incarnation(((UInt128)1 << 100) + 7);
        var reader = new CanonicalReader(Three.Bytes(writer =>
        {
            writer.Flag(true);
            writer.Flag(false);
            writer.Duration(TimeSpan.FromMilliseconds(150));
            writer.Ballot(new Ballot(3, Three.B));
            writer.Ballot(Ballot.None);
            writer.Value(Three.Blue);
            writer.Value(null);
            writer.Node(default);
            writer.Text("größer");
            writer.Incarnation(incarnation);
            writer.Bytes([1, 2]);
        }));
        Assert.True(reader.Flag());
        Assert.False(reader.Flag());
        Assert.Equal(TimeSpan.FromMilliseconds(150), reader.Duration());
        Assert.Equal(new Ballot(3, Three.B), reader.Ballot());
        Assert.Equal(Ballot.None, reader.Ballot());
        Assert.Equal(Three.Blue, reader.Value());
        Assert.Null(reader.Value());
        Assert.Equal(default, reader.Node());
        Assert.Equal("größer", reader.Text());
        Assert.Equal(incarnation, reader.Incarnation());
        Assert.Equal([1, 2], reader.Bytes().ToArray());
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void A_writer_that_was_emptied_begins_anew()
    {
        var writer = new CanonicalWriter();
        writer.Text("before");
        writer.Clear();
        writer.Number(5);
        Assert.Equal([5], writer.Written.ToArray());
    }

    [Fact]
    public void Values_and_lists_are_equal_when_what_they_hold_is()
    {
        Assert.Equal(Value.FromUtf8("blue"), Three.Blue);
        Assert.Equal(Value.FromUtf8("blue").GetHashCode(), Three.Blue.GetHashCode());
        Assert.NotEqual(Three.Green.GetHashCode(), Three.Blue.GetHashCode());
        Assert.True(Value.FromUtf8("blue") == Three.Blue);
        Assert.True(Three.Green != Three.Blue);
        Assert.False(Three.Blue.Equals("blue"));
        Assert.Equal("0xff00", new Value(new byte[] { 0xFF, 0 }).ToString());
        EquatableArray<NodeId> list = new([Three.A, Three.B]);
        Assert.True(list == new EquatableArray<NodeId>([Three.A, Three.B]));
        Assert.True(list != new EquatableArray<NodeId>([Three.B, Three.A]));
        Assert.Equal(list.GetHashCode(), new EquatableArray<NodeId>([Three.A, Three.B]).GetHashCode());
        Assert.NotEqual(list.GetHashCode(), new EquatableArray<NodeId>([Three.B]).GetHashCode());
        Assert.False(list.Equals("a, b"));
        Assert.Equal("[a, b]", list.ToString());
        Assert.Equal((0, 0), (default(EquatableArray<NodeId>).Count, default(EquatableArray<NodeId>).AsSpan().Length));
        Assert.Empty(default(EquatableArray<NodeId>));
        Assert.Equal<object>([Three.A, Three.B], ((System.Collections.IEnumerable)list).Cast<object>());
        Assert.Equal(Three.B, list[1]);
    }

    private delegate T Part<T>(ref CanonicalReader reader);

    private static T Read<T>(byte[] bytes, Part<T> part)
    {
        var reader = new CanonicalReader(bytes);
        return part(ref reader);
    }
}
