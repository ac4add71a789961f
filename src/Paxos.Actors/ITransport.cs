using Akka.Actor;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>
/// How envelopes get from node to node. Akka.Remote, unless a <see cref="PaxosSetup"/> names another one: a network that a
/// spec can cut. It may lose, delay, duplicate and reorder what it is given, and never changes it.
/// </summary>
public interface ITransport
{
    /// <summary>Called once, before the first <see cref="Send"/>: what arrives for this node is told to the endpoint.</summary>
    void Start(NodeId self, IActorRef endpoint);

    /// <summary>
    /// Where a node's remoting is, HOST:PORT, as its settings, a configuration or the node itself say. Called from any thread.
    /// </summary>
    /// <param name="isItsWord">The node said so itself, just now.</param>
    void Reach(NodeId node, string address, bool isItsWord);

    /// <summary>Sends, and does not wait. Called from any thread; never throws for a peer that is not there.</summary>
    void Send(NodeEnvelope envelope);
}
