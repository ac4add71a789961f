using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Paxos.Actors.Storage;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>
/// Reads its events back and checks each one, writes new ones, and stops when it cannot. What is damaged is never guessed at.
/// </summary>
/// <remarks>
/// A write that fails, or is rejected, has an unknown outcome: the actor stops, and its supervisor starts a new one that
/// knows what the journal holds.
/// </remarks>
internal abstract class JournaledActor : UntypedPersistentActor, IWithTimers
{
    // Of the records that were read back: the first and the last number, and from which on they must be there.
    private long first;
    private long last;
    private ulong kept = 1;
    private readonly TagList role;

    protected JournaledActor(NodeContext node, string persistenceId)
    {
        Node = node;
        PersistenceId = persistenceId;
        role = RoleOf(persistenceId);
        JournalPluginId = node.Settings.JournalPlugin;
        // What is too much to replay has snapshots of its own, in files.
        SnapshotPluginId = "akka.persistence.no-snapshot-store";
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    protected NodeContext Node { get; }

    /// <summary>False for one that needs nothing of what it has written, and only goes on behind it.</summary>
    protected virtual bool ReadsBack => true;

    /// <summary>An event was read back.</summary>
    protected abstract void Recover(Event @event);

    /// <summary>All events were read back.</summary>
    protected virtual void Recovered() { }

    /// <summary>The oldest write under way is durable.</summary>
    protected abstract void Written(Event @event);

    /// <summary>The number of the first record that the journal still held at the start; 0: it held none.</summary>
    protected ulong FirstRecord => (ulong)first;

    /// <summary>Records before this number may be gone, as the journal itself says.</summary>
    protected ulong KeptFrom => kept;

    // Encoded here, before the journal has it: so that no serializer can reject it when the state has gone ahead.
    protected void Write(Event @event)
    {
        var since = Stopwatch.GetTimestamp();
        PersistAsync(EventFormat.Encode(PersistenceId, @event), _ =>
        {
            Node.Meter.Persisted(since, role);
            Node.Journal.Increment();
            Written(@event);
        });
    }

    // paxos/{cluster}/{group}/{node}/{incarnation}/{role}, and a decision's name behind it.
    private static TagList RoleOf(string persistenceId)
    {
        var parts = persistenceId.Split('/', 7);
        return parts.Length < 6 ? default : new TagList { { "group", parts[2] }, { "role", parts[5] } };
    }

    protected sealed override void OnRecover(object message)
    {
        switch (message)
        {
            case StoredEvent stored:
                if (first == 0)
                    first = LastSequenceNr;
                else if (LastSequenceNr != last + 1)
                    throw new DamagedRecordException($"record {last + 1} is missing before it");
                last = LastSequenceNr;
                Recover(stored);
                break;
            case RecoveryCompleted when !ReadsBack:
                Recovered();
                break;
            case RecoveryCompleted when LastSequenceNr != last:
                Fail(new DamagedRecordException($"the journal's highest number is {LastSequenceNr}, and the last record that is there is {last}"));
                break;
            case RecoveryCompleted when (ulong)first > kept:
                Fail(new DamagedRecordException($"the journal begins with record {first}, and none says that those before it are not needed"));
                break;
            case RecoveryCompleted:
                Recovered();
                break;
            default:
                throw new DamagedRecordException($"it is a {message.GetType()}, which no role of Paxos writes");
        }
    }

    private void Recover(StoredEvent stored)
    {
        var @event = EventFormat.Decode(PersistenceId, stored);
        if (@event is JournalKept marker)
            kept = Math.Max(kept, marker.First);
        else
            Recover(@event);
    }

    protected sealed override void OnRecoveryFailure(Exception reason, object? message = null) => Fail(reason);

    private void Fail(Exception reason)
    {
        if (StorageFault.IsDamage(reason))
        {
            Context.Parent.Tell(new Damaged(
                $"Record {LastSequenceNr} of {PersistenceId} in the journal {Node.Journal.Name} is damaged: {reason.Message}. "
                + $"Without it this node does not know what it promised. {StorageFault.WayBack("the journal")}"));
        }
        else
        {
            Log.Warning("{0} could not be read from the journal; it is tried again. {1}", PersistenceId, reason.Message);
        }
        Context.Stop(Self);
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Log.Warning(
        "{0} could not write record {1} to the journal; it starts again from what is there. {2}", PersistenceId, sequenceNr, cause.Message);

    // Akka goes on after a rejected write, and the role's state would hold what was never written.
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        OnPersistFailure(cause, @event, sequenceNr);
        Context.Stop(Self);
    }
}
