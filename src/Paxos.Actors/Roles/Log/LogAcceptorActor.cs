using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>The acceptor of a log: its journal is the log, and shrinks when that is trimmed.</summary>
internal sealed class LogAcceptorActor(LogContext log) : LogRoleActor(log, RoleNames.LogAcceptor)
{
    // More in one go would keep the journal's writer waiting.
    private const ulong MaxDeleted = 10_000;

    private readonly Acceptor acceptor = new(log.Group.Node.Self.Id, log.Options);
    private readonly AcceptorRecords records = new();

    // What the journal says it has kept, what is to be deleted, and what is deleted.
    private ulong keptFrom;
    private ulong deleted;
    private bool isDeleting;

    protected override Protocol.Log.ILogRole Role => acceptor;

    protected override void Recover(Event @event)
    {
        acceptor.Recover(@event);
        records.Add((ulong)LastSequenceNr, @event);
    }

    protected override void Recovered()
    {
        base.Recovered();
        keptFrom = KeptFrom;
        deleted = FirstRecord > 0 ? FirstRecord - 1 : 0;
        Delete();
        Shared.Board.IsRead = true;
        acceptor.Start(Effects);
        CarryOut(this);
    }

    protected override void Noted(Event @event)
    {
        base.Noted(@event);
        if (@event is JournalKept kept)
        {
            keptFrom = Math.Max(keptFrom, kept.First);
            Delete();
            return;
        }
        records.Add((ulong)LastSequenceNr, @event);
        if (@event is not LogTrimmed trimmed)
            return;
        Log.Debug("Group {0}: the log up to slot {1} is in a snapshot and goes.", Shared.Group.Group, trimmed.Through);
        Shared.Board.Trimmed = trimmed.Through;
        if (records.Needed > keptFrom)
            Write(new JournalKept(records.Needed));
    }

    protected override void Handle(object message)
    {
        switch (message)
        {
            case DeleteMessagesSuccess success:
                deleted = (ulong)success.ToSequenceNr;
                isDeleting = false;
                Delete();
                break;
            case DeleteMessagesFailure failure:
                // Nothing hangs on it: what may go goes with the next trimming.
                Log.Warning("Records of {0} that are not needed could not be deleted; it is tried again later. {1}", PersistenceId, failure.Cause.Message);
                isDeleting = false;
                break;
            default:
                base.Handle(message);
                break;
        }
    }

    private void Delete()
    {
        if (isDeleting || deleted + 1 >= keptFrom)
            return;
        isDeleting = true;
        DeleteMessages((long)Math.Min(keptFrom - 1, deleted + MaxDeleted));
    }

    public static Props Props(LogContext log) => Akka.Actor.Props.Create(() => new LogAcceptorActor(log));
}
