using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Storage;

namespace Paxos.Actors.Tests.Storage;

/// <summary>The real journal on a prepared file: the number of the last event is how many were written.</summary>
public sealed class SqliteJournalSpec : Akka.TestKit.Xunit2.TestKit
{
    // The first write of a process pays for all that is loaded and compiled for it.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly TemporaryDirectory temporary;
    private readonly string file;

    public SqliteJournalSpec()
        : this(new TemporaryDirectory())
    {
    }

    private SqliteJournalSpec(TemporaryDirectory temporary)
        : base(Configure(temporary["journal.db"]))
    {
        this.temporary = temporary;
        file = temporary["journal.db"];
    }

    [Fact]
    public void HighestOrdering_must_count_the_events_of_all_actors()
    {
        Write("one", 3);
        Assert.Equal(3UL, SqliteFiles.HighestOrdering(file));
        Write("two", 4);
        Write("one", 1);
        Assert.Equal(8UL, SqliteFiles.HighestOrdering(file));
        SqliteFiles.Prepare(file, mayCreate: false);
        Assert.Equal(8UL, SqliteFiles.HighestOrdering(file));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        SqliteConnection.ClearAllPools();
        temporary.Dispose();
    }

    private void Write(string id, int events)
    {
        var writer = Sys.ActorOf(Props.Create(() => new Writer(id)));
        for (var i = 0; i < events; i++)
            writer.Tell(i, TestActor);
        for (var i = 0; i < events; i++)
            ExpectMsg(i, Bound);
        Watch(writer);
        Sys.Stop(writer);
        ExpectTerminated(writer, Bound);
    }

    private static Config Configure(string file)
    {
        SqliteFiles.Prepare(file, mayCreate: true);
        return ConfigurationFactory.ParseString($$"""
            akka.persistence.journal.plugin = "akka.persistence.journal.sql"
            akka.persistence.journal.sql {
              class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
              connection-string = "{{SqliteFiles.ConnectionString(file)}}"
              provider-name = "SQLite.MS"
              tag-write-mode = Csv
              parallelism = 1
            }
            """).WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration);
    }

    private sealed class Writer : ReceivePersistentActor
    {
        public Writer(string id)
        {
            PersistenceId = id;
            Recover<int>(_ => { });
            Command<int>(number => Persist(number, written => Sender.Tell(written)));
        }

        public override string PersistenceId { get; }
    }
}
