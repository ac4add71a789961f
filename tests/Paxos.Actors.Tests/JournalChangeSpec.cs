using Microsoft.Data.Sqlite;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Nodes on the journal of our own, beside those on Akka.Persistence.Sql, and after it.</summary>
public sealed class JournalChangeSpec
{
    [Fact]
    public async Task A_node_goes_from_one_journal_to_the_other_and_back_with_all_that_it_promised()
    {
        await using var cluster = await Cluster.LedAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await cluster["a"].Register<int>("count").WriteAsync(1);
        var began = new List<string?> { cluster["c"].Settings.JournalPlugin };
        foreach (var (journal, count) in new[] { (Cluster.OnSqliteJournal, 2), ("", 3) })
        {
            foreach (var node in cluster.Up)
            {
                await cluster.StopAsync(node);
                cluster.Start(node, journal);
                await cluster.RunningAsync();
                await cluster[node].ReadyAsync();
                Assert.Equal("blue", await cluster[node].DecideAsync("color", "red"));
            }
            began.Add(cluster["c"].Settings.JournalPlugin);
            Assert.Equal(count - 1, (await cluster["b"].Register<int>("count").ReadAsync())!.Value);
            await cluster["b"].Register<int>("count").WriteAsync(count);
        }
        Assert.Equal(["paxos.journal", "paxos.sqlite-journal", "paxos.journal"], began);
        Assert.Equal(3, (await cluster["c"].Register<int>("count").ReadAsync())!.Value);
    }

    [Theory]
    [MemberData(nameof(Cluster.Journals), MemberType = typeof(Cluster))]
    public async Task A_node_whose_file_refuses_what_it_writes_accepts_nothing_and_comes_back(string journal)
    {
        await using var cluster = await Cluster.LedAsync(journal);
        var leader = cluster.Leader;
        var (failing, other) = (cluster.Others(leader)[0], cluster.Others(leader)[1]);
        await cluster[leader].Register<string>("color").WriteAsync("blue");
        await Eventually.HoldsAsync(() => Applied(failing) == Applied(leader), () => "the node did not apply the first write");
        Run(failing, "CREATE TRIGGER refuse BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'refused'); END");
        var accepted = cluster.Network.Watch<Accepted>(from: failing);
        await cluster[leader].Register<string>("color").WriteAsync("red");
        await Eventually.HoldsAsync(
            () => cluster[failing].Status is { IsReady: false } status && status.Groups[0].Reason!.Contains("could not be written", StringComparison.Ordinal),
            () => cluster[failing].Status.ToString());
        Assert.Equal(0, accepted.Fired);
        Run(failing, "DROP TRIGGER refuse");
        await cluster[failing].ReadyAsync();
        await cluster.StopAsync(other);
        // Now it is needed.
        await cluster[leader].Register<string>("color").WriteAsync("green");
        Assert.Equal("green", (await cluster[failing].Register<string>("color").ReadAsync())!.Value);
        Assert.True(accepted.Fired > 0);

        ulong Applied(string node) => cluster[node].Status.Groups[0].Applied;

        void Run(string node, string sql)
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(cluster.DataOf(node), "journal.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
