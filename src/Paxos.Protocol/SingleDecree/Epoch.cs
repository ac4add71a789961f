namespace Paxos.Protocol.SingleDecree;

/// <summary>
/// The epochs of ballots. A proposer in epoch e issues rounds of that epoch only, and they are above all rounds of the epochs
/// before: so the order of ballots is an order by epoch, then by round, and "the highest accepted" means the same across a
/// change of the voters as within one. In epoch 1 rounds begin at 1.
/// </summary>
public static class Epoch
{
    /// <summary>2^40 rounds an epoch: at 10,000 a second, 3 years.</summary>
    public const int RoundBits = 40;

    public static uint Of(Ballot ballot) => Of(ballot.Round);

    public static uint Of(ulong round) => (uint)(round >> RoundBits) + 1;

    /// <summary>The rounds of this epoch are above this one.</summary>
    public static ulong Floor(uint epoch) => (ulong)(epoch - 1) << RoundBits;
}
