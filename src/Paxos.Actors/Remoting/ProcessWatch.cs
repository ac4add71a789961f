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

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));

    protected override void OnReceive(object message)
    {
        if (message is DisassociatedEvent { RemoteAddress: var address } && nodeAt(address) is var node && node != default)
            _ = AskAsync(address, node);
    }

    private async Task AskAsync(Address address, NodeId node)
    {
        await Task.Delay(AskAfter).ConfigureAwait(false);
        if (await RefusesAsync(address.Host!, address.Port!.Value).ConfigureAwait(false))
            told.Tell(new ProcessEnded(node));
    }

    private static async Task<bool> RefusesAsync(string host, int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(AskFor);
        try
        {
            await socket.ConnectAsync(host, port, patience.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public static Props Props(Func<Address, NodeId> nodeAt, IActorRef told) =>
        Akka.Actor.Props.Create(() => new ProcessWatch(nodeAt, told));
}
