using Paxos.Actors.Registers;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>Over HTTP: a request an operation, each client over a connection of its own.</summary>
internal sealed class HttpTarget(NodeClient node) : IBenchTarget
{
    private readonly RegisterClient registers = new(node);

    public Task<Answer> DecideAsync(Uri endpoint, string name, byte[] value, CancellationToken ct) => node.DecideAsync(endpoint, name, value, ct);

    public Task<Answer> WriteAsync(Uri endpoint, string key, byte[] value, CancellationToken ct) =>
        registers.WriteAsync(endpoint, key, value, Condition.None, ttl: null, idempotencyKey: null, ct);

    public Task<Answer> ReadAsync(Uri endpoint, string key, Consistency consistency, CancellationToken ct) =>
        registers.ReadAsync(endpoint, key, consistency, ct);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
