using System.Collections.Concurrent;
using Paxos.Actors;
using Paxos.Node.Hosting;
using Paxos.Protocol;

namespace Paxos.Node.Tests.Http;

/// <summary>One node that decides by itself, or fails as it is told.</summary>
internal sealed class StandInDecisions : IDecisions
{
    private readonly TaskCompletionSource asked = new();
    private readonly TaskCompletionSource cancelled = new();

    public ConcurrentDictionary<string, string> Values { get; } = [];

    public Exception? Failure { get; set; }

    public bool NeverAnswers { get; set; }

    public NodeState State { get; set; } = NodeState.Running;

    public bool QuorumConnected { get; set; } = true;

    public bool HasLeader { get; set; }

    public string? Fault { get; set; }

    public Task Asked => asked.Task;

    public Task Cancelled => cancelled.Task;

    public NodeStatus Status => new(
        "c",
        new NodeId("a"),
        new Incarnation(42),
        State,
        Reason: null,
        [
            new GroupStatus(
                "default",
                QuorumConnected,
                [
                    new MemberStatus(new NodeId("a"), new Incarnation(42), "127.0.0.1:4053", "http://127.0.0.1:8080"),
                    new MemberStatus(new NodeId("b"), null, "127.0.0.1:4054", null),
                ],
                [])
            {
                Leader = HasLeader ? new NodeId("a") : null,
                Reason = Fault,
            },
        ],
        [new PeerStatus(new NodeId("b"), TimeSpan.FromMilliseconds(40)), new PeerStatus(new NodeId("c"), null)]);

    public async Task<string> DecideAsync(string name, string value, CancellationToken ct)
    {
        asked.TrySetResult();
        if (NeverAnswers)
        {
            await using var registration = ct.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.Infinite, ct);
        }
        return Failure is null ? Values.GetOrAdd(name, value) : throw Failure;
    }

    public Task<string?> ReadDecisionAsync(string name, CancellationToken ct) =>
        Failure is null ? Task.FromResult(Values.GetValueOrDefault(name)) : throw Failure;
}
