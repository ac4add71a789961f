using Paxos.Actors;
using Paxos.Node.Configuration;
using Paxos.Node.Http;
using Paxos.Protocol;

namespace Paxos.Node.Hosting;

/// <summary>Says on a line what the node has become, and whom it hears no more, each time that it changes.</summary>
internal sealed class NodeNarrator(RunningNode node, NodeConfiguration configuration, TextWriter output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<NodeId> heard = [];
    private string? said;
    private bool wasReady;

    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
            {
                var status = node.Status;
                var line = Describe(status);
                if (line != said)
                    await output.WriteLineAsync(said = line);
                foreach (var peer in status.Peers)
                    await SayHearingAsync(peer);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // The node ends: there is no more to say.
        }
    }

    private async Task SayHearingAsync(PeerStatus peer)
    {
        if (peer.HeardAgo is not { } ago)
            return;
        var silent = ago >= configuration.Settings.SilentAfter;
        if (silent && heard.Remove(peer.Id))
            await output.WriteLineAsync($"{peer.Id} is silent: nothing was heard of it for {configuration.Settings.SilentAfter.TotalSeconds:0.#} s");
        else if (!silent && heard.Add(peer.Id))
            await output.WriteLineAsync($"hears {peer.Id}");
    }

    private string Describe(NodeStatus status)
    {
        var ready = status.State == NodeState.Running && status.Groups.All(group => group.QuorumConnected);
        if (ready)
        {
            wasReady = true;
            return $"ready: serves http://{configuration.Http}";
        }
        return status.State switch
        {
            NodeState.Running => wasReady ? "not ready: no quorum of the voters is heard any more" : "recovered: waits until it hears a quorum of the voters",
            NodeState.Forming when configuration.Settings.Join => $"joining: {status.Reason}",
            NodeState.Forming => "forming: waits until all nodes have heard each other for the first time",
            NodeState.Recovering => "recovering: reads its journal",
            _ => $"{StatusDocument.NameOf(status.State)}: {status.Reason}",
        };
    }
}
