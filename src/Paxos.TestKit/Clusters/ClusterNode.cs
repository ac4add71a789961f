using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Paxos.Actors;
using Paxos.TestKit.Network;

namespace Paxos.TestKit.Clusters;

/// <summary>One node of a cluster, from its start to its end: an actor system on its directory.</summary>
internal sealed class ClusterNode
{
    private readonly FaultyNetwork network;
    private readonly ITransport transport;

    public ClusterNode(FaultyNetwork network, PaxosSetup setup, Config config)
    {
        this.network = network;
        transport = network.Join();
        System = ActorSystem.Create(
            "paxos", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), setup.WithTransport(transport)));
    }

    public ActorSystem System { get; }

    /// <summary>Starts at the first use.</summary>
    public PaxosExtension Paxos => PaxosExtension.For(System);

    /// <summary>Nothing leaves it any more when this returns; its actors are gone when the task ends.</summary>
    public Task CrashAsync()
    {
        network.Kill(transport);
        return System.Terminate();
    }

    /// <summary>As an app ends its actor system, with all that is to be done before that.</summary>
    public async Task StopAsync()
    {
        await CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance).ConfigureAwait(false);
        await System.WhenTerminated.ConfigureAwait(false);
        network.Kill(transport);
    }

    /// <summary>How it is, in one line a group.</summary>
    public override string ToString()
    {
        var status = Paxos.Status;
        var groups = status.Groups.Select(group =>
            $"{group.Group} led by {(group.Leader is { } leader ? $"{leader}" : "nobody")} at {group.Ballot}, chosen {group.Chosen}, applied {group.Applied}"
            + (group.QuorumConnected ? "" : ", hears no quorum") + (group.Reason is null ? "" : $", {group.Reason}"));
        var peers = status.Peers.Select(peer => peer.HeardAgo is { } ago ? $"{peer.Id} heard {ago.TotalSeconds:0.0} s ago" : $"{peer.Id} never heard");
        return $"{status.State}{(status.Reason is null ? "" : $" ({status.Reason})")}; {string.Join("; ", groups.Concat(peers))}";
    }
}
