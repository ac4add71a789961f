using System.Buffers.Binary;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Storage;

namespace Paxos.Actors.Tests.Storage;

/// <summary>The real journals on a prepared file: Akka.Persistence.Sql, our own, and one after the other.</summary>
public sealed class SqliteJournalSpec : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

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
    public async Task Both_plugins_must_leave_the_same_rows_in_the_same_columns()
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
        const string layout = """
            SELECT name, type, "notnull", pk, '' FROM pragma_table_info('journal') UNION ALL
            SELECT name, '', '', '', replace(sql, char(13), '') FROM sqlite_master WHERE name = 'journal_uq' ORDER BY name
            """;
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
        using (host.Held())
        {
            for (var i = 0; i < inboxes.Length; i++)
                Write(host, inboxes[i], $"actor-{i}", 1, i == 2 ? new Unwritable() : "a");
        }
        for (var i = 0; i < inboxes.Length; i++)
            await IsAnsweredAsync(inboxes[i], i == 2 ? typeof(WriteMessageRejected) : typeof(WriteMessageSuccess));
        Assert.Equal(1, Commits() - commits);

        using (host.Held())
        {
            for (var i = 0; i < inboxes.Length; i++)
                Write(host, inboxes[i], $"actor-{i}", i == 3 ? 1 : 2, "b");
        }
        for (var i = 0; i < inboxes.Length; i++)
            await IsAnsweredAsync(inboxes[i], i == 3 ? typeof(WriteMessageFailure) : typeof(WriteMessageSuccess));
        Assert.Equal("1 a, 2 b, last 2", await host.ReadAsync("actor-1"));
        Assert.Equal("2 b, last 2", await host.ReadAsync("actor-2"));
        Assert.Equal("1 a, last 1", await host.ReadAsync("actor-3"));
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

    [Fact]
    public async Task What_a_failed_sync_left_in_the_file_must_not_be_read_before_it_is_durable()
    {
        using var disk = new BadDisk(temporary.Path);
        await using var host = new JournalHost(JournalHost.OfOurs, file);
        await host.WriteAsync("one", "a");
        disk.NoSync = true;
        await Assert.ThrowsAsync<SqliteException>(() => host.WriteAsync("one", "b"));
        Assert.InRange(disk.Failed, 1, int.MaxValue);
        Assert.IsType<SqliteException>((await ReplayAsync(host, "one") as ReplayMessagesFailure)?.Cause);
        disk.NoSync = false;
        // It was written, and nobody was told; now it is in the file itself, and not only in a log that no sync has reached.
        var read = await host.ReadAsync("one");
        Assert.Equal("1 a, 2 b, last 2", read);
        var afterPowerFailure = temporary["after.db"];
        File.Copy(file, afterPowerFailure);
        await using var again = new JournalHost(JournalHost.OfOurs, afterPowerFailure);
        Assert.Equal(read, await again.ReadAsync("one"));
    }

    [Theory]
    [MemberData(nameof(Plugins))]
    public async Task A_full_disk_must_fail_what_is_written_and_nothing_that_is_read(string plugin)
    {
        using var disk = new BadDisk(temporary.Path);
        await using var host = new JournalHost(plugin, file);
        await host.WriteAsync("one", "a");
        disk.NoSpace = true;
        foreach (var events in new object[][] { ["b"], ["b", "c"] })
        {
            var failed = await Assert.ThrowsAsync<SqliteException>(() => host.WriteAsync("one", events));
            Assert.True(StorageFault.IsDiskFull(failed), failed.ToString());
            Assert.Equal("1 a, last 1", await host.ReadAsync("one"));
        }
        Assert.InRange(disk.Failed, 2, int.MaxValue);
        disk.NoSpace = false;
        await host.WriteAsync("one", "b", "c");
        Assert.Equal("1 a, 2 b, 3 c, last 3", await host.ReadAsync("one"));
    }

    [Fact]
    public async Task An_actor_that_starts_again_must_be_given_a_number_behind_its_own_write_under_way()
    {
        await using var host = new JournalHost(JournalHost.OfOurs, file);
        await host.WriteAsync("one", "a");
        var (writer, reader) = (host.NewInbox(), host.NewInbox());
        using (host.Held())
        {
            Write(host, writer, "one", 2, "b");
            host.Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, "one", reader.Receiver), reader.Receiver);
        }
        await IsAnsweredAsync(writer, typeof(WriteMessageSuccess));
        for (var number = 1; number <= 2; number++)
            Assert.Equal(number, Assert.IsType<ReplayedMessage>(await reader.ReceiveAsync(Bound)).Persistent.SequenceNr);
        Assert.Equal(2, Assert.IsType<RecoverySuccess>(await reader.ReceiveAsync(Bound)).HighestSequenceNr);
    }

    [Fact]
    public async Task A_journal_that_is_started_again_must_not_write_what_waited_nor_keep_the_file_open()
    {
        await using (var host = new JournalHost(JournalHost.OfOurs, file))
        {
            await host.WriteAsync("one", "a");
            var inbox = host.NewInbox();
            using (host.Held())
            {
                Write(host, inbox, "one", 2, "b");
                host.Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, "one", inbox.Receiver), inbox.Receiver);
                // No journal can do anything with that: it fails, and its supervisor starts it again.
                host.Journal.Tell(new WriteMessages(null!, inbox.Receiver, 1), inbox.Receiver);
            }
            Assert.Equal("1 a, last 1", await host.ReadAsync("one"));
            await host.WriteAsync("one", "c");
            Assert.Equal("1 a, 2 c, last 2", await host.ReadAsync("one"));
        }
        // The last connection takes the log away with it.
        Assert.False(File.Exists(file + "-wal"));
    }

    [Theory]
    [InlineData("paxos.sqlite-journal.commit-bytes = 1", 4)]
    [InlineData("", 1)]
    public async Task A_transaction_must_grow_no_further_than_the_setting_says(string setting, int transactions)
    {
        await using var host = new JournalHost(JournalHost.OfOurs, file, setting);
        await host.WriteAsync("before", "a");
        var inboxes = Enumerable.Range(0, 4).Select(_ => host.NewInbox()).ToArray();
        var commits = Commits();
        using (host.Held())
        {
            for (var i = 0; i < inboxes.Length; i++)
                Write(host, inboxes[i], $"actor-{i}", 1, "a");
        }
        foreach (var inbox in inboxes)
            await IsAnsweredAsync(inbox, typeof(WriteMessageSuccess));
        Assert.Equal(transactions, Commits() - commits);
    }

    [Theory]
    [InlineData("paxos.sqlite-journal.delete-rows = 3", 4)]
    [InlineData("paxos.sqlite-journal.delete-bytes = 1", 10)]
    [InlineData("", 1)]
    public async Task Records_must_be_deleted_slice_by_slice(string setting, int transactions)
    {
        await using var host = new JournalHost(JournalHost.OfOurs, file, setting);
        await host.WriteAsync("one", [.. Enumerable.Range(1, 12).Select(i => $"e{i}")]);
        var commits = Commits();
        await host.DeleteAsync("one", 10);
        Assert.Equal(transactions, Commits() - commits);
        Assert.Equal("11 e11, 12 e12, last 12", await host.ReadAsync("one"));
    }

    [Theory]
    [MemberData(nameof(Plugins))]
    public async Task An_atomic_write_that_cannot_be_encoded_must_be_rejected_as_a_whole(string plugin)
    {
        await using var host = new JournalHost(plugin, file);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.WriteAsync("one", "a", new Unwritable(), "c"));
        Assert.Equal("last 0", await host.ReadAsync("one"));
    }

    [Fact]
    public async Task A_deletion_that_was_given_up_must_not_go_on()
    {
        await using (var host = new JournalHost(JournalHost.OfOurs, file))
            await host.WriteAsync("one", "a", "b", "c", "d");
        await using (var impatient = new JournalHost(
            JournalHost.OfOurs, file, "paxos.sqlite-journal.delete-rows = 1\npaxos.sqlite-journal.circuit-breaker.call-timeout = 50ms"))
        {
            var inbox = impatient.NewInbox();
            var before = impatient.Held();
            impatient.Journal.Tell(new DeleteMessagesTo("one", 3, inbox.Receiver));
            using (impatient.Held())
            {
                before.Dispose();
                Assert.IsType<DeleteMessagesFailure>(await inbox.ReceiveAsync(Bound));
            }
            // The first slice was under way.
            await Eventually.HoldsAsync(() => Ask(file, "SELECT MIN(sequence_number) FROM journal WHERE deleted = 0") == "2", () => "nothing was deleted");
        }
        await using var again = new JournalHost(JournalHost.OfOurs, file);
        Assert.Equal("2 b, 3 c, 4 d, last 4", await again.ReadAsync("one"));
    }

    [Fact]
    public async Task What_an_actor_writes_behind_a_rejected_write_must_be_rejected_too()
    {
        await using var host = new JournalHost(JournalHost.OfOurs, file);
        var inbox = host.NewInbox();
        object[] events = ["a", new Unwritable(), "c"];
        host.Journal.Tell(
            new WriteMessages(
                [.. events.Select((it, at) => new AtomicWrite(ImmutableList.Create<IPersistentRepresentation>(new Persistent(it, at + 1, "one"))))],
                inbox.Receiver,
                1),
            inbox.Receiver);
        foreach (var answer in new[] { typeof(WriteMessagesSuccessful), typeof(WriteMessageSuccess), typeof(WriteMessageRejected), typeof(WriteMessageRejected) })
            Assert.IsType(answer, await inbox.ReceiveAsync(Bound));
        Assert.Equal("1 a, last 1", await host.ReadAsync("one"));
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
        var failed = Assert.IsType<ReplayMessagesFailure>(await ReplayAsync(again, "one"));
        Assert.True(StorageFault.IsDamage(failed.Cause), failed.Cause.ToString());
    }

    // One atomic write, as an actor sends it.
    private static void Write(JournalHost host, Inbox inbox, string id, long number, object payload) => host.Journal.Tell(
        new WriteMessages([new AtomicWrite(ImmutableList.Create<IPersistentRepresentation>(new Persistent(payload, number, id)))], inbox.Receiver, 1),
        inbox.Receiver);

    private static async Task IsAnsweredAsync(Inbox inbox, Type type)
    {
        var whole = await inbox.ReceiveAsync(Bound);
        Assert.IsType(type == typeof(WriteMessageFailure) ? typeof(WriteMessagesFailed) : typeof(WriteMessagesSuccessful), whole);
        Assert.IsType(type, await inbox.ReceiveAsync(Bound));
    }

    // The journal's first answer.
    private static async Task<object> ReplayAsync(JournalHost host, string id)
    {
        var inbox = host.NewInbox();
        host.Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, id, inbox.Receiver), inbox.Receiver);
        return await inbox.ReceiveAsync(Bound);
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
