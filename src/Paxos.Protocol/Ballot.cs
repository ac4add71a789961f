using System.Globalization;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol;

/// <summary>
/// A proposal number ("Paxos Made Simple", section 2.2): ordered by round, then by the node that issued it, so that no two
/// proposers ever issue the same one. Rounds begin at 1; <see cref="None"/> is below every ballot issued.
/// </summary>
public readonly record struct Ballot(ulong Round, NodeId Node) : IComparable<Ballot>
{
    public static readonly Ballot None;

    public int CompareTo(Ballot other)
    {
        var byRound = Round.CompareTo(other.Round);
        return byRound != 0 ? byRound : Node.CompareTo(other.Node);
    }

    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;

    /// <summary><c>2.b</c>: round 2 of node b. Of a later epoch than the first: <c>2:1.b</c>, its round 1.</summary>
    public override string ToString()
    {
        if (this == None)
            return "none";
        var epoch = Epoch.Of(Round);
        return epoch == 1
            ? string.Create(CultureInfo.InvariantCulture, $"{Round}.{Node}")
            : string.Create(CultureInfo.InvariantCulture, $"{epoch}:{Round - Epoch.Floor(epoch)}.{Node}");
    }
}
