namespace Paxos.Protocol;

/// <summary>Who a node is: a name in a cluster, and the data directory that remembers what was promised under that name.</summary>
public sealed record Identity(string Cluster, NodeId Node, Incarnation Incarnation)
{
    public Member Member => new(Node, Incarnation);
}
