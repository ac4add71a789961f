using Paxos.Protocol;

namespace Paxos.Actors.Registers;

/// <summary>What the registers need of the log that they stand in: this node's, or that of a cluster elsewhere.</summary>
internal interface IRegisterCalls
{
    /// <summary>Gets a <see cref="Protocol.Registers.RegisterCommand"/> applied, once, and returns its result.</summary>
    /// <param name="idempotencyKey">1 to 128 bytes, or null.</param>
    /// <exception cref="ArgumentException">The idempotency key is none.</exception>
    Task<Value> ApplyAsync(Value command, string? idempotencyKey, CancellationToken ct);

    /// <summary>Asks a <see cref="Protocol.Registers.RegisterQuery"/>, and returns its answer.</summary>
    Task<Value> QueryAsync(Value query, Consistency consistency, CancellationToken ct);

    /// <summary>As <see cref="IRegisterStore.WatchAsync"/>, of a key or prefix that is known to be one.</summary>
    IAsyncEnumerable<RegisterEvent> WatchAsync(string keyOrPrefix, bool isPrefix, ulong? after, CancellationToken ct);
}
