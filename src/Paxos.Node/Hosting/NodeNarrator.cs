using Paxos.Actors;
using Paxos.Node.Http;

namespace Paxos.Node.Hosting;

/// <summary>Says on a line what the node has become, each time that it becomes something else.</summary>
internal sealed class NodeNarrator(RunningNode node, string url, TextWriter output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private string? said;
    private bool wasReady;

    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
            {
                var line = Describe(node.Status);
                if (line != said)
                    await output.WriteLineAsync(said = line);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // The node ends: there is no more to say.
        }
    }

    private string Describe(NodeStatus status)
    {
        var ready = status.State == NodeState.Running && status.Groups.All(group => group.QuorumConnected);
        if (ready)
        {
            wasReady = true;
            return $"ready: serves {url}";
        }
        return status.State switch
        {
            NodeState.Running => wasReady ? "not ready: no quorum of the voters is heard any more" : "recovered: waits until it hears a quorum of the voters",
            NodeState.Forming => "forming: waits until all nodes have heard each other for the first time",
            NodeState.Recovering => "recovering: reads its journal",
            _ => $"{StatusDocument.NameOf(status.State)}: {status.Reason}",
        };
    }
}
