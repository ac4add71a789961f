using Paxos.Protocol;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// The ways in which links fail. The partial ones are those of OmniPaxos (EuroSys 2023, section 2) and the bridge of
/// openraft #2080: everybody still hears somebody.
/// </summary>
public enum PartitionShape
{
    /// <summary>Two sides that do not hear each other.</summary>
    Split,

    /// <summary>The leader, and nobody.</summary>
    Isolated,

    /// <summary>What one node says goes nowhere; it hears all.</summary>
    Mute,

    /// <summary>What one node is told is lost; it is heard by all.</summary>
    Deaf,

    /// <summary>One hub hears all, and all others, the leader among them, only the hub.</summary>
    QuorumLoss,

    /// <summary>As quorum loss, but the leader is cut off from the hub as well.</summary>
    Constrained,

    /// <summary>Each hears the one before it and the one behind it.</summary>
    Chained,

    /// <summary>Two sides, and one node that hears both.</summary>
    Bridge,
}

internal static class Partitions
{
    /// <param name="leader">Whom it is to hurt.</param>
    public static void Apply(SimulatedNetwork network, PartitionShape shape, IReadOnlyList<NodeId> nodes, NodeId leader, Random random)
    {
        network.Heal();
        var others = nodes.Where(node => node != leader).OrderBy(_ => random.Next()).ToList();
        switch (shape)
        {
            case PartitionShape.Split:
                var side = random.Next(1, nodes.Count);
                var shuffled = nodes.OrderBy(_ => random.Next()).ToList();
                CutBetween(network, shuffled[..side], shuffled[side..]);
                break;
            case PartitionShape.Isolated:
                CutBetween(network, [leader], others);
                break;
            case PartitionShape.Mute:
                others.ForEach(node => network.Cut(leader, node));
                break;
            case PartitionShape.Deaf:
                others.ForEach(node => network.Cut(node, leader));
                break;
            case PartitionShape.QuorumLoss:
                CutAmong(network, [leader, .. others.Skip(1)]);
                break;
            case PartitionShape.Constrained:
                CutAmong(network, [leader, .. others.Skip(1)]);
                CutBetween(network, [leader], [.. others.Take(1)]);
                break;
            case PartitionShape.Chained:
                List<NodeId> chain = [leader, .. others];
                for (var i = 0; i < chain.Count; i++)
                {
                    for (var j = i + 2; j < chain.Count; j++)
                        network.CutBoth(chain[i], chain[j]);
                }
                break;
            case PartitionShape.Bridge:
                List<NodeId> both = [leader, .. others.Skip(1)];
                CutBetween(network, both[..((both.Count + 1) / 2)], both[((both.Count + 1) / 2)..]);
                break;
        }
    }

    private static void CutBetween(SimulatedNetwork network, List<NodeId> ones, List<NodeId> others)
    {
        foreach (var one in ones)
            others.ForEach(other => network.CutBoth(one, other));
    }

    private static void CutAmong(SimulatedNetwork network, List<NodeId> nodes)
    {
        foreach (var one in nodes)
            nodes.FindAll(other => other != one).ForEach(other => network.Cut(one, other));
    }
}
