using Paxos.Actors.Registers;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>How a run's clients ask the cluster.</summary>
internal interface IBenchTarget : IAsyncDisposable
{
    /// <param name="endpoint">The node that this client stays with, where the way to the cluster is by node.</param>
    /// <param name="name">Of the decision.</param>
    /// <param name="value">UTF-8.</param>
    /// <param name="ct">Ends the wait.</param>
    Task<Answer> DecideAsync(Uri endpoint, string name, byte[] value, CancellationToken ct);

    // Without an idempotency key, and so never sent again: that costs the log something, and what is measured is a plain write.
    /// <inheritdoc cref="DecideAsync"/>
    Task<Answer> WriteAsync(Uri endpoint, string key, byte[] value, CancellationToken ct);

    /// <inheritdoc cref="DecideAsync"/>
    Task<Answer> ReadAsync(Uri endpoint, string key, Consistency consistency, CancellationToken ct);
}
