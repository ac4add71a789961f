using Paxos.Actors;

namespace Paxos.Node.Hosting;

/// <summary>What HTTP serves: <see cref="PaxosExtension"/>, or a stand-in where a test wants no cluster.</summary>
internal interface IDecisions
{
    NodeStatus Status { get; }

    Task<string> DecideAsync(string name, string value, CancellationToken ct);

    Task<string?> ReadDecisionAsync(string name, CancellationToken ct);
}

internal sealed class NodeDecisions(PaxosExtension paxos) : IDecisions
{
    public NodeStatus Status => paxos.Status;

    public Task<string> DecideAsync(string name, string value, CancellationToken ct) => paxos.DecideAsync(name, value, ct);

    public Task<string?> ReadDecisionAsync(string name, CancellationToken ct) => paxos.ReadDecisionAsync(name, ct);
}
