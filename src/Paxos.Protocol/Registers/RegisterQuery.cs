using System.Collections.Immutable;

namespace Paxos.Protocol.Registers;

/// <summary>What asks for registers; answered by a <see cref="RegisterAnswer"/>.</summary>
public abstract record RegisterQuery
{
    public const int MaxLimit = 1000;

    /// <summary>A page ends before its values have more bytes than this; one value alone always fits.</summary>
    public const int MaxPageBytes = 1024 * 1024;

    private RegisterQuery() { }

    public sealed record Get(string Key) : RegisterQuery;

    /// <param name="After">Keys up to this one are left out; null: from the first.</param>
    /// <param name="Limit">1 to <see cref="MaxLimit"/>.</param>
    public sealed record Range(string Prefix, string? After, int Limit) : RegisterQuery;

    public Value Encode()
    {
        var writer = new CanonicalWriter();
        if (this is Get get)
        {
            writer.Number(1);
            writer.Text(get.Key);
        }
        else if (this is Range range)
        {
            writer.Number(2);
            writer.Text(range.Prefix);
            writer.Flag(range.After is not null);
            writer.Text(range.After ?? "");
            writer.Number((ulong)range.Limit);
        }
        return new Value(writer.Written.ToArray());
    }

    /// <exception cref="FormatException">The bytes are no query, or its limit is out of range.</exception>
    public static RegisterQuery Decode(Value query) => RegisterFormat.Decode(query, static (Value _, ref CanonicalReader reader) =>
        reader.Number() switch
        {
            1 => new Get(RegisterFormat.Text(ref reader)),
            2 => (RegisterQuery)DecodeRange(ref reader),
            _ => throw new FormatException("no such query"),
        });

    private static Range DecodeRange(ref CanonicalReader reader)
    {
        var prefix = RegisterFormat.Text(ref reader);
        var hasAfter = reader.Flag();
        var after = RegisterFormat.Text(ref reader);
        var limit = reader.Number();
        return limit is >= 1 and <= MaxLimit
            ? new Range(prefix, hasAfter ? after : null, (int)limit)
            : throw new FormatException($"a limit is 1 to {MaxLimit}");
    }
}

public readonly record struct RegisterRow(string Key, ulong Version, Value Value);

/// <param name="Revision">The number of the last change that the store had seen when it answered.</param>
/// <param name="Rows">In the order of the keys' UTF-8 bytes; of a Get, one or none.</param>
/// <param name="Next">Where the next page begins: give it as <see cref="RegisterQuery.Range.After"/>; null: this was the last.</param>
public sealed record RegisterAnswer(ulong Revision, EquatableArray<RegisterRow> Rows, string? Next)
{
    public Value Encode()
    {
        var writer = new CanonicalWriter();
        writer.Number(Revision);
        writer.Flag(Next is not null);
        writer.Text(Next ?? "");
        writer.Number((ulong)Rows.Count);
        foreach (var row in Rows.AsSpan())
        {
            writer.Text(row.Key);
            writer.Number(row.Version);
            writer.Bytes(row.Value.Bytes.Span);
        }
        return new Value(writer.Written.ToArray());
    }

    /// <summary>The values share the bytes of the answer.</summary>
    /// <exception cref="FormatException">The bytes are no answer.</exception>
    public static RegisterAnswer Decode(Value answer) => RegisterFormat.Decode(answer, static (Value whole, ref CanonicalReader reader) =>
    {
        var revision = reader.Number();
        var hasNext = reader.Flag();
        var next = RegisterFormat.Text(ref reader);
        var rows = ImmutableArray.CreateBuilder<RegisterRow>();
        for (var left = reader.Number(); left > 0; left--)
            rows.Add(new RegisterRow(RegisterFormat.Text(ref reader), reader.Number(), RegisterFormat.Value(whole, ref reader)));
        return new RegisterAnswer(revision, rows.ToImmutable(), hasNext ? next : null);
    });
}
