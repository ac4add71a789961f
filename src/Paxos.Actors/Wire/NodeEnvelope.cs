using Akka.Event;
using Paxos.Protocol;

namespace Paxos.Actors.Wire;

/// <summary>
/// What goes between nodes. It names the sender's and the receiver's incarnation: a message to or from a node that has
/// lost its disk since is dropped, and so is one of another cluster or of another configuration's epoch. One that does not arrive is
/// sent again or not needed any more, so no log tells of it.
/// </summary>
/// <param name="Name">The instance, for the messages of decisions; else empty.</param>
public sealed record NodeEnvelope(string Cluster, GroupId Group, uint Epoch, Member From, Member To, string Name, Message Message)
    : IDeadLetterSuppression;
