using System.Net.Sockets;
using Akka.Actor;
using Akka.Remote;
using Paxos.Protocol;

namespace Paxos.Actors.Remoting;

/// <summary>The process of a node has ended: nobody listens at its address.</summary>
internal sealed record ProcessEnded(NodeId Node) : INoSerializationVerificationNeeded;

/// <summary>
/// Sees a peer's process end sooner than it is missed: its connection ends, and then the machine refuses another one. Where anything
/// else comes of it, no answer say, or somebody who takes connections in its place, it tells nothing.
/// </summary>
/// <param name="nodeAt">Whose address it is; default: no node's.</param>
/// <param name="told">Is told <see cref="ProcessEnded"/>.</param>
internal sealed class ProcessWatch(Func<Address, NodeId> nodeAt, IActorRef told) : UntypedActor
{
    // A process that ends closes its sockets one by one: the one that it listens at may be behind the connection.
    private static readonly TimeSpan AskAfter = TimeSpan.FromMilliseconds(20);

    // Later it is missed anyway.
    private static readonly TimeSpan AskFor = TimeSpan.FromMilliseconds(300);

    private readonly HashSet<NodeId> asked = [];

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DisassociatedEvent { RemoteAddress: var address } when nodeAt(address) is var node && node != default && asked.Add(node):
                AskAsync(address, node).PipeTo(Self);
                break;
            case Answer(var node, var isRefused):
                asked.Remove(node);
                if (isRefused)
                    told.Tell(new ProcessEnded(node));
                break;
        }
    }

    private static async Task<Answer> AskAsync(Address address, NodeId node)
    {
        await Task.Delay(AskAfter).ConfigureAwait(false);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var patience = new CancellationTokenSource(AskFor);
            await socket.ConnectAsync(address.Host!, address.Port!.Value, patience.Token).ConfigureAwait(false);
            return new Answer(node, IsRefused: false);
        }
        catch (SocketException e)
        {
            return new Answer(node, IsRefused: e.SocketErrorCode == SocketError.ConnectionRefused);
        }
        catch (OperationCanceledException)
        {
            return new Answer(node, IsRefused: false);
        }
    }

    private sealed record Answer(NodeId Node, bool IsRefused) : INoSerializationVerificationNeeded;

    public static Props Props(Func<Address, NodeId> nodeAt, IActorRef told) =>
        Akka.Actor.Props.Create(() => new ProcessWatch(nodeAt, told));
}
