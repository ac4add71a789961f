namespace Paxos.Protocol.Log;

public enum EntryKind : byte
{
    /// <summary>Nothing: fills a gap that a dead leader left, and is every new leader's barrier.</summary>
    NoOp,

    /// <summary>A <see cref="Log.Batch"/> of commands with one time stamp.</summary>
    Batch,

    /// <summary>The next <see cref="Protocol.Configuration"/>: a fence, behind which it holds.</summary>
    Configuration,
}

/// <summary>What a slot of the log holds. Encoded once, by who made it, and carried as these bytes to the wire and to the journals.</summary>
public readonly record struct Entry(EntryKind Kind, Value Value)
{
    public static readonly Entry NoOp;

    public static Entry Of(Batch batch) => new(EntryKind.Batch, batch.Encode());

    public static Entry Of(Configuration configuration) => new(EntryKind.Configuration, configuration.Encode());

    /// <summary>Bytes of the value.</summary>
    public int Size => Value.Bytes.Length;

    /// <exception cref="FormatException">The value is not what the kind says: no node could apply it.</exception>
    public void Check()
    {
        if (Kind == EntryKind.Batch)
            Batch.Check(Value);
        else if (Kind == EntryKind.Configuration)
            Configuration.Decode(Value);
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Number((ulong)Kind);
        writer.Bytes(Value.Bytes.Span);
    }

    public static Entry Read(ref CanonicalReader reader) =>
        new((EntryKind)reader.Number(), new Value(reader.Bytes().ToArray()));

    public override string ToString() => Kind switch
    {
        EntryKind.NoOp => "no-op",
        EntryKind.Batch => Batch.Decode(Value).ToString(),
        _ => Configuration.Decode(Value).ToString(),
    };
}
