using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Microsoft.Data.Sqlite;

namespace Paxos.Actors.Storage;

/// <summary>
/// The journal of a node on one connection to SQLite that stays open. Its file is that of Akka.Persistence.Sql, which may have
/// written it and may go on with it. What several actors write at once is one transaction, with one sync.
/// </summary>
/// <remarks>
/// All that touches the connection runs in this actor. A write is put aside, and the first one of a group sends the order to
/// commit, which stands in the mailbox behind all the writes that were there: so the group is no larger than what was waiting, and
/// an actor has one write under way. What reads or deletes is sent in the same way, so it stands behind the order to commit what
/// was put aside before: else an actor that starts again would be given a number that is taken.
/// </remarks>
internal sealed class SqliteJournal : AsyncWriteJournal
{
    private readonly IActorRef self;
    private readonly JournalRows rows;
    private readonly SqliteJournalSettings settings;
    private List<PendingWrite> pending = [];
    private long pendingBytes;
    private List<PendingWrite> committing = [];
    private JournalTable? table;
    private bool isStopped;

    public SqliteJournal(Config section)
    {
        self = Self;
        rows = new JournalRows(((ExtendedActorSystem)Context.System).Serialization);
        // The journal's actor has the name of its section.
        settings = new SqliteJournalSettings(section, Self.Path.Name);
    }

    protected override void PostStop()
    {
        // What waits is not written, and nobody can be told any more: Akka's answers go by a child of this actor, which has ended.
        isStopped = true;
        Close();
        base.PostStop();
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var write = rows.Encode(messages);
        if (write.Rows.Count == 0)
            return Task.FromResult(write.Rejections!);
        pending.Add(write);
        pendingBytes += write.Bytes;
        if (pending.Count == 1)
            self.Tell(CommitNow.Instance, ActorRefs.NoSender);
        if (pendingBytes >= settings.CommitBytes)
            Commit();
        return write.Done.Task;
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        InTurn(() => Open().HighestSequenceNumber(persistenceId));

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Next(fromSequenceNr, max);
        return done.Task;

        // Between two slices others have their turn, and no other thread is waited for: at a node's start all are busy.
        void Next(long from, long left)
        {
            if (left <= 0 || from > toSequenceNr)
                done.SetResult();
            else
                self.Tell(new Work(() => Read(from, left)), ActorRefs.NoSender);
        }

        void Read(long from, long left)
        {
            try
            {
                var (count, last) = ReplaySlice(persistenceId, from, toSequenceNr, Math.Min(left, settings.ReplayRows), recoveryCallback);
                Next(last + 1, count == 0 ? 0 : left - count);
            }
            catch (Exception e)
            {
                RecoverFrom(e);
                done.SetException(e);
            }
        }
    }

    protected override async Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        // Who asked has been told by then that it failed, and may ask again.
        while (!cancellationToken.IsCancellationRequested
            && await InTurn(() => Open().DeleteSome(persistenceId, toSequenceNr, settings.DeleteRows, settings.DeleteBytes)).ConfigureAwait(false))
        {
        }
    }

    protected override bool ReceivePluginInternal(object message)
    {
        switch (message)
        {
            case CommitNow:
                Commit();
                return true;
            case Work work:
                work.Run();
                return true;
            default:
                return false;
        }
    }

    private (long Count, long Last) ReplaySlice(
        string persistenceId, long from, long to, long limit, Action<IPersistentRepresentation> recoveryCallback)
    {
        var (count, last, bytes) = (0L, 0L, 0L);
        foreach (var row in Open().Read(persistenceId, from, to, limit))
        {
            recoveryCallback(rows.Decode(row));
            count++;
            last = row.SequenceNumber;
            bytes += row.Message.Length;
            if (bytes >= settings.ReplayBytes)
                break;
        }
        return (count, last);
    }

    // The base class calls from other threads after its first await.
    private Task<T> InTurn<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        self.Tell(new Work(Run), ActorRefs.NoSender);
        return done.Task;

        void Run()
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                RecoverFrom(e);
                done.SetException(e);
            }
        }
    }

    private void Commit()
    {
        if (pending.Count == 0)
            return;
        (pending, committing, pendingBytes) = (committing, pending, 0);
        if (TryCommit(committing) is { } mistake)
        {
            // A row that the table refuses is a matter of its own write. What else can fail would fail for each of them again.
            var isOfOne = committing.Count > 1 && mistake is SqliteException { SqliteErrorCode: JournalTable.Constraint or JournalTable.TooBig };
            foreach (var write in committing)
            {
                if (!isOfOne)
                    write.Done.TrySetException(mistake);
                else if (TryCommit([write]) is { } own)
                    write.Done.TrySetException(own);
                else
                    write.Done.TrySetResult(write.Rejections!);
            }
        }
        else
        {
            foreach (var write in committing)
                write.Done.TrySetResult(write.Rejections!);
        }
        committing.Clear();
    }

    // Null: they are durable. Else nothing of them is acknowledged.
    private Exception? TryCommit(List<PendingWrite> writes)
    {
        try
        {
            Open().Insert(writes);
            return null;
        }
        catch (Exception e)
        {
            RecoverFrom(e);
            return e;
        }
    }

    // Not at the start: a file that cannot be opened now is tried again with the next write. Work that was sent by one that has ended
    // is still in the mailbox of the one after it.
    private JournalTable Open()
    {
        ObjectDisposedException.ThrowIf(isStopped, this);
        return table ??= JournalTable.Open(settings.ConnectionString, settings.MayInitialize);
    }

    // What comes next begins with a new connection, and with a sync of what is there, where this one cannot be trusted.
    private void RecoverFrom(Exception failure)
    {
        if (table?.TryGoOn(failure) != true)
            Close();
    }

    private void Close()
    {
        table?.Dispose();
        table = null;
    }

    private sealed class CommitNow : INoSerializationVerificationNeeded
    {
        public static readonly CommitNow Instance = new();
    }

    private sealed record Work(Action Run) : INoSerializationVerificationNeeded;
}
