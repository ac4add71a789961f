using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// The smallest thing that can stand on a log: it keeps a digest of all that it was given, in order, and sometimes wants the
/// log's time to pass.
/// </summary>
internal sealed class SimulatedConsumer(Action<ulong, Entry, SimulatedConsumer> applied) : ILogConsumer
{
    /// <summary>A command that ends so wants a tick, this much later.</summary>
    public const string WantsTick = "!";

    private const ulong TickAfterMs = 200;

    public ulong Slot { get; private set; }

    public ulong Digest { get; private set; } = 14695981039346656037;

    /// <summary>Of the newest leader that stamped a batch.</summary>
    public ulong Round { get; private set; }

    public ulong TimeMs { get; private set; }

    public ulong DueMs { get; private set; } = ulong.MaxValue;

    public Configuration? Configuration { get; private set; }

    public ulong ConfigurationSlot { get; private set; }

    public void Apply(ulong slot, Entry entry, Effects effects)
    {
        applied(slot, entry, this);
        Slot = slot;
        Mix((byte)entry.Kind);
        foreach (var b in entry.Value.Bytes.Span)
            Mix(b);
        switch (entry.Kind)
        {
            case EntryKind.Batch:
                var batch = Batch.Decode(entry.Value);
                // One that a deposed leader left behind moves no clock.
                if (batch.Round >= Round)
                    (Round, TimeMs) = (batch.Round, Math.Max(TimeMs, batch.TimeMs));
                if (DueMs <= TimeMs)
                    DueMs = ulong.MaxValue;
                if (DueMs == ulong.MaxValue && batch.Commands.Any(command => command.ToString().EndsWith(WantsTick, StringComparison.Ordinal)))
                    DueMs = TimeMs + TickAfterMs;
                break;
            case EntryKind.Configuration:
                Configuration = Configuration.Decode(entry.Value);
                ConfigurationSlot = slot;
                break;
        }
    }

    /// <summary>The state, and the more of it the longer the log: so that it takes several pieces.</summary>
    public byte[] Freeze()
    {
        var writer = new CanonicalWriter();
        writer.Number(Slot);
        writer.Number(Digest);
        writer.Number(Round);
        writer.Number(TimeMs);
        writer.Number(DueMs);
        writer.Number(ConfigurationSlot);
        writer.Value(Configuration?.Encode());
        writer.Bytes(new byte[(int)(Slot % 200)]);
        return writer.Written.ToArray();
    }

    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        var reader = new CanonicalReader(snapshot);
        Slot = reader.Number();
        Digest = reader.Number();
        Round = reader.Number();
        TimeMs = reader.Number();
        DueMs = reader.Number();
        ConfigurationSlot = reader.Number();
        Configuration = reader.Value() is { } configuration ? Configuration.Decode(configuration) : null;
    }

    // FNV-1a.
    private void Mix(byte b) => Digest = (Digest ^ b) * 1099511628211;
}
