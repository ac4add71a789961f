using System.Runtime.Serialization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Paxos.Actors.Storage;

/// <summary>
/// The table of the journal in an open file, by statements that are prepared once. It is not safe for several threads. After an
/// exception <see cref="TryGoOn"/> says whether it still serves; where it does not it is to be disposed, and opened anew.
/// </summary>
internal sealed class JournalTable : IDisposable
{
    /// <summary>SQLite's error where a row breaks a rule of the table: its number is taken.</summary>
    public const int Constraint = 19;

    /// <summary>SQLite's error where a row is larger than it takes (10^9 bytes).</summary>
    public const int TooBig = 18;

    // SQLite's error where there is no space.
    private const int Full = 13;

    // The columns of Akka.Persistence.Sql. Its two further indexes, of the time and of the bare number, and AUTOINCREMENT are left
    // out: nothing here asks for them, and each is one more page that every write changes. [ordering] rises without: the last record
    // of each actor stays. Where Akka.Persistence.Sql has made its indexes (its auto-initialize), they are kept up.
    private const string Layout = """
        CREATE TABLE IF NOT EXISTS [journal]
        (
        	[ordering]        INTEGER        NOT NULL PRIMARY KEY,
        	[created]         INTEGER        NOT NULL,
        	[deleted]         Bit            NOT NULL,
        	[persistence_id]  NVarChar(255)  NOT NULL,
        	[sequence_number] INTEGER        NOT NULL,
        	[message]         VarBinary      NOT NULL,
        	[tags]            NVarChar(100)      NULL,
        	[manifest]        NVarChar(500)      NULL,
        	[identifier]      INTEGER            NULL,
        	[writer_uuid]     NVarChar(128)      NULL
        );
        CREATE UNIQUE INDEX IF NOT EXISTS journal_uq ON journal (persistence_id, sequence_number);
        """;

    private readonly SqliteConnection connection;
    private readonly SqliteCommand begin;
    private readonly SqliteCommand commit;
    private readonly SqliteCommand rollback;
    private readonly SqliteCommand insert;
    private readonly SqliteCommand highest;
    private readonly SqliteCommand read;
    private readonly SqliteCommand slice;
    private readonly SqliteCommand mark;
    private readonly SqliteCommand delete;

    private JournalTable(SqliteConnection connection)
    {
        this.connection = connection;
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        rollback = Prepare("ROLLBACK");
        insert = Prepare(
            """
            INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, tags, manifest, identifier, writer_uuid)
            VALUES ($created, 0, $id, $number, $message, $tags, $manifest, $identifier, $writer)
            """,
            "$created", "$id", "$number", "$message", "$tags", "$manifest", "$identifier", "$writer");
        // With those that are marked as deleted: the last one stays for that.
        highest = Prepare("SELECT IFNULL(MAX(sequence_number), 0) FROM journal WHERE persistence_id = $id", "$id");
        read = Prepare(
            """
            SELECT sequence_number, message, manifest, identifier, created, writer_uuid FROM journal
            WHERE persistence_id = $id AND sequence_number BETWEEN $from AND $to AND deleted = 0 ORDER BY sequence_number LIMIT $limit
            """,
            "$id", "$from", "$to", "$limit");
        slice = Prepare(
            """
            SELECT sequence_number, LENGTH(message) FROM journal
            WHERE persistence_id = $id AND sequence_number <= $to AND deleted = 0 ORDER BY sequence_number LIMIT $limit
            """,
            "$id", "$to", "$limit");
        mark = Prepare("UPDATE journal SET deleted = 1 WHERE persistence_id = $id AND sequence_number = $to", "$id", "$to");
        delete = Prepare("DELETE FROM journal WHERE persistence_id = $id AND sequence_number < $to", "$id", "$to");
    }

    /// <summary>Makes the table where there is none.</summary>
    /// <exception cref="SqliteException">The file cannot be written.</exception>
    public static void Make(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Layout;
        command.ExecuteNonQuery();
    }

