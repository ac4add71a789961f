using System.Collections.Immutable;

namespace Paxos.Protocol.Log;

/// <summary>To every other node: this is what my replica's running digest was after this slot.</summary>
public sealed record StateDigest(ulong Slot, ulong Digest) : Message
{
    public override string ToString() => $"StateDigest({Slot}, {Digest:x16})";
}

/// <summary>The replica of this node is not in the state that the others are in after the same slot: its answers are not theirs.</summary>
/// <param name="Others">What the other voters said.</param>
public sealed record Diverged(ulong Slot, ulong Digest, EquatableArray<(NodeId Node, ulong Digest)> Others) : Effect.Told;

/// <summary>
/// Finds a machine that is not deterministic, by what the nodes say of their running digests at the same slots. A replica that
/// differs from a majority of the voters has diverged; where all voters have spoken and no majority agrees, each has.
/// </summary>
/// <remarks>
/// One voice proves nothing, since it may be the one that is wrong: a node whose leader alone differs goes on. A lost message
/// is made good by the next interval's.
/// </remarks>
public sealed class DigestComparison(NodeId self)
{
    // Of the slots that were spoken of last; those that this node has not come to yet wait here.
    private const int MaxSlots = 16;

    private readonly SortedDictionary<ulong, SortedDictionary<NodeId, ulong>> heard = [];
    private ulong said;
    private bool hasDiverged;

    /// <summary>The replica has applied more: tells its newest digest to the others, and judges.</summary>
    public void OnApplied(Replica replica, Configuration configuration, Effects effects)
    {
        if (replica.NewestMark is not var (newest, digest) || newest <= said)
            return;
        said = newest;
        foreach (var node in configuration.Everyone.AsSpan())
        {
            if (node != self)
                effects.SendNow(node, new StateDigest(newest, digest));
        }
        foreach (var slot in heard.Keys)
            Judge(slot, replica, configuration, effects);
    }

    public void On(NodeId from, StateDigest message, Replica replica, Configuration configuration, Effects effects)
    {
        if (!heard.TryGetValue(message.Slot, out var digests))
        {
            heard.Add(message.Slot, digests = []);
            if (heard.Count > MaxSlots)
                heard.Remove(heard.First().Key);
        }
        digests[from] = message.Digest;
        Judge(message.Slot, replica, configuration, effects);
    }

    private void Judge(ulong slot, Replica replica, Configuration configuration, Effects effects)
    {
        if (hasDiverged || replica.DigestAt(slot) is not { } own || !heard.TryGetValue(slot, out var digests))
            return;
        var spoke = 0;
        var agree = 0;
        var votes = new SortedDictionary<ulong, int>();
        foreach (var voter in configuration.Voters.AsSpan())
        {
            if (voter.Id != self && !digests.ContainsKey(voter.Id))
                continue;
            var digest = voter.Id == self ? own : digests[voter.Id];
            spoke++;
            votes[digest] = votes.GetValueOrDefault(digest) + 1;
            agree = Math.Max(agree, votes[digest]);
        }
        var majority = configuration.Voters.Length / 2 + 1;
        var isWithMost = votes.GetValueOrDefault(own) >= majority;
        if (isWithMost || (agree < majority && spoke < configuration.Voters.Length))
            return;
        hasDiverged = true;
        effects.Tell(new Diverged(slot, own, digests.Select(said => (said.Key, said.Value)).ToImmutableArray()));
    }
}
