using System.Numerics;

namespace Paxos.Protocol;

/// <summary>
/// How many voters make a quorum of each phase. A phase-1 quorum must meet every phase-2 quorum, and that is all that
/// Paxos asks for (Howard, Malkhi, Spiegelman: "Flexible Paxos", 2016): the two add up to more than the voters.
/// </summary>
public readonly record struct QuorumRule(int Phase1, int Phase2)
{
    public static QuorumRule Majority(int voters) => new(voters / 2 + 1, voters / 2 + 1);

    /// <summary>Every phase-1 quorum meets every phase-2 quorum.</summary>
    public bool Fits(int voters) => Phase1 >= 1 && Phase2 >= 1 && Phase1 <= voters && Phase2 <= voters && Phase1 + Phase2 > voters;

    /// <exception cref="ArgumentException">The two phases could miss each other, or ask for more voters than there are.</exception>
    public void Validate(int voters)
    {
        if (!Fits(voters))
        {
            throw new ArgumentException(
                $"Quorums of {Phase1} (phase 1) and {Phase2} (phase 2) among {voters} voters: each must be 1 to {voters}, "
                + $"and together more than {voters}, or two proposers could choose differently.");
        }
    }
}

/// <summary>
/// The voters that have answered. It counts nodes and not replies, so a duplicate adds nothing, and a node without a vote
/// is not counted.
/// </summary>
public struct Quorum(Configuration configuration)
{
    private ulong voters;

    public readonly int Count => BitOperations.PopCount(voters);

    /// <summary>True where this voter had not been counted yet.</summary>
    public bool Add(NodeId node)
    {
        var index = configuration.IndexOfVoter(node);
        if (index < 0 || Has(index))
            return false;
        voters |= 1UL << index;
        return true;
    }

    public readonly bool Contains(NodeId node) => configuration.IndexOfVoter(node) is >= 0 and var index && Has(index);

    private readonly bool Has(int index) => (voters & (1UL << index)) != 0;

    internal readonly void Write(CanonicalWriter writer) => writer.Number(voters);

    internal static Quorum Read(Configuration configuration, ref CanonicalReader reader) =>
        new(configuration) { voters = reader.Number() };
}
