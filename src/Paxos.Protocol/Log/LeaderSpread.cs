namespace Paxos.Protocol.Log;

/// <summary>A group as its leader sees it.</summary>
/// <param name="Leader">default: nobody, as far as this node knows.</param>
/// <param name="Lag">How many chosen slots a node has not got yet, as far as it said; null: it said nothing.</param>
public readonly record struct GroupLead(GroupId Group, NodeId Leader, Configuration Configuration, Func<NodeId, ulong?> Lag);

/// <summary>
/// Evens out how many groups each node leads: a node that leads two more than another one hands it a group, or several where it leads
/// many more. It only picks what is then asked for as any transfer is, so no safety hangs on it. It comes to rest: each step makes
/// the difference smaller, also where all others hand to the same node, and a difference of one is left alone. A node that did not take
/// half of what it was handed is left alone for longer each time, and then handed one.
/// </summary>
public sealed class LeaderSpread(NodeId self)
{
    /// <summary>While a group is handed over nobody serves it, so the successor must have little to catch up with.</summary>
    public const ulong MaxLag = 1000;

    /// <summary>So many groups are handed over at once, at most: each is an election.</summary>
    public const int MaxAtOnce = 32;

    private const int MaxRest = 256;

    private readonly Dictionary<NodeId, (int Rounds, int Next)> failed = [];
    private HearingView before = HearingView.Nobody;
    private (IReadOnlyList<GroupId> Groups, NodeId To)? last;

    /// <summary>To be asked at intervals: which groups this node hands over now, and to whom; null: none.</summary>
    public (IReadOnlyList<GroupId> Groups, NodeId To)? OnRound(HearingView view, IReadOnlyList<GroupLead> groups)
    {
        Judge(groups);
        var steady = before;
        before = view;
        var leads = groups.Where(group => group.Leader != default).CountBy(group => group.Leader).ToDictionary();
        var mine = leads.GetValueOrDefault(self);
        // Who has just come back may be gone again soon.
        var others = view.Heard
            .Where(heard => steady.Heard.TryGetValue(heard.Key, out var old) && old.Boot == heard.Value.Boot && MayBeAsked(heard.Key))
            .OrderBy(heard => leads.GetValueOrDefault(heard.Key));
        foreach (var (node, pong) in others)
        {
            var more = mine - leads.GetValueOrDefault(node);
            if (more < 2)
                break;
            var handed = groups
                .Where(group => group.Leader == self
                    && group.Configuration.IndexOfVoter(node) >= 0
                    && group.Configuration.IsQuorumHeard(node, other => pong.Hears.AsSpan().Contains(other))
                    && group.Lag(node) <= MaxLag)
                .Select(group => group.Group)
                .Take(failed.ContainsKey(node) ? 1 : Math.Clamp(more / (2 * (view.Heard.Count + 1)), 1, MaxAtOnce))
                .ToList();
            if (handed.Count > 0)
                return last = (handed, node);
        }
        return null;
    }

    // Whether half of the last ones came of it, which takes less time than lies between two rounds.
    private void Judge(IReadOnlyList<GroupLead> groups)
    {
        if (last is not var (handed, to))
            return;
        last = null;
        if (groups.Count(group => group.Leader == to && handed.Contains(group.Group)) * 2 >= handed.Count)
            failed.Remove(to);
        else if (failed.TryGetValue(to, out var old))
            failed[to] = (old.Next, Math.Min(old.Next * 2, MaxRest));
        else
            failed.Add(to, (2, 4));
    }

    private bool MayBeAsked(NodeId node)
    {
        if (!failed.TryGetValue(node, out var rest) || rest.Rounds == 0)
            return true;
        failed[node] = (rest.Rounds - 1, rest.Next);
        return false;
    }
}
