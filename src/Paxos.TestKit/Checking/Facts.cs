using System.Numerics;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking;

/// <summary>Ballots, values and proposals as bits, so that the invariants of a state are a few operations on sets.</summary>
internal sealed class Facts(QuorumRule rule)
{
    private readonly Interner<Ballot> ballots = new();
    private readonly Interner<Value> values = new();
    private readonly Interner<Proposal> proposals = new();
    private readonly ulong[] rivals = new ulong[64];
    private readonly ulong[] contradictions = new ulong[64];
    private readonly ulong[] proposalsOf = new ulong[64];

    public ulong Bit(Ballot ballot) => Bit(ballots.Id(ballot), "ballots");

    public ulong Bit(Value value) => Bit(values.Id(value), "values");

    public ulong Bit(Proposal proposal)
    {
        var known = proposals.Count;
        var id = proposals.Id(proposal);
        var bit = Bit(id, "proposals");
        if (id == known)
            Relate(id, bit, proposal);
        return bit;
    }

    public Value ValueOf(ulong bit) => values[BitOperations.TrailingZeroCount(bit)];

    public Proposal ProposalOf(ulong bit) => proposals[BitOperations.TrailingZeroCount(bit)];

    /// <summary>The proposals at the same ballot that carry another value.</summary>
    public ulong Rivals(ulong proposal) => rivals[BitOperations.TrailingZeroCount(proposal)];

    /// <summary>The proposals at a higher ballot that carry another value.</summary>
    public ulong Contradictions(ulong proposal) => contradictions[BitOperations.TrailingZeroCount(proposal)];

    /// <summary>All the proposals that carry this value.</summary>
    public ulong ProposalsOf(ulong value) => proposalsOf[BitOperations.TrailingZeroCount(value)];

    public ulong ValuesOf(ulong proposals)
    {
        var all = 0UL;
        for (var rest = proposals; rest != 0; rest &= rest - 1)
            all |= Bit(ProposalOf(rest).Value);
        return all;
    }

    /// <summary>What is chosen where each acceptor has accepted this: the proposals that a phase-2 quorum shares.</summary>
    public ulong Chosen(ReadOnlySpan<ulong> accepted)
    {
        var all = 0UL;
        foreach (var each in accepted)
            all |= each;
        var chosen = 0UL;
        for (; all != 0; all &= all - 1)
        {
            var bit = all & (0 - all);
            var count = 0;
            foreach (var each in accepted)
                count += (each & bit) != 0 ? 1 : 0;
            if (count >= rule.Phase2)
                chosen |= bit;
        }
        return chosen;
    }

    private void Relate(int id, ulong bit, Proposal proposal)
    {
        proposalsOf[BitOperations.TrailingZeroCount(Bit(proposal.Value))] |= bit;
        for (var other = 0; other < id; other++)
        {
            if (proposals[other].Value == proposal.Value)
                continue;
            var order = proposals[other].Ballot.CompareTo(proposal.Ballot);
            if (order == 0)
            {
                rivals[id] |= 1UL << other;
                rivals[other] |= bit;
            }
            else
            {
                contradictions[order < 0 ? other : id] |= order < 0 ? bit : 1UL << other;
            }
        }
    }

    private static ulong Bit(int id, string what) =>
        id < 64 ? 1UL << id : throw new InvalidOperationException($"The check has room for 64 {what}: choose a smaller bound.");
}
