using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.Protocol.Tests.Log;

/// <summary>A replica of registers and what it told.</summary>
internal sealed class ReplicaRig(LogSettings? settings = null, IStateMachine? machine = null)
{
    public Replica Replica { get; } = new(machine ?? new RegisterStore(), settings ?? LogSettings.Default);

    public static Value Put(string key, string value, ulong? condition = null, ulong? ttlMs = null) =>
        new RegisterCommand.Put(key, Value.FromUtf8(value), condition, ttlMs).Encode();

    public static Command.Apply Write(ulong session, ulong sequence, string key, ulong acknowledged = 0, ulong? ttlMs = null) =>
        new(session, sequence, acknowledged, Put(key, "v", ttlMs: ttlMs));

    public static Entry Batch(ulong timeMs, params Command[] commands) =>
        Entry.Of(new Batch(new Ballot(1, new NodeId("a")), timeMs, 0, commands.Select(command => command.Encode()).ToImmutableArray()));

    public string[] At(ulong timeMs, params Command[] commands) => Apply(Batch(timeMs, commands));

    public string[] Apply(Entry entry)
    {
        var effects = new Effects();
        Replica.Apply(Replica.AppliedSlot + 1, entry, effects);
        return [.. effects.Select(InWords)];
    }

    public byte[] Snapshot()
    {
        using var stream = new MemoryStream();
        Replica.Freeze().Write(stream);
        return stream.ToArray();
    }

    public void Restore(byte[] snapshot)
    {
        using var stream = new MemoryStream(snapshot);
        Replica.Restore(stream);
        Assert.Equal(stream.Length, stream.Position);
    }

    private static string InWords(Effect effect) => effect switch
    {
        Notified e => $"{e.Index} {e.Topic} {(RegisterChange.Decode(e.Notification).Value is { } value ? $"= {value}" : "gone")}",
        Completed { Id: { Session: > 0, Sequence: > 0 } } e => $"{e.Id.Session}/{e.Id.Sequence} {InWords(e.Result)}",
        Completed { Id.Session: > 0 } e => $"session {e.Id.Session} {e.Result.Kind}",
        Completed { Id.Key: { } key } e => $"{key} {InWords(e.Result)}",
        Completed e => $"opened {Convert.ToHexString(e.Result.Value.Bytes.Span)}",
        _ => effect.ToString(),
    };

    private static string InWords(Result result) => result.Kind == ResultKind.Done
        ? RegisterResult.Decode(result.Value) is { Happened: true } done ? $"wrote {done.Version}" : "lost"
        : result.Kind.ToString();
}
