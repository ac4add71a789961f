using System.Buffers;
using System.Text;

namespace Paxos.Protocol;

/// <summary>
/// The one byte form in which a role writes itself: equal states give equal bytes. It is the clone and the fingerprint.
/// </summary>
public sealed class CanonicalWriter
{
    private readonly ArrayBufferWriter<byte> bytes = new();

    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;

    public void Clear() => bytes.ResetWrittenCount();

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void Number(ulong number)
    {
        for (; number >= 0x80; number >>= 7)
            Byte((byte)(number | 0x80));
        Byte((byte)number);
    }

    public void Flag(bool flag) => Byte(flag ? (byte)1 : (byte)0);

    public void Duration(TimeSpan duration) => Number((ulong)duration.Ticks);

    public void Ballot(Ballot ballot)
    {
        Number(ballot.Round);
        Bytes(Encoding.UTF8.GetBytes(ballot.Node.ToString()));
    }

    public void Value(Value? value)
    {
        Flag(value.HasValue);
        if (value is { } present)
            Bytes(present.Bytes.Span);
    }

    private void Byte(byte value)
    {
        bytes.GetSpan(1)[0] = value;
        bytes.Advance(1);
    }

    private void Bytes(ReadOnlySpan<byte> span)
    {
        Number((ulong)span.Length);
        bytes.Write(span);
    }
}

/// <summary>Reads what <see cref="CanonicalWriter"/> wrote.</summary>
public ref struct CanonicalReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public ulong Number()
    {
        var number = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }
    }

    public bool Flag() => Byte() != 0;

    public TimeSpan Duration() => TimeSpan.FromTicks((long)Number());

    public Ballot Ballot()
    {
        var round = Number();
        var node = Encoding.UTF8.GetString(Bytes());
        return node.Length == 0 ? default : new Ballot(round, new NodeId(node));
    }

    public Value? Value() => Flag() ? new Value(Bytes().ToArray()) : null;

    private byte Byte()
    {
        var first = rest[0];
        rest = rest[1..];
        return first;
    }

    private ReadOnlySpan<byte> Bytes()
    {
        var length = (int)Number();
        var span = rest[..length];
        rest = rest[length..];
        return span;
    }
}
