using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Paxos.Actors.Storage;

/// <summary>
/// Makes and checks the SQLite files of a data directory before Akka.Persistence opens them: write-ahead log, one sync a
/// commit, ours, and whole as far as can be seen cheaply. Journal mode is a property of the file, so it is set once, here.
/// </summary>
internal static class SqliteFiles
{
    /// <summary>
    /// PRAGMA quick_check reads the whole file, so it is left out where that is larger. Records have checksums of their own.
    /// </summary>
    public const int QuickCheckMaxBytes = 16 * 1024 * 1024;

    // "Paxo": tells our files from those of another program.
    private const long ApplicationId = 0x5061786F;

    private const int Busy = 5;

    // PRAGMA synchronous: FULL, which syncs the log at each commit.
    private const long Full = 2;

    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    /// <summary>
    /// The file as the journal opens it. Where it is missing it is not made anew: an empty journal has forgotten everything.
    /// </summary>
    public static string ConnectionString(string file) => Builder(file, SqliteOpenMode.ReadWrite).ToString();

    /// <exception cref="PaxosConfigurationException">The file cannot be used; the message says what to do.</exception>
    /// <param name="mayCreate">A journal: only while the node is not formed. Snapshots: always.</param>
    public static void Prepare(string file, bool mayCreate)
    {
        try
        {
            var isThere = File.Exists(file) && new FileInfo(file).Length > 0;
            if (isThere)
                CheckHeader(file);
            else if (!mayCreate)
                throw Wrong(file, "is missing or empty, though this node has run before");
            Open(file, isThere, mayCreate);
            // A connection like those of the journal.
            CheckFresh(file);
            if (!isThere)
                new DurableFile().SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw Explain(file, e);
        }
    }

    /// <summary>Makes the journal's table where there is none.</summary>
    /// <exception cref="PaxosConfigurationException">The file cannot be written; the message says what to do.</exception>
    public static void MakeJournal(string file)
    {
        try
        {
            using var connection = Connect(Builder(file, SqliteOpenMode.ReadWrite));
            JournalTable.Make(connection);
        }
        catch (SqliteException e)
        {
            throw Explain(file, e);
        }
    }

    /// <summary>
    /// The number of the last event that was written to this journal, by any actor; 0 where there is none. Nothing is deleted
    /// from a journal of decisions, so it never falls.
    /// </summary>
    /// <exception cref="PaxosConfigurationException">The file cannot be read; the message says what to do.</exception>
    public static ulong HighestOrdering(string file)
    {
        try
        {
            using var connection = Connect(Builder(file, SqliteOpenMode.ReadWrite));
            return Convert.ToUInt64(Ask(connection, "SELECT IFNULL(MAX(ordering), 0) FROM journal"), CultureInfo.InvariantCulture);
        }
        catch (SqliteException e)
        {
            throw Explain(file, e);
        }
    }

    /// <summary>
    /// Brings what is in the write-ahead log into the file, synced. A process that was killed, or a sync that failed, may have left
    /// records there that are read back and yet are on no disk, and to sync the log again would not help: Linux forgets the pages
    /// that it could not write. What they say must not be told to others before they are durable.
    /// </summary>
    /// <exception cref="SqliteException">That cannot be done now.</exception>
    public static void SyncLog(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(FULL)";
        using var result = command.ExecuteReader();
        if (result.Read() && result.GetInt64(0) != 0)
            throw new SqliteException("The write-ahead log cannot be brought into the file: another program reads or writes it.", Busy);
    }

    private static void CheckHeader(string file)
    {
        Span<byte> start = stackalloc byte[Header.Length];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual(Header))
            throw Wrong(file, "is no SQLite file: its first bytes are others");
    }

    private static void Open(string file, bool isThere, bool mayCreate)
    {
        using var connection = Connect(Builder(file, mayCreate ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite));
        if (Ask(connection, "PRAGMA application_id") is not ApplicationId)
        {
            // A crash may have come between making the file and marking it: then it is empty, and not in use yet.
            if (!mayCreate || Ask(connection, "SELECT COUNT(*) FROM sqlite_master") is not 0L)
                throw Wrong(file, "was made by another program");
            Ask(connection, $"PRAGMA application_id = {ApplicationId}");
        }
        if (isThere
            && new FileInfo(file).Length <= QuickCheckMaxBytes
            && Ask(connection, "PRAGMA quick_check(1)") is not "ok" and var found)
        {
            throw Wrong(file, $"is damaged ({found})");
        }
        if (Ask(connection, "PRAGMA journal_mode = WAL") is not "wal" and var mode)
        {
            throw new PaxosConfigurationException(
                $"The file {file} cannot have a write-ahead log (journal_mode = {mode}): put the data directory on a local disk.");
        }
        SyncLog(connection);
    }

    private static void CheckFresh(string file)
    {
        using var connection = Connect(Builder(file, SqliteOpenMode.ReadWrite));
        var mode = Ask(connection, "PRAGMA journal_mode");
        var synchronous = Ask(connection, "PRAGMA synchronous");
        if (mode is not "wal" || synchronous is not >= Full)
        {
            throw new PaxosConfigurationException(
                $"SQLite opens {file} with journal_mode = {mode} and synchronous = {synchronous}, where wal and {Full} are needed: a power "
                + "failure would lose what this node promised. Use the SQLite library that comes with Microsoft.Data.Sqlite.");
        }
    }

    private static SqliteConnectionStringBuilder Builder(string file, SqliteOpenMode mode) => new() { DataSource = file, Mode = mode };

    // Not from the pool: these connections are for a moment, and must see what a new one sees.
    private static SqliteConnection Connect(SqliteConnectionStringBuilder builder)
    {
        builder.Pooling = false;
        var connection = new SqliteConnection(builder.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static object? Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static PaxosConfigurationException Explain(string file, Exception e) => e switch
    {
        _ when StorageFault.IsDamage(e) => Wrong(file, $"is damaged ({e.Message})", e),
        _ when StorageFault.IsDiskFull(e) =>
            new($"The file {file} cannot be written, the disk is full: make space and start the node again.", e),
        _ =>
            new($"The file {file} cannot be used: {e.Message} Check that this user may write it and that no other program has it open.", e),
    };

    private static PaxosConfigurationException Wrong(string file, string what, Exception? e = null) => new(
        $"The file {file} {what}. This node does not guess what it promised: it takes no part. "
        + StorageFault.WayBack($"the file, and {Path.GetFileName(file)}-wal if there was one,"),
        e);
}
