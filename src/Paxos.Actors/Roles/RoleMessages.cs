using System.Collections.Immutable;
using Akka.Actor;
using Paxos.Actors.Decisions;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

// What the actors of one node say to each other. It never leaves the node.

/// <summary>A message for a role: a peer's, or another role's of this node.</summary>
/// <param name="Incarnation">Of the peer.</param>
internal sealed record Delivery(NodeId From, string Name, Message Message, Incarnation Incarnation = default) : INoSerializationVerificationNeeded;

/// <summary>A client's call for the proposer, or for the learner where there is none. The answer goes to who sent it.</summary>
internal sealed record Call(ulong Id, TimeSpan Timeout, Decision.Request Request) : INoSerializationVerificationNeeded;

/// <summary>What came of a <see cref="Call"/>.</summary>
internal sealed record CallEnded(ulong Id, Decision.Response Response) : INoSerializationVerificationNeeded;

/// <summary>A role is to let go of its instance when nothing of it is under way.</summary>
internal sealed record LetGo : INoSerializationVerificationNeeded
{
    public static readonly LetGo Instance = new();
}

/// <summary>The log has put this configuration in force: decisions follow it.</summary>
internal sealed record ConfigurationInForce(Configuration Configuration) : INoSerializationVerificationNeeded;

/// <summary>What a role must not forget cannot be read: final for this node.</summary>
internal sealed record Damaged(string Reason) : INoSerializationVerificationNeeded;

/// <summary>Where the node is on its way to taking part.</summary>
/// <param name="Genesis">Once the cluster is formed; of a node that joined, the configuration that let it in.</param>
/// <param name="Reason">Why it is refused, or for whom it waits.</param>
internal sealed record Formed(NodeState State, Configuration? Genesis, string? Reason) : INoSerializationVerificationNeeded;

/// <summary>Who the members are as far as this node knows, and who of them is listened to.</summary>
/// <param name="Peers">Whom this node asks whether they are there.</param>
/// <param name="Admitted">They are who a configuration says, and had nothing against this node: their messages are heard.</param>
internal sealed record Membership(Configuration Newest, ImmutableHashSet<NodeId> Peers, ImmutableHashSet<Member> Admitted)
    : INoSerializationVerificationNeeded;
