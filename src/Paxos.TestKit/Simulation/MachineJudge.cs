using System.Globalization;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// Watches what reaches the machines: that no command does twice, that nothing ends before its time by a clock that no node
/// has, and that snapshots of one slot are the same bytes on every node.
/// </summary>
internal sealed class MachineJudge(LogInvariants invariants, Schedule schedule, LogSettings settings, Marks marks)
{
    /// <summary>Keys that begin so expire; behind it stands after how many milliseconds.</summary>
    public const char Expiring = 't';

    private readonly Dictionary<string, ulong> indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> dueMs = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, ulong> sessions = [];
    private readonly HashSet<(ulong Session, ulong Sequence)> sequences = [];
    private readonly Dictionary<ulong, byte[]> snapshots = [];

    private ulong NowMs => (ulong)schedule.NowUs / 1000;

    /// <summary>A command is given to the machine of some node, which is given all that come before it too.</summary>
    public void Applying(Value command, ulong index)
    {
        // Every put of a run has a value of its own.
        if (RegisterCommand.Decode(command) is not RegisterCommand.Put put)
            return;
        var value = put.Value.ToString();
        if (!indexes.TryAdd(value, index) && indexes[value] != index)
            invariants.Break(LogInvariant.ExactlyOnce, $"'{value}' was applied to {put.Key} as {indexes[value]}, and again as {index}");
    }

    /// <summary>A session has ended: for the first time on any node, or again on another.</summary>
    public void SessionClosed(ulong session)
    {
        if (!sessions.Remove(session, out var touchedMs))
            return;
        marks.Hit(LogMarks.SessionEnded);
        if (NowMs + 1 < touchedMs + (ulong)settings.SessionTimeout.TotalMilliseconds)
            invariants.Break(LogInvariant.NothingEndsEarly, $"session {session} ended at {NowMs} ms; it had been used at {touchedMs} ms or later");
    }

    /// <summary>A slot was applied, for the first time on any node.</summary>
    /// <param name="proposedMs">When it was first proposed: nothing in it happened before.</param>
    public void Applied(ulong proposedMs, IEnumerable<Effect> effects)
    {
        foreach (var effect in effects)
        {
            if (effect is Completed { Result.Kind: not ResultKind.SessionExpired } completed)
                Touch(completed, proposedMs);
            else if (effect is Notified notified && notified.Topic[0] == Expiring)
                Changed(notified, proposedMs);
        }
    }

    public void Frozen(string who, ulong slot, byte[] snapshot)
    {
        if (!snapshots.TryAdd(slot, snapshot) && !snapshots[slot].AsSpan().SequenceEqual(snapshot))
            invariants.Break(LogInvariant.Prefix, $"the snapshot of {who} of slot {slot} is another than elsewhere");
    }

    private void Touch(Completed completed, ulong proposedMs)
    {
        var session = completed.Id.Session;
        if (completed.Id.Sequence != 0)
            marks.Hit(!sequences.Add((session, completed.Id.Sequence)), LogMarks.Repeated);
        if (session == 0 && completed.Id.Key is null)
        {
            var reader = new CanonicalReader(completed.Result.Value.Bytes.Span);
            session = reader.Number();
        }
        if (session != 0)
            sessions[session] = Math.Max(sessions.GetValueOrDefault(session), proposedMs);
    }

    private void Changed(Notified notified, ulong proposedMs)
    {
        if (RegisterChange.Decode(notified.Notification).Value is not null)
        {
            dueMs[notified.Topic] = proposedMs + ulong.Parse(notified.Topic.AsSpan(1, notified.Topic.IndexOf('/') - 1), CultureInfo.InvariantCulture);
        }
        else if (dueMs.Remove(notified.Topic, out var due))
        {
            marks.Hit(LogMarks.KeyExpired);
            if (NowMs + 1 < due)
                invariants.Break(LogInvariant.NothingEndsEarly, $"{notified.Topic} expired at {NowMs} ms, and was to live until {due} ms at least");
        }
    }
}
