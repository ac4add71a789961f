using Paxos.Protocol;

namespace Paxos.TestKit.Network;

/// <summary>Between which nodes nothing goes, and in which direction. Not for several threads at once.</summary>
internal sealed class Cuts
{
    private readonly HashSet<(NodeId From, NodeId To)> oneWay = [];
    private readonly HashSet<NodeId> alone = [];

    public void Add(NodeId from, NodeId to) => oneWay.Add((from, to));

    /// <summary>From all others, also those that come later.</summary>
    public void Isolate(NodeId node) => alone.Add(node);

    public void Clear()
    {
        oneWay.Clear();
        alone.Clear();
    }

    /// <summary>All that this node is cut off by.</summary>
    public void Clear(NodeId node)
    {
        alone.Remove(node);
        oneWay.RemoveWhere(cut => cut.From == node || cut.To == node);
    }

    // What a node says to itself crosses no wire.
    public bool Stop(NodeId from, NodeId to) =>
        from != to && (alone.Contains(from) || alone.Contains(to) || oneWay.Contains((from, to)));
}
