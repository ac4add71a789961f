namespace Paxos.Protocol.Registers;

/// <summary>What changes a register.</summary>
/// <param name="Condition">Null: none. 0: the key must be absent. Else: the key must have exactly this version.</param>
public abstract record RegisterCommand(string Key, ulong? Condition)
{
    // Of a put: its kind, the lengths, the flags; room for a number where there is one.
    private const int OverheadBytes = 8 + CanonicalWriter.MaxNumberBytes;

    /// <param name="TtlMs">The key goes when so much replicated time has passed, not sooner; 1 or more. Null: it stays.</param>
    public sealed record Put(string Key, Value Value, ulong? Condition = null, ulong? TtlMs = null) : RegisterCommand(Key, Condition);

    public sealed record Delete(string Key, ulong? Condition = null) : RegisterCommand(Key, Condition);

    public Value Encode()
    {
        var put = this as Put;
        var writer = new CanonicalWriter(capacity: OverheadBytes + Key.Length + (put?.Value.Bytes.Length ?? 0));
        writer.Number(put is null ? 2UL : 1UL);
        writer.Text(Key);
        RegisterFormat.Write(writer, Condition);
        if (put is not null)
        {
            RegisterFormat.Write(writer, put.TtlMs);
            writer.Bytes(put.Value.Bytes.Span);
        }
        return writer.Taken;
    }

    /// <summary>The value shares the bytes of the command.</summary>
    /// <exception cref="FormatException">The bytes are no command.</exception>
    public static RegisterCommand Decode(Value command) => RegisterFormat.Decode(command, static (Value whole, ref CanonicalReader reader) =>
        reader.Number() switch
        {
            1 => DecodePut(whole, ref reader),
            2 => (RegisterCommand)new Delete(RegisterFormat.Text(ref reader), RegisterFormat.Number(ref reader)),
            _ => throw new FormatException("no such command"),
        });

    private static Put DecodePut(Value whole, ref CanonicalReader reader)
    {
        var key = RegisterFormat.Text(ref reader);
        var condition = RegisterFormat.Number(ref reader);
        var ttl = RegisterFormat.Number(ref reader);
        return new Put(key, RegisterFormat.Value(whole, ref reader), condition, ttl);
    }
}

/// <summary>How a command ended.</summary>
/// <param name="Happened">Put: the condition held. Delete: the key was there, and the condition held.</param>
/// <param name="Created">The put found no such key.</param>
/// <param name="Version">Happened: the revision of this change. Else the version that is there; 0: the key is absent.</param>
public readonly record struct RegisterResult(bool Happened, bool Created, ulong Version)
{
    public Value Encode()
    {
        var writer = new CanonicalWriter(capacity: 2 + CanonicalWriter.MaxNumberBytes);
        writer.Flag(Happened);
        writer.Flag(Created);
        writer.Number(Version);
        return writer.Taken;
    }

    /// <exception cref="FormatException">The bytes are no result.</exception>
    public static RegisterResult Decode(Value result) => RegisterFormat.Decode(result, static (Value _, ref CanonicalReader reader) =>
        new RegisterResult(reader.Flag(), reader.Flag(), reader.Number()));
}

/// <summary>What those are told who watch a key; the topic is the key.</summary>
/// <param name="Value">Null: the key is gone, deleted or expired.</param>
/// <param name="Version">The revision of the change: of a put, the key's new version.</param>
public readonly record struct RegisterChange(Value? Value, ulong Version)
{
    public Value Encode()
    {
        var writer = new CanonicalWriter(capacity: (2 * CanonicalWriter.MaxNumberBytes) + 1 + (Value?.Bytes.Length ?? 0));
        writer.Number(Version);
        writer.Value(Value);
        return writer.Taken;
    }

    /// <exception cref="FormatException">The bytes are no change.</exception>
    public static RegisterChange Decode(Value change) => RegisterFormat.Decode(change, static (Value whole, ref CanonicalReader reader) =>
    {
        var version = reader.Number();
        return new RegisterChange(reader.Flag() ? RegisterFormat.Value(whole, ref reader) : null, version);
    });
}
