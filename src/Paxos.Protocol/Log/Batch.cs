using System.Collections.Immutable;

namespace Paxos.Protocol.Log;

/// <summary>The commands that share a slot, in order, and the time at which they happen on every node.</summary>
/// <param name="Ballot">
/// Of the leader that stamped it. Slots that were adopted from different leaders may carry an older one behind a newer: such a
/// batch does not move the log's time, or time would pass in the log that passed nowhere, and something end early.
/// </param>
/// <param name="TimeMs">Milliseconds that leaders counted on their monotonic clocks, each on from the log's time when it began.</param>
/// <param name="WallMs">What the leader's wall clock said; data for the machine, trusted by nobody.</param>
/// <param name="Commands">Each encoded by <see cref="Command.Encode"/>. None: a tick, so that what is due happens.</param>
public sealed record Batch(Ballot Ballot, ulong TimeMs, ulong WallMs, EquatableArray<Value> Commands)
{
    // About what the header and the length of a command need.
    private const int HeaderBytes = 128;
    private const int LengthBytes = 2;

    public Value Encode()
    {
        var capacity = HeaderBytes;
        foreach (var command in Commands.AsSpan())
            capacity += command.Bytes.Length + LengthBytes;
        var writer = new CanonicalWriter(capacity);
        writer.Ballot(Ballot);
        writer.Number(TimeMs);
        writer.Number(WallMs);
        writer.Number((ulong)Commands.Count);
        foreach (var command in Commands.AsSpan())
            writer.Bytes(command.Bytes.Span);
        return writer.Taken;
    }

    /// <summary>The commands share the bytes of the value.</summary>
    /// <exception cref="FormatException">The bytes are no batch.</exception>
    public static Batch Decode(Value value)
    {
        var reader = new CanonicalReader(value.Bytes.Span);
        var ballot = reader.Ballot();
        var time = reader.Number();
        var wall = reader.Number();
        var commands = ImmutableArray.CreateBuilder<Value>(reader.Count());
        for (var i = 0; i < commands.Capacity; i++)
        {
            var length = reader.Bytes().Length;
            commands.Add(new Value(value.Bytes.Slice(value.Bytes.Length - reader.Remaining - length, length)));
        }
        return new Batch(ballot, time, wall, commands.MoveToImmutable());
    }

    /// <summary>The same without making one: it is asked of every entry that comes in.</summary>
    /// <exception cref="FormatException">The bytes are no batch.</exception>
    internal static void Check(Value value)
    {
        var reader = new CanonicalReader(value.Bytes.Span);
        reader.Ballot();
        reader.Number();
        reader.Number();
        for (var left = reader.Count(); left > 0; left--)
            reader.Bytes();
    }

    public override string ToString() => Commands.Count == 0 ? $"tick {TimeMs}" : string.Join(" + ", Commands.Select(Command.Describe));
}
