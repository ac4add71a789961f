namespace Paxos.Protocol.Log;

/// <summary>
/// What a client asks of the log. Those of a session are applied once however often they come: (session, sequence) names a
/// command, and its result is kept until the client says that it has it.
/// </summary>
public abstract record Command
{
    // Four numbers and the kind, mostly small ones.
    private const int ApplyBytes = 24;

    private Command() { }

    /// <summary>Opens a session. Its number is the command's own place in the log; <paramref name="Token"/> tells the opener which one is its.</summary>
    /// <param name="Token">Random: a repeated opening finds the session that the first one opened.</param>
    public sealed record Open(UInt128 Token) : Command;

    /// <summary>The client is there still: the session's deadline moves on.</summary>
    public sealed record KeepAlive(ulong Session) : Command;

    public sealed record Close(ulong Session) : Command;

    /// <summary>One command for the machine.</summary>
    /// <param name="Sequence">1, 2, 3, ... in the session; may arrive in any order.</param>
    /// <param name="AcknowledgedThrough">The client will not ask again for results up to this one: they are forgotten.</param>
    public sealed record Apply(ulong Session, ulong Sequence, ulong AcknowledgedThrough, Value Payload) : Command;

    /// <summary>One command for the machine under a key of the caller's own (HTTP's Idempotency-Key) instead of a session.</summary>
    /// <param name="Key">1 to 128 bytes as UTF-8.</param>
    public sealed record Keyed(string Key, Value Payload) : Command;

    public Value Encode()
    {
        var writer = new CanonicalWriter(this is Apply { Payload: var payload } ? ApplyBytes + payload.Bytes.Length : 64);
        switch (this)
        {
            case Open m:
                writer.Number(0);
                writer.Incarnation(new Incarnation(m.Token));
                break;
            case KeepAlive m:
                writer.Number(1);
                writer.Number(m.Session);
                break;
            case Close m:
                writer.Number(2);
                writer.Number(m.Session);
                break;
            case Apply m:
                writer.Number(3);
                writer.Number(m.Session);
                writer.Number(m.Sequence);
                writer.Number(m.AcknowledgedThrough);
                writer.Bytes(m.Payload.Bytes.Span);
                break;
            case Keyed m:
                writer.Number(4);
                writer.Text(m.Key);
                writer.Bytes(m.Payload.Bytes.Span);
                break;
        }
        return this is Apply ? writer.Taken : new Value(writer.Written.ToArray());
    }

    /// <summary>The payload shares the bytes of the value. What is no command decodes to null: it changes nothing, on any node.</summary>
    public static Command? Decode(Value value)
    {
        try
        {
            var reader = new CanonicalReader(value.Bytes.Span);
            return reader.Number() switch
            {
                0 => new Open(reader.Incarnation().Number),
                1 => new KeepAlive(reader.Number()),
                2 => new Close(reader.Number()),
                3 => new Apply(reader.Number(), reader.Number(), reader.Number(), Tail(value, ref reader)),
                4 => new Keyed(reader.Text(), Tail(value, ref reader)),
                _ => null,
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>For people: what stands in a slot.</summary>
    public static string Describe(Value value) => Decode(value) switch
    {
        Open => "open session",
        KeepAlive m => $"keep {m.Session} alive",
        Close m => $"close {m.Session}",
        Apply m => $"{m.Session}/{m.Sequence} {m.Payload}",
        Keyed m => $"{m.Key} {m.Payload}",
        // Not every user of the log has sessions: scenarios and the check speak of bare values.
        _ => value.ToString(),
    };

    private static Value Tail(Value value, ref CanonicalReader reader)
    {
        var length = reader.Bytes().Length;
        return new Value(value.Bytes.Slice(value.Bytes.Length - reader.Remaining - length, length));
    }
}
