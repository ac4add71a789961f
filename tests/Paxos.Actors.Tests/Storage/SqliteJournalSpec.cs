using System.Buffers.Binary;
using System.Collections.Immutable;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Storage;

namespace Paxos.Actors.Tests.Storage;

/// <summary>The real journals on a prepared file: Akka.Persistence.Sql, our own, and one after the other.</summary>
public sealed class SqliteJournalSpec : IDisposable
{
    private readonly TemporaryDirectory temporary = new();
    private readonly string file;

    public SqliteJournalSpec()
    {
        file = temporary["journal.db"];
        SqliteFiles.Prepare(file, mayCreate: true);
    }

    public static TheoryData<string> Plugins => [JournalHost.OfAkka, JournalHost.OfOurs];

    public static TheoryData<string, string> Changes => new()
    {
        { JournalHost.OfAkka, JournalHost.OfOurs },
        { JournalHost.OfOurs, JournalHost.OfAkka },
    };

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        temporary.Dispose();
    }

    [Theory]
    [MemberData(nameof(Plugins))]
    public async Task HighestOrdering_must_count_the_events_of_all_actors(string plugin)
    {
        await using var host = new JournalHost(plugin, file);
        await host.WriteAsync("one", "a", "b", "c");
        Assert.Equal(3UL, SqliteFiles.HighestOrdering(file));
        await host.WriteAsync("two", "a", "b", "c", "d");
        await host.WriteAsync("one", "d");
        Assert.Equal(8UL, SqliteFiles.HighestOrdering(file));
        SqliteFiles.Prepare(file, mayCreate: false);
        Assert.Equal(8UL, SqliteFiles.HighestOrdering(file));
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task One_plugin_must_go_on_with_what_the_other_wrote_and_deleted(string first, string second)
    {
        await using (var host = new JournalHost(first, file))
        {
            await host.WriteAsync("one", "a", "b", "c");
            await host.WriteAsync("emptied", "x", "y");
            await host.DeleteAsync("one", 1);
            await host.DeleteAsync("emptied", 2);
        }
        await using (var host = new JournalHost(second, file))
        {
            Assert.Equal("2 b, 3 c, last 3", await host.ReadAsync("one"));
            Assert.Equal("last 2", await host.ReadAsync("emptied"));
            Assert.Equal("last 0", await host.ReadAsync("another"));
            await host.WriteAsync("one", "d");
            await host.WriteAsync("emptied", "z");
            await host.DeleteAsync("one", 2);
        }
        await using (var host = new JournalHost(first, file))
        {
            Assert.Equal("3 c, 4 d, last 4", await host.ReadAsync("one"));
            Assert.Equal("3 z, last 3", await host.ReadAsync("emptied"));
            await host.DeleteAsync("one", long.MaxValue);
            await host.WriteAsync("one", "e");
        }
        await using (var host = new JournalHost(second, file))
        {
            Assert.Equal("5 e, last 5", await host.ReadAsync("one"));
            Assert.Equal(8UL, SqliteFiles.HighestOrdering(file));
        }
    }

    [Fact]
    public async Task Both_plugins_must_leave_the_same_file()
    {
        var other = temporary["other.db"];
        SqliteFiles.Prepare(other, mayCreate: true);
        foreach (var (plugin, its) in new[] { (JournalHost.OfAkka, file), (JournalHost.OfOurs, other) })
        {
            await using var host = new JournalHost(plugin, its, "paxos.sqlite-journal.delete-rows = 1");
            await host.WriteAsync("one", "a", new Tagged("b", ["red"]), "c");
            await host.WriteAsync("one", "d", "e");
            await host.WriteAsync("two", "a", "b", "c");
            await host.DeleteAsync("one", 2);
            await host.DeleteAsync("one", 4);
            await host.DeleteAsync("one", 3);
            await host.DeleteAsync("two", long.MaxValue);
        }
        const string layout = "SELECT type, name, replace(sql, char(13), '') FROM sqlite_master ORDER BY name";
        // When and by which start of a journal a row was written is another in each: but both say so in the same form.
        const string rows = """
            SELECT ordering, deleted, persistence_id, sequence_number, typeof(message), hex(message), tags, manifest, identifier,
            typeof(created), length(created), typeof(writer_uuid), length(writer_uuid) FROM journal ORDER BY ordering
            """;
        Assert.Equal(Ask(file, layout), Ask(other, layout));
        Assert.Equal(Ask(file, rows), Ask(other, rows));
        Assert.Contains("one|4|", Ask(other, rows), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("paxos.sqlite-journal.replay-rows = 3")]
    [InlineData("paxos.sqlite-journal.replay-bytes = 1")]
    [InlineData("")]
    public async Task All_records_must_be_read_in_order_slice_by_slice(string slices)
    {
        await using var host = new JournalHost(JournalHost.OfOurs, file, slices);
        await host.WriteAsync("one", [.. Enumerable.Range(1, 10).Select(i => $"e{i}")]);
        await host.DeleteAsync("one", 1);
        Assert.Equal(string.Join(", ", [.. Enumerable.Range(2, 9).Select(i => $"{i} e{i}"), "last 10"]), await host.ReadAsync("one"));
    }

    [Fact]
    public async Task What_waits_together_must_be_one_transaction_and_what_cannot_be_written_must_fail_alone()
    {
        await using var host = new JournalHost(JournalHost.OfOurs, file);
        await host.WriteAsync("before", "a");
        var inboxes = Enumerable.Range(0, 6).Select(_ => host.NewInbox()).ToArray();
        var commits = Commits();
        using (Locked())
        {
            // The first may be alone: the journal is at it when the others come. They wait behind the lock.
            for (var i = 0; i < inboxes.Length; i++)
                Write($"actor-{i}", 1, i == 2 ? new Unwritable() : "a", i);
        }
        for (var i = 0; i < inboxes.Length; i++)
            await IsAnsweredAsync(i, i == 2 ? typeof(WriteMessageRejected) : typeof(WriteMessageSuccess));
        Assert.InRange(Commits() - commits, 1, 2);

        using (Locked())
        {
            for (var i = 0; i < inboxes.Length; i++)
                Write($"actor-{i}", i == 3 ? 1 : 2, "b", i);
        }
        for (var i = 0; i < inboxes.Length; i++)
            await IsAnsweredAsync(i, i == 3 ? typeof(WriteMessageFailure) : typeof(WriteMessageSuccess));
        Assert.Equal("1 a, 2 b, last 2", await host.ReadAsync("actor-1"));
        Assert.Equal("2 b, last 2", await host.ReadAsync("actor-2"));
        Assert.Equal("1 a, last 1", await host.ReadAsync("actor-3"));

        void Write(string id, long number, object payload, int i) => host.Journal.Tell(
            new WriteMessages([new AtomicWrite(ImmutableList.Create<IPersistentRepresentation>(new Persistent(payload, number, id)))], inboxes[i].Receiver, 1),
            inboxes[i].Receiver);

        async Task IsAnsweredAsync(int i, Type type)
        {
            var whole = await inboxes[i].ReceiveAsync(TimeSpan.FromSeconds(30));
            Assert.IsType(type == typeof(WriteMessageFailure) ? typeof(WriteMessagesFailed) : typeof(WriteMessagesSuccessful), whole);
            Assert.IsType(type, await inboxes[i].ReceiveAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Theory]
    [MemberData(nameof(Plugins))]
    public async Task A_commit_that_fails_must_be_a_failure_and_leave_nothing(string plugin)
    {
        await using var host = new JournalHost(plugin, file);
        await host.WriteAsync("one", "a");
        // A broken promise to another table is found by the COMMIT, and not by a statement before it.
        Run("""
            CREATE TABLE there (id INTEGER PRIMARY KEY);
            CREATE TABLE refused (id INTEGER REFERENCES there (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TRIGGER refuse AFTER INSERT ON journal BEGIN INSERT INTO refused VALUES (1); END
            """);
        foreach (var events in new object[][] { ["b"], ["b", "c"] })
        {
            var failed = await Assert.ThrowsAsync<SqliteException>(() => host.WriteAsync("one", events));
            Assert.Contains("FOREIGN KEY", failed.Message, StringComparison.Ordinal);
            Assert.Equal("1 a, last 1", await host.ReadAsync("one"));
        }
        Run("DROP TRIGGER refuse");
        await host.WriteAsync("one", "b", "c");
        Assert.Equal("1 a, 2 b, 3 c, last 3", await host.ReadAsync("one"));
    }

    [Theory]
    [MemberData(nameof(Plugins))]
    public async Task An_atomic_write_that_cannot_be_encoded_must_be_rejected_as_a_whole(string plugin)
    {
        await using var host = new JournalHost(plugin, file);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.WriteAsync("one", "a", new Unwritable(), "c"));
        Assert.Equal("last 0", await host.ReadAsync("one"));
    }

    [Theory]
    [InlineData("identifier = NULL")]
    [InlineData("identifier = 77777")]
    [InlineData("message = ''")]
    public async Task A_row_with_a_damaged_column_must_not_be_read_as_another(string damage)
    {
        await using (var host = new JournalHost(JournalHost.OfOurs, file))
            await host.WriteAsync("one", "a", "b");
        Run($"UPDATE journal SET {damage} WHERE sequence_number = 1");
        await using var again = new JournalHost(JournalHost.OfOurs, file);
        var inbox = again.NewInbox();
        again.Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, "one", inbox.Receiver), inbox.Receiver);
        var failed = Assert.IsType<ReplayMessagesFailure>(await inbox.ReceiveAsync(TimeSpan.FromSeconds(30)));
        Assert.True(StorageFault.IsDamage(failed.Cause), failed.Cause.ToString());
    }

    // Nobody else can write until it is disposed.
    private SqliteConnection Locked()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(SqliteFiles.ConnectionString(file)) { Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    // In the write-ahead log a frame that ends a transaction says how large the file then is; that field is 0 in the others.
    private int Commits()
    {
        const int logHeader = 32, frameHeader = 24, page = 4096;
        using var stream = new FileStream(file + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var log = new byte[stream.Length];
        stream.ReadExactly(log);
        var commits = 0;
        for (var at = logHeader; at + frameHeader + page <= log.Length; at += frameHeader + page)
            commits += BinaryPrimitives.ReadUInt32BigEndian(log.AsSpan(at + 4)) > 0 ? 1 : 0;
        return commits;
    }

    private void Run(string sql) => Ask(file, sql);

    private static string Ask(string file, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(SqliteFiles.ConnectionString(file)) { Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
            lines.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column))));
        while (reader.NextResult())
        {
        }
        return string.Join('\n', lines);
    }
}
