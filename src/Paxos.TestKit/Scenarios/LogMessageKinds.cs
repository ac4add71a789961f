using System.Globalization;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Scenarios;

/// <summary>What a scenario has to know about the messages of a replicated log.</summary>
internal static class LogMessageKinds
{
    /// <summary>Those that go from node to node.</summary>
    public static readonly string[] Names =
    [
        nameof(Prepare), nameof(Promise), nameof(Accept), nameof(Accepted), nameof(Nack), nameof(Chosen), nameof(Learned),
        nameof(Submit), nameof(Refused), nameof(ConfirmRead), nameof(Confirm), nameof(Confirmed), nameof(ReadConfirmed),
        nameof(Fetch), nameof(Entries), nameof(Trimmed), nameof(FetchSnapshot), nameof(SnapshotChunk), nameof(TakeOver),
    ];

    public static Ballot? BallotOf(Message message) => message switch
    {
        Prepare m => m.Ballot,
        Promise m => m.Ballot,
        Accept m => m.Ballot,
        Accepted m => m.Ballot,
        Nack m => m.Ballot,
        Chosen m => m.Ballot,
        Confirm m => m.Ballot,
        Confirmed m => m.Ballot,
        _ => null,
    };

    /// <summary>The slot that the message is about; null for the messages that are about none, or about several.</summary>
    public static string? SlotOf(Message message) => message switch
    {
        Accept m => m.Slot.ToString(CultureInfo.InvariantCulture),
        Accepted m => m.Slot.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };
}
