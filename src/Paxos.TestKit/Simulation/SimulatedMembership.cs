using Paxos.Protocol;

namespace Paxos.TestKit.Simulation;

/// <summary>What a node shows with its heartbeats.</summary>
/// <param name="OpenEpoch">The last epoch of the voters in which it votes about decisions, or did.</param>
internal readonly record struct Shown(Configuration? Configuration, bool IsInLog, uint OpenEpoch);

/// <summary>Which configurations a node knows, as <see cref="Formation"/> does: whom it listens to, and whether it was removed.</summary>
internal sealed class SimulatedMembership(Member self, Configuration? first)
{
    private readonly HashSet<NodeId> removedBy = [];

    /// <summary>The first that names this node: what its roles begin with. Null: none has yet.</summary>
    public Configuration? First { get; private set; } = first;

    /// <summary>The newest that names this node.</summary>
    public Configuration? Newest { get; private set; } = first;

    public bool IsRemoved { get; private set; }

    /// <param name="inLog">What this node's log has come to: it may need those whom the newest does not name any more.</param>
    public Member? Find(NodeId node, Configuration? inLog) => Newest?.Find(node) ?? (inLog ?? First)?.Find(node);

    public bool Listens(Member sender, Configuration? inLog) =>
        Newest is { } newest && (newest.Names(sender) || (inLog ?? First!).Names(sender));

    public IEnumerable<NodeId> Peers(Configuration? inLog) => Newest!.Everyone.Union((inLog ?? First!).Everyone);

    public void Adopt(Configuration configuration)
    {
        if (Newest is not null && configuration.Epoch > Newest.Epoch && configuration.Names(self))
            Take(configuration);
    }

    /// <summary>True where that changed something.</summary>
    /// <param name="isInLog">The sender's own log has come to it. What it only heard of it may forget.</param>
    public bool Hear(Member from, Configuration shown, bool isInLog)
    {
        if (shown.Epoch <= (Newest?.Epoch ?? 0) || !shown.Names(from))
            return false;
        if (shown.Names(self))
        {
            Take(shown);
            return true;
        }
        if (Newest is null)
            return false;
        if (isInLog && shown.IndexOfVoter(from.Id) >= 0)
            removedBy.Add(from.Id);
        IsRemoved = shown.Voters.Count(voter => removedBy.Contains(voter.Id)) > shown.Voters.Length / 2;
        return IsRemoved;
    }

    private void Take(Configuration configuration)
    {
        First ??= configuration;
        Newest = configuration;
        removedBy.Clear();
    }
}