    /// <param name="mayInitialize">Makes the table where there is none.</param>
    /// <exception cref="SqliteException">The file cannot be opened or synced, is damaged, or has no such table.</exception>
    public static JournalTable Open(string connectionString, bool mayInitialize)
    {
        // A connection in a pool outlives what it was opened for.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var settings = connection.CreateCommand();
            // An acknowledged write is synced: as SQLite is built here, but all hangs on it.
            settings.CommandText = "PRAGMA synchronous = FULL";
            settings.ExecuteNonQuery();
            SqliteFiles.SyncLog(connection);
            if (mayInitialize)
                Make(connection);
            return new JournalTable(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>All of these become durable, or none.</summary>
    public void Insert(List<PendingWrite> writes)
    {
        // One row is a transaction of its own.
        var isOne = writes.Count == 1 && writes[0].Rows.Count == 1;
        if (!isOne)
            begin.ExecuteNonQuery();
        foreach (var write in writes)
        {
            foreach (var row in write.Rows)
                Insert(row);
        }
        if (!isOne)
            commit.ExecuteNonQuery();
    }

    /// <summary>Of an actor's records, also where all are deleted; 0: it never wrote one.</summary>
    public long HighestSequenceNumber(string persistenceId)
    {
        highest.Parameters[0].Value = persistenceId;
        return (long)highest.ExecuteScalar()!;
    }

    /// <summary>Rows in the order of their numbers, each read when it is asked for.</summary>
    /// <exception cref="SerializationException">A column holds what it cannot hold.</exception>
    public IEnumerable<JournalRow> Read(string persistenceId, long from, long to, long limit)
    {
        read.Parameters[0].Value = persistenceId;
        read.Parameters[1].Value = from;
        read.Parameters[2].Value = to;
        read.Parameters[3].Value = limit;
        using var reader = read.ExecuteReader();
        while (reader.Read())
            yield return ToRow(persistenceId, reader);
    }

    /// <summary>
    /// Deletes an actor's first records, up to <paramref name="to"/>. The last one of them stays, marked as deleted, until one
    /// behind it does: its number must not be used again.
    /// </summary>
    /// <param name="maxRows">At most so many of them.</param>
    /// <param name="maxBytes">And no further one after so many bytes.</param>
    /// <returns>Whether there are more.</returns>
    public bool DeleteSome(string persistenceId, long to, int maxRows, int maxBytes)
    {
        begin.ExecuteNonQuery();
        slice.Parameters[0].Value = persistenceId;
        slice.Parameters[1].Value = to;
        slice.Parameters[2].Value = maxRows;
        var (count, end, bytes) = (0, 0L, 0L);
        using (var reader = slice.ExecuteReader())
        {
            for (; bytes < maxBytes && reader.Read(); count++)
            {
                end = reader.GetInt64(0);
                bytes += reader.GetInt64(1);
            }
        }
        // Where one is left, none behind it is marked.
        foreach (var command in count > 0 ? (ReadOnlySpan<SqliteCommand>)[mark, delete] : [])
        {
            command.Parameters[0].Value = persistenceId;
            command.Parameters[1].Value = end;
            command.ExecuteNonQuery();
        }
        commit.ExecuteNonQuery();
        return end < to && (count == maxRows || bytes >= maxBytes);
    }

    /// <summary>
    /// Whether this connection serves on after a failure: nothing of what was begun is left then. It does where a row was refused
    /// or there was no space. After anything else, a sync that failed above all, what the file holds is not known: its log may
    /// have what nobody was told of, and the system may have let go of pages that it could not write.
    /// </summary>
    public bool TryGoOn(Exception failure)
    {
        if (failure is not SqliteException { SqliteErrorCode: Constraint or TooBig or Full })
            return false;
        try
        {
            // SQLite has rolled back some of them itself.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                rollback.ExecuteNonQuery();
            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var command in (ReadOnlySpan<SqliteCommand>)[begin, commit, rollback, insert, highest, read, slice, mark, delete])
            command.Dispose();
        connection.Dispose();
    }

    private void Insert(JournalRow row)
    {
        insert.Parameters[0].Value = row.Created;
        insert.Parameters[1].Value = row.PersistenceId;
        insert.Parameters[2].Value = row.SequenceNumber;
        insert.Parameters[3].Value = row.Message;
        insert.Parameters[4].Value = row.Tags;
        insert.Parameters[5].Value = row.Manifest;
        insert.Parameters[6].Value = row.Identifier;
        insert.Parameters[7].Value = row.Writer;
        insert.ExecuteNonQuery();
    }

    private static JournalRow ToRow(string persistenceId, SqliteDataReader reader)
    {
        var number = reader.GetInt64(0);
        try
        {
            return new JournalRow(
                persistenceId,
                number,
                reader.GetFieldValue<byte[]>(1),
                reader.IsDBNull(2) ? "" : reader.GetString(2),
                reader.IsDBNull(3) ? null : reader.GetInt32(3),
                reader.GetInt64(4),
                // Nobody asks for the tags.
                Tags: "",
                reader.IsDBNull(5) ? null : reader.GetString(5));
        }
        catch (Exception e) when (e is InvalidCastException or InvalidOperationException or OverflowException or FormatException)
        {
            throw new SerializationException($"Record {number} of {persistenceId} is no row of a journal: {e.Message}", e);
        }
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter(name, null));
        command.Prepare();
        return command;
    }
}
