using Paxos.Protocol;

namespace Paxos.TestKit;

/// <summary>One role on one node: what is slow, crashes, restarts, and takes messages.</summary>
public readonly record struct Place(NodeId Node, Role Role)
{
    /// <summary><c>a.acceptor</c>, as scenario files write it.</summary>
    public override string ToString() => $"{Node}.{Role.ToString().ToLowerInvariant()}";
}
