// The hashes are functions of bytes, whatever their namespace is called.
#pragma warning disable RS0030
using System.IO.Hashing;

namespace Paxos.Protocol.Log;

public enum ResultKind : byte
{
    /// <summary>The machine's result.</summary>
    Done,

    /// <summary>The machine threw; the value is the message.</summary>
    Failed,

    /// <summary>The session is unknown or has expired: not applied, now or ever.</summary>
    SessionExpired,

    /// <summary>The client had said that it would not ask for this sequence again: not applied by this try.</summary>
    Forgotten,

    /// <summary>The sequence is too far above what the client has acknowledged: not applied.</summary>
    TooFarAhead,

    /// <summary>The idempotency key was used for another command: not applied.</summary>
    KeyConflict,
}

/// <summary>What came of a command, the same on every node and at every retry.</summary>
/// <param name="Value">The machine's result; of <see cref="Command.Open"/>: the session's number, canonical.</param>
public readonly record struct Result(ResultKind Kind, Value Value)
{
    public override string ToString() => Kind == ResultKind.Done ? Value.ToString() : $"{Kind} {Value}".TrimEnd();
}

/// <summary>Which command a result is of: exactly one of the three ways of naming it is used.</summary>
/// <param name="Token">Of a <see cref="Command.Open"/>; of a <see cref="Command.Keyed"/> its payload's hash: who used the key for something else is answered something else.</param>
/// <param name="Session">Of a command in a session, with its <paramref name="Sequence"/>; of KeepAlive and Close with sequence 0.</param>
/// <param name="Key">Of a <see cref="Command.Keyed"/>.</param>
public readonly record struct CommandId(UInt128 Token, ulong Session, ulong Sequence, string? Key)
{
    public static CommandId Of(Command command) => command switch
    {
        Command.Open m => new CommandId(m.Token, 0, 0, null),
        Command.KeepAlive m => new CommandId(0, m.Session, 0, null),
        Command.Close m => new CommandId(0, m.Session, 0, null),
        Command.Apply m => new CommandId(0, m.Session, m.Sequence, null),
        Command.Keyed m => new CommandId(XxHash128.HashToUInt128(m.Payload.Bytes.Span), 0, 0, m.Key),
        _ => default,
    };

    // Most are of a session, and each is looked for on every node.
    public override int GetHashCode() => Key is null && Token == 0 ? HashCode.Combine(Session, Sequence) : HashCode.Combine(Token, Session, Sequence, Key);
}

/// <summary>A command was applied here, or found applied before: who waits for it on this node is answered.</summary>
public sealed record Completed(CommandId Id, Result Result) : Effect.Told;

/// <summary>A configuration was applied: from the slot behind this one on it is in force on this node.</summary>
public sealed record Reconfigured(Configuration Configuration, ulong Slot) : Effect.Told;

/// <summary>The machine told those who watch a topic.</summary>
/// <param name="Index">The command's number in the log: where a watch goes on from.</param>
public sealed record Notified(ulong Index, string Topic, Value Notification) : Effect.Told;

/// <summary>
/// The log has grown enough since the last snapshot: freeze the state as it is now, and write it out. By now it may hold more
/// than this slot, where one step applied several.
/// </summary>
public sealed record SnapshotWanted(ulong Slot) : Effect.Told;

/// <summary>A node wants a piece of the newest snapshot here, or of this slot's if it is still there.</summary>
public sealed record SnapshotAsked(NodeId To, ulong Slot, ulong Offset) : Effect.Told;

/// <summary>A piece of another node's snapshot: keep it; after the last one check the whole and restore it.</summary>
public sealed record ChunkReceived(ulong Slot, ulong Offset, ulong Total, Value Bytes) : Effect.Told;
