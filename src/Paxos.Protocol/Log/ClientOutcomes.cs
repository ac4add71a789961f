namespace Paxos.Protocol.Log;

// What a node's client tells its host of the calls it was given: each call is told exactly one of these, once.

public enum NotAppliedReason : byte
{
    /// <summary>Too much is waiting, here or at the leader; or this node does not keep up with the log.</summary>
    Overloaded,

    /// <summary>Nobody leads, or who leads could not be reached.</summary>
    NoLeader,
}

/// <summary>The command's result, which may be a refusal by the log: <see cref="ResultKind"/>.</summary>
public sealed record CallCompleted(ulong CallId, Result Result) : Effect.Told;

/// <summary>The command was certainly not applied, and will not be.</summary>
public sealed record CallNotApplied(ulong CallId, NotAppliedReason Reason) : Effect.Told;

/// <summary>The command may have been applied, or may be yet.</summary>
public sealed record CallUnknown(ulong CallId) : Effect.Told;

/// <summary>The read sees all that it must see in a state that has applied this slot or a later one, as this node's has.</summary>
public sealed record ReadReady(ulong CallId, ulong Slot) : Effect.Told;

public sealed record ReadFailed(ulong CallId, NotAppliedReason Reason) : Effect.Told;
