using Akka.Actor;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Metrics;

/// <summary>Counts what leaves for other nodes.</summary>
internal sealed class CountingTransport(ITransport transport, NodeId self, Count sent) : ITransport
{
    public void Start(NodeId self, IActorRef endpoint) => transport.Start(self, endpoint);

    public void Send(NodeEnvelope envelope)
    {
        if (envelope.To.Id != self)
            sent.Add();
        transport.Send(envelope);
    }
}
