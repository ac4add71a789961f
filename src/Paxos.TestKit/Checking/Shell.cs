using Paxos.Protocol;

namespace Paxos.TestKit.Checking;

/// <summary>
/// A role as the check sees it: its state, what its journal holds, whether it is doomed, and what the invariants must remember
/// of its past. Equal shells have the same future.
/// </summary>
/// <param name="live">The role's canonical bytes.</param>
/// <param name="journal">The canonical bytes of the role that would come back after a crash.</param>
/// <param name="lost">
/// Of a doomed role, the first write that will not be durable when the crash comes. The role does not know it, and goes on
/// behind an outbox in which this write is under way for ever.
/// </param>
internal sealed class Shell(byte[] live, byte[] journal, Event? lost, History history) : IEquatable<Shell>
{
    private readonly string key = $"{Convert.ToHexString(live)}|{Convert.ToHexString(journal)}|{lost}|{history}";

    public byte[] Live => live;

    public byte[] Journal => journal;

    public Event? Lost => lost;

    public History History => history;

    public bool Equals(Shell? other) => key == other!.key;

    public override bool Equals(object? obj) => obj is Shell other && Equals(other);

    public override int GetHashCode() => key.GetHashCode(StringComparison.Ordinal);
}

/// <summary>What has left a role or became durable: it can't be undone by a crash.</summary>
internal abstract record History;

/// <param name="Accepted">The proposals that its journal ever held.</param>
/// <param name="Promised">The highest ballot that it promised, by a message that left or by a record in its journal.</param>
internal sealed record AcceptorHistory(ulong Accepted, Ballot Promised) : History;

/// <param name="Begun">How many rounds it began: the bound of the check counts them.</param>
/// <param name="Issued">The ballots of the messages that left.</param>
/// <param name="IsBusy">A call is under way; it may be lost in a crash.</param>
/// <param name="IsAnswered">The call was answered. A proposer serves one call, and is let go then.</param>
/// <param name="IsLate">Of a read under way: something was chosen before it began.</param>
/// <param name="TimerRuns">The retry timer may fire at any time.</param>
internal sealed record PlayerHistory(int Begun, ulong Issued, bool IsBusy, bool IsAnswered, bool IsLate, bool TimerRuns) : History;

/// <summary>What comes of a step of a role.</summary>
/// <param name="Released">The letters that left.</param>
/// <param name="Writes">How many writes the step issued.</param>
/// <param name="Said">Values that it said are chosen, to anyone or to its journal.</param>
/// <param name="Acknowledged">Values that it told its caller are chosen.</param>
/// <param name="Broken">The invariant that this step breaks, where the role's own past shows it.</param>
internal sealed record Step(
    Shell After,
    Send[] Released,
    int Writes = 0,
    ulong Said = 0,
    ulong Acknowledged = 0,
    BrokenInvariant? Broken = null);
