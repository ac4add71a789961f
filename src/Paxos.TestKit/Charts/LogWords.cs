using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Charts;

/// <summary>What charts call the messages, events and entries of a replicated log.</summary>
internal static class LogWords
{
    public static string Say(Message message) => message switch
    {
        Prepare m => $"Prepare({m.Ballot}, {m.From}-)",
        Promise m => $"Promise({m.Ballot}{Say(m.Accepted.AsSpan())}{(m.Next > 0 ? ", more" : "")})",
        // Who gets it notes the voters.
        Accept { Entry.Kind: EntryKind.Configuration } m => $"Accept({m.Ballot}, {m.Slot})",
        Accept m => $"Accept({m.Ballot}, {m.Slot}: {Say(m.Entry)})",
        Nack m => $"Nack(promised {m.Promised})",
        Entries m => $"Entries({m.First}-{m.Last})",
        Submit m => $"Submit({Say(m.Commands)})",
        SnapshotChunk m => m.Offset == 0 && m.Total == (ulong)m.Bytes.Bytes.Length
            ? $"Snapshot(1-{m.Slot})"
            : $"Snapshot(1-{m.Slot}, {m.Offset + (ulong)m.Bytes.Bytes.Length}/{m.Total})",
        _ => message.ToString(),
    };

    public static string Say(Event @event) => @event switch
    {
        Promised e => $"promised {e.Ballot}",
        EntryAccepted e => $"{e.Slot}: {Say(e.Entry)}",
        // It is noted where it is accepted.
        EntryLearned { Entry.Kind: EntryKind.Configuration } e => $"learned {e.Slot}",
        EntryLearned e => $"learned {e.Slot}: {Say(e.Entry)}",
        LogTrimmed e => $"let go of 1-{e.Through}",
        _ => @event.ToString(),
    };

    public static string Say(Entry entry) => entry.Kind switch
    {
        EntryKind.Batch when Batch.Decode(entry.Value) is { Commands.Count: > 0 } batch => Say(batch.Commands),
        EntryKind.Configuration => $"voters {string.Join(' ', Configuration.Decode(entry.Value).Voters.Select(voter => voter.Id))}",
        _ => entry.ToString(),
    };

    private static string Say(EquatableArray<Value> commands) => string.Join(" + ", commands.Select(
        command => Command.Decode(command) is Command.Apply apply ? apply.Payload.ToString() : Command.Describe(command)));

    private static string Say(ReadOnlySpan<Proposal> accepted) => accepted switch
    {
        [] => "",
        [var one] => $", {one.Slot}: {Say(one.Entry)}",
        [var first, .., var last] => $", {first.Slot} to {last.Slot}",
    };
}
