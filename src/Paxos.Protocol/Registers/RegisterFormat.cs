using System.Text;
using System.Text.Unicode;

namespace Paxos.Protocol.Registers;

/// <summary>What the byte forms of commands, queries and their answers share.</summary>
internal static class RegisterFormat
{
    public delegate T Reading<T>(Value whole, ref CanonicalReader reader);

    /// <exception cref="FormatException">The bytes end too soon, go on too long, or make no sense.</exception>
    public static T Decode<T>(Value value, Reading<T> read)
    {
        var reader = new CanonicalReader(value.Bytes.Span);
        var decoded = read(value, ref reader);
        return reader.Remaining == 0 ? decoded : throw new FormatException($"{reader.Remaining} bytes too many");
    }

    public static void Write(CanonicalWriter writer, ulong? number)
    {
        writer.Flag(number.HasValue);
        if (number is { } present)
            writer.Number(present);
    }

    public static ulong? Number(ref CanonicalReader reader) => reader.Flag() ? reader.Number() : null;

    public static string Text(ref CanonicalReader reader)
    {
        var bytes = reader.Bytes();
        // Decoded leniently, two keys would become one.
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw new FormatException("not UTF-8");
    }

    /// <summary>The next bytes, not copied.</summary>
    public static Value Value(Value whole, ref CanonicalReader reader)
    {
        var length = reader.Bytes().Length;
        return new Value(whole.Bytes.Slice(whole.Bytes.Length - reader.Remaining - length, length));
    }
}
