using Microsoft.Data.Sqlite;
using Paxos.Actors.Storage;

namespace Paxos.Actors.Tests.Storage;

public sealed class SqliteFilesTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();
    private readonly string file;

    public SqliteFilesTests() => file = temporary["a 'journal'; of \"mine\".db"];

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_new_file_has_a_write_ahead_log_that_is_synced_at_each_commit()
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        Assert.Equal("wal", Run("PRAGMA journal_mode"));
        Assert.Equal(2L, Run("PRAGMA synchronous"));
        SqliteFiles.Prepare(file, mayCreate: false);
    }

    [Fact]
    public void The_log_is_set_again_where_somebody_took_it_away()
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        Assert.Equal("delete", Run("PRAGMA journal_mode = DELETE"));
        SqliteFiles.Prepare(file, mayCreate: false);
        Assert.Equal("wal", Run("PRAGMA journal_mode"));
    }

    [Fact]
    public void What_a_killed_process_left_in_the_log_is_durable_before_the_file_is_used()
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        var other = temporary["left.db"];
        using (var connection = new SqliteConnection(SqliteFiles.ConnectionString(file) + ";Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE promised (number INTEGER); INSERT INTO promised VALUES (7)";
            command.ExecuteNonQuery();
            File.Copy(file, other);
            File.Copy(file + "-wal", other + "-wal");
        }
        using (var disk = new BadDisk(temporary.Path) { NoSync = true })
        {
            var refused = Assert.Throws<PaxosConfigurationException>(() => SqliteFiles.Prepare(other, mayCreate: false));
            Assert.Contains(other, refused.Message, StringComparison.Ordinal);
            Assert.InRange(disk.Failed, 1, int.MaxValue);
        }
        SqliteFiles.Prepare(other, mayCreate: false);
        Assert.False(File.Exists(other + "-wal"));
    }

    [Fact]
    public void A_log_that_another_program_reads_is_not_believed_either()
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        using var writer = new SqliteConnection(SqliteFiles.ConnectionString(file) + ";Pooling=False");
        using var reader = new SqliteConnection(SqliteFiles.ConnectionString(file) + ";Pooling=False");
        writer.Open();
        reader.Open();
        On(writer, "CREATE TABLE promised (number INTEGER)");
        On(reader, "BEGIN");
        On(reader, "SELECT COUNT(*) FROM promised");
        On(writer, "INSERT INTO promised VALUES (7)");
        Refused("another program");
        On(reader, "COMMIT");
        SqliteFiles.Prepare(file, mayCreate: false);

        static void On(SqliteConnection connection, string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteScalar();
        }
    }

    [Fact]
    public void A_journal_that_is_missing_or_empty_is_not_made_anew()
    {
        Refused("missing or empty", "leave the node down");
        Assert.False(File.Exists(file));
        File.WriteAllBytes(file, []);
        Refused("missing or empty");
        // While the node forms it is: a crash may have come before anything was written.
        SqliteFiles.Prepare(file, mayCreate: true);
    }

    [Fact]
    public void The_journal_does_not_make_a_file_that_is_missing()
    {
        Assert.Throws<SqliteException>(() => Run("PRAGMA journal_mode"));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_file_that_was_made_and_not_marked_is_marked_while_the_node_forms()
    {
        Execute("PRAGMA journal_mode = WAL", SqliteOpenMode.ReadWriteCreate);
        Refused("another program");
        SqliteFiles.Prepare(file, mayCreate: true);
        SqliteFiles.Prepare(file, mayCreate: false);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_database_of_another_program_is_refused(bool mayCreate)
    {
        Execute("CREATE TABLE journal (ordering INTEGER)", SqliteOpenMode.ReadWriteCreate);
        Refused(mayCreate, "another program", "Bring the file");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_that_is_no_database_is_refused(bool mayCreate)
    {
        File.WriteAllText(file, "These are not the bytes that you are looking for.");
        Refused(mayCreate, "no SQLite file");
        File.WriteAllText(file, "short");
        Refused(mayCreate, "no SQLite file");
    }

    [Fact]
    public void A_directory_in_its_place_is_refused()
    {
        Directory.CreateDirectory(file);
        Refused(mayCreate: true, "cannot be used");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(5000)]
    [InlineData(20000)]
    public void A_damaged_file_is_refused(int at)
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        Run("CREATE TABLE journal (ordering INTEGER PRIMARY KEY, message TEXT)");
        for (var i = 0; i < 64; i++)
            Run("INSERT INTO journal (message) VALUES (hex(randomblob(200)))");
        SqliteFiles.Prepare(file, mayCreate: false);
        Assert.Equal(64UL, SqliteFiles.HighestOrdering(file));

        using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.Position = at;
            stream.Write([0x5A, 0xA5, 0xFF, 0x0F, 0xF0, 0x5A, 0xA5, 0xFF, 0x0F, 0xF0, 0x5A, 0xA5, 0xFF, 0x0F, 0xF0]);
            stream.Position = at / 4096 * 4096 + (at < 4096 ? 100 : 0);
            stream.Write([0x77, 0x77, 0x77, 0x77]);
        }

        Refused("is damaged", "takes no part");
    }

    [Fact]
    public void A_new_journal_has_no_events_and_the_table_is_made_once()
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        SqliteFiles.MakeJournal(file);
        Assert.Equal(0UL, SqliteFiles.HighestOrdering(file));
        Run("INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (1, 0, 'one', 1, X'00')");
        SqliteFiles.MakeJournal(file);
        Assert.Equal(1UL, SqliteFiles.HighestOrdering(file));
    }

    [Fact]
    public void A_journal_that_cannot_be_read_is_refused()
    {
        var missing = Assert.Throws<PaxosConfigurationException>(() => SqliteFiles.HighestOrdering(file));
        Assert.Contains(file, missing.Message);
    }

    [Fact]
    public void Damage_and_a_full_disk_are_told_from_the_rest()
    {
        File.WriteAllText(file, new string('x', 5000));
        var damage = Assert.Throws<SqliteException>(() => Run("PRAGMA journal_mode"));
        var wrapped = new AggregateException(new TimeoutException(), damage);
        Assert.True(StorageFault.IsDamage(new InvalidOperationException("The journal failed.", wrapped)));
        Assert.False(StorageFault.IsDiskFull(damage));

        File.Delete(file);
        SqliteFiles.Prepare(file, mayCreate: true);
        var full = Assert.Throws<SqliteException>(() => Run("PRAGMA max_page_count = 1; CREATE TABLE t (x)"));
        Assert.True(StorageFault.IsDiskFull(full));
        Assert.False(StorageFault.IsDamage(full));

        var other = Assert.Throws<SqliteException>(() => Run("SELECT * FROM nothing"));
        Assert.False(StorageFault.IsDamage(other) || StorageFault.IsDiskFull(other) || StorageFault.IsDamage(null));
    }

    private void Refused(params string[] says) => Refused(mayCreate: false, says);

    private void Refused(bool mayCreate, params string[] says)
    {
        var refusal = Assert.Throws<PaxosConfigurationException>(() => SqliteFiles.Prepare(file, mayCreate));
        Assert.All([file, .. says], words => Assert.Contains(words, refusal.Message));
    }

    private object? Run(string sql) => Execute(sql, mode: null);

    private object? Execute(string sql, SqliteOpenMode? mode)
    {
        var builder = new SqliteConnectionStringBuilder(SqliteFiles.ConnectionString(file)) { Pooling = false };
        builder.Mode = mode ?? builder.Mode;
        using var connection = new SqliteConnection(builder.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var first = reader.Read() ? reader[0] : null;
        while (reader.NextResult())
        {
        }
        return first;
    }
}
