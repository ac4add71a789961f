namespace Paxos.Protocol.Log;

/// <summary>
/// The bounds of what a log remembers beside its machine. They decide results, so they must be the same on every node of a
/// group: where they differ, the running digests do too.
/// </summary>
public sealed record LogSettings
{
    public static readonly LogSettings Default = new();

    /// <summary>A session ends when so much replicated time has passed without a command of its client.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How far a sequence may be above what its client has acknowledged: so many results a session keeps at most.</summary>
    public int SessionMaxInFlight { get; init; } = 4096;

    /// <summary>For how much replicated time a result is kept under its idempotency key, at least.</summary>
    public TimeSpan IdempotencyKeep { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Past so many keys the oldest go, however young.</summary>
    public int IdempotencyMax { get; init; } = 100_000;

    /// <summary>The running digest is kept for comparison at each multiple of so many slots.</summary>
    public int DigestInterval { get; init; } = 1000;

    /// <summary>
    /// So often a slot calls <see cref="IStateMachine.OnTime"/>; what is due then waits for the next slot, so that a million
    /// expiries at once do not stop the log.
    /// </summary>
    public int DueMaxPerSlot { get; init; } = 1000;

    internal ulong SessionTimeoutMs => (ulong)SessionTimeout.TotalMilliseconds;

    internal ulong IdempotencyKeepMs => (ulong)IdempotencyKeep.TotalMilliseconds;
}
