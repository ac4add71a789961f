using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>What the roles of the decision of this name say to each other.</summary>
internal sealed record OfInstance(string Name, InstanceMessage Message) : Message
{
    public override string ToString() => $"{Name}: {Message}";
}

/// <summary>What the acceptor of the decision of this name remembers.</summary>
internal sealed record InstanceEvent(string Name, Event Event) : Event
{
    public override string ToString() => $"{Name}: {Event}";
}

/// <summary>To the host: what came from another node is durable.</summary>
internal sealed record CopiesTaken(CopiesArrived Page) : Effect.Told;
