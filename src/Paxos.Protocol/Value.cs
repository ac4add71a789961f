using System.Text;
using System.Text.Unicode;

namespace Paxos.Protocol;

/// <summary>What an instance or a slot holds: bytes that the protocol carries and never reads. Equal when the bytes are.</summary>
public readonly struct Value(ReadOnlyMemory<byte> bytes) : IEquatable<Value>
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public static Value FromUtf8(string text) => new(Encoding.UTF8.GetBytes(text));

    public bool Equals(Value other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    public static bool operator ==(Value left, Value right) => left.Equals(right);

    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    /// <summary>The bytes as text where they are UTF-8, else in hexadecimal.</summary>
    public override string ToString() =>
        Utf8.IsValid(Bytes.Span) ? Encoding.UTF8.GetString(Bytes.Span) : "0x" + Convert.ToHexStringLower(Bytes.Span);
}
