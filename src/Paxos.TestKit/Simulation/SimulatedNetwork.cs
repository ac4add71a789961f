using Paxos.Protocol;

namespace Paxos.TestKit.Simulation;

/// <summary>The links between nodes, each direction for itself: what is cut, and how long what is sent takes.</summary>
internal sealed class SimulatedNetwork(SimulationOptions options, Random random)
{
    private readonly HashSet<(NodeId From, NodeId To)> cuts = [];

    /// <summary>False: nothing is lost, doubled or late any more.</summary>
    public bool IsBad { get; set; } = true;

    public bool IsCut(NodeId from, NodeId to) => cuts.Contains((from, to));

    public void Cut(NodeId from, NodeId to) => cuts.Add((from, to));

    public void CutBoth(NodeId one, NodeId other)
    {
        Cut(one, other);
        Cut(other, one);
    }

    public void Heal() => cuts.Clear();

    /// <summary>After how many microseconds the copies of a message arrive: none, one or two.</summary>
    public IEnumerable<long> Arrivals(NodeId from, NodeId to, bool mayBeDoubled)
    {
        if (IsCut(from, to) || Happens(options.Loss))
            yield break;
        yield return Delay();
        if (mayBeDoubled && Happens(options.Duplication))
            yield return Delay();
    }

    private long Delay() => Happens(options.Straggling) ? random.Next(500, 200_000) : random.Next(200, 2_000);

    private bool Happens(double probability) => IsBad && random.NextDouble() < probability;
}
