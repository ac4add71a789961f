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
    Task<Answer> WriteAsync(Uri endpoint, string key, byte[] value, Condition condition, TimeSpan? ttl, CancellationToken ct);

    /// <inheritdoc cref="DecideAsync"/>
    Task<Answer> ReadAsync(Uri endpoint, string key, Consistency consistency, CancellationToken ct);

    /// <summary>Watches a register from how it is now until it is cancelled; where the watch breaks, it goes on behind what it told last.</summary>
    /// <param name="endpoints">The nodes, in the order in which they are tried, where the way to the cluster is by node.</param>
    Task WatchAsync(IReadOnlyList<Uri> endpoints, string key, IBenchWatch watch, CancellationToken ct);
}

/// <summary>Is told what a watch sees, one thing after the other.</summary>
internal interface IBenchWatch
{
    /// <summary>How the register is: at first, and where changes before were missed.</summary>
    void OnReset();

    /// <summary>The register was written.</summary>
    void OnPut(ReadOnlySpan<byte> value);

    /// <summary>It has to be opened again, or for the first time once more.</summary>
    void OnBreak(string why);
}
