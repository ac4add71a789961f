using System.Buffers.Binary;
using System.Text;

namespace Paxos.Protocol;

/// <summary>
/// The one byte form in which a role writes itself: equal states give equal bytes. It is the clone and the fingerprint.
/// </summary>
/// <param name="capacity">Bytes; it grows where there are more.</param>
public sealed class CanonicalWriter(int capacity = 256)
{
    /// <summary>What <see cref="Number"/> writes at most.</summary>
    public const int MaxNumberBytes = 10;

    private byte[] bytes = new byte[capacity];
    private int count;

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, count);

    /// <summary>What was written, not copied: nothing more is written, and what the capacity is too large by is kept with it.</summary>
    public Value Taken => new(bytes.AsMemory(0, count));

    public void Clear() => count = 0;

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void Number(ulong number)
    {
        var span = Next(MaxNumberBytes);
        var used = 0;
        for (; number >= 0x80; number >>= 7)
            span[used++] = (byte)(number | 0x80);
        span[used++] = (byte)number;
        count += used;
    }

    public void Flag(bool flag)
    {
        Next(1)[0] = flag ? (byte)1 : (byte)0;
        count++;
    }

    public void Duration(TimeSpan duration) => Number((ulong)duration.Ticks);

    public void Ballot(Ballot ballot)
    {
        Number(ballot.Round);
        Node(ballot.Node);
    }

    public void Value(Value? value)
    {
        Flag(value.HasValue);
        if (value is { } present)
            Bytes(present.Bytes.Span);
    }

    public void Node(NodeId node) => Text(node.ToString());

    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Number((ulong)length);
        count += Encoding.UTF8.GetBytes(text, Next(length));
    }

    public void Incarnation(Incarnation incarnation)
    {
        BinaryPrimitives.WriteUInt128BigEndian(Next(16), incarnation.Number);
        count += 16;
    }

    /// <summary>The length, then the bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> span)
    {
        Number((ulong)span.Length);
        span.CopyTo(Next(span.Length));
        count += span.Length;
    }

    private Span<byte> Next(int length)
    {
        if (bytes.Length - count < length)
            Array.Resize(ref bytes, Math.Max(count + length, bytes.Length * 2));
        return bytes.AsSpan(count);
    }
}

/// <summary>
/// Reads what <see cref="CanonicalWriter"/> wrote. Each part throws <see cref="FormatException"/> where the bytes end too soon or are
/// no such part.
/// </summary>
public ref struct CanonicalReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public ulong Number()
    {
        var number = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            // The tenth byte holds the last bit.
            if (shift == 63 && next > 1)
                throw new FormatException("a number has more than 64 bits");
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }
    }

    public bool Flag() => Byte() != 0;

    /// <summary>How many items come, each of so many bytes or more: not more than the bytes that are left can hold.</summary>
    public int Count(int leastBytes = 1)
    {
        var count = Number();
        return count <= (ulong)(rest.Length / leastBytes) ? (int)count : throw EndsTooSoon();
    }

    public TimeSpan Duration() => TimeSpan.FromTicks((long)Number());

    public Ballot Ballot()
    {
        var round = Number();
        return new Ballot(round, Node());
    }

    public NodeId Node() => Bytes() is { Length: > 0 } id ? new NodeId(Encoding.UTF8.GetString(id)) : default;

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public Incarnation Incarnation()
    {
        if (!BinaryPrimitives.TryReadUInt128BigEndian(rest, out var number))
            throw EndsTooSoon();
        rest = rest[16..];
        return new Incarnation(number);
    }

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => rest.Length;

    public Value? Value() => Flag() ? new Value(Bytes().ToArray()) : null;

    /// <summary>What <see cref="CanonicalWriter.Bytes"/> wrote; not copied.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        var length = Count();
        var span = rest[..length];
        rest = rest[length..];
        return span;
    }

    private byte Byte()
    {
        if (rest.IsEmpty)
            throw EndsTooSoon();
        var first = rest[0];
        rest = rest[1..];
        return first;
    }

    private static FormatException EndsTooSoon() => new("the bytes end too soon");
}
