using Microsoft.Data.Sqlite;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests;

/// <summary>A journal that fails, rejects, or holds what it was never given.</summary>
public sealed class JournalFailureSpec
{
    [Theory]
    [InlineData("fail")]
    [InlineData("reject")]
    public async Task An_acceptor_whose_write_fails_says_nothing_and_comes_back(string how)
    {
        await using var cluster = await Cluster.StartedAsync(Cluster.OnTestJournal);
        var journal = cluster.JournalOf("c");
        var promises = cluster.Network.Watch<Promise>(from: "c");
        await (how == "fail" ? journal.OnWrite.Fail() : journal.OnWrite.Reject());
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal("large", await cluster["b"].DecideAsync("size", "large"));
        Assert.Equal(0, promises.Fired);
        await journal.OnWrite.Pass();
        // Now c is needed.
        await cluster.StopAsync("a");
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
        Assert.Equal("cotton", await cluster["b"].DecideAsync("material", "cotton"));
        Assert.True(promises.Fired > 0);
    }

    [Fact]
    public async Task A_proposer_that_cannot_reserve_rounds_proposes_nothing()
    {
        await using var cluster = await Cluster.StartedAsync(Cluster.OnTestJournal + "\npaxos.operation-timeout = 1s");
        var journal = cluster.JournalOf("a");
        var prepares = cluster.Network.Watch<Prepare>(from: "a");
        await journal.OnWrite.Fail();
        await Assert.ThrowsAnyAsync<PaxosException>(() => cluster["a"].DecideAsync("color", "blue"));
        Assert.Equal(0, prepares.Fired);
        await journal.OnWrite.Pass();
        await Eventually.HoldsAsync(async () => await Decides(cluster["a"], "color", "red") == "red", () => "a did not come back");
    }

    [Fact]
    public async Task An_acceptor_accepts_nothing_before_the_name_of_the_instance_is_written_down()
    {
        await using var cluster = await Cluster.StartedAsync(Cluster.OnTestJournal);
        var accepteds = cluster.Network.Watch<Accepted>(from: "c");
        var promised = cluster.Network.Watch<Promise>(from: "c", to: "b");
        var untold = cluster.Network.Lose<Chosen>(from: "a");
        var unnamed = await FailingWrites.BeginAsync(cluster, "c", "instance-named");
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
        await unnamed.FiredAsync();
        // What comes behind a's Accept is answered, so that has been there.
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
        await Task.WhenAll(untold.FiredAsync(), promised.FiredAsync());
        Assert.Equal(0, accepteds.Fired);
        untold.Stop();
        await unnamed.StopAsync();
        // Now c is needed.
        await cluster.StopAsync("a");
        Assert.Equal("blue", await cluster["b"].DecideAsync("color", "red"));
        Assert.Equal("large", await cluster["b"].DecideAsync("size", "large"));
        Assert.True(accepteds.Fired > 0);
    }

    [Fact]
    public async Task A_node_whose_journal_fails_while_the_cluster_forms_takes_part_when_it_can_write_again()
    {
        await using var cluster = new Cluster(Cluster.OnTestJournal);
        cluster.Start("a");
        cluster.Start("b");
        await Eventually.HoldsAsync(() => cluster["a"].Status.Reason == "Waiting for c.", () => cluster["a"].Status.ToString());
        var unwritten = await FailingWrites.BeginAsync(cluster, "a", "genesis-agreed");
        cluster.Start("c");
        await unwritten.FiredAsync();
        Assert.Equal(NodeState.Forming, cluster["c"].Status.State);
        await unwritten.StopAsync();
        await cluster.RunningAsync();
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
    }

    [Theory]
    [MemberData(nameof(Cluster.Journals), MemberType = typeof(Cluster))]
    public async Task A_damaged_record_stops_the_node_and_names_the_file(string journal)
    {
        await using var cluster = await Cluster.StartedAsync(journal);
        await DecidedAsync(cluster, "color", "blue");
        await cluster.StopAsync("c");
        Alter(cluster, "c", "UPDATE journal SET message = zeroblob(length(message)) WHERE persistence_id LIKE '%/acceptor/color' AND sequence_number = 1");
        await IsFailedAsync(cluster);
    }

    [Theory]
    [MemberData(nameof(Cluster.Journals), MemberType = typeof(Cluster))]
    public async Task A_missing_record_stops_the_node(string journal)
    {
        await using var cluster = await Cluster.StartedAsync(journal);
        await DecidedAsync(cluster, "color", "blue");
        await cluster.StopAsync("c");
        Alter(cluster, "c", "DELETE FROM journal WHERE persistence_id LIKE '%/acceptor/color' AND sequence_number = 1");
        await IsFailedAsync(cluster);
    }

    [Theory]
    [MemberData(nameof(Cluster.Journals), MemberType = typeof(Cluster))]
    public async Task A_record_of_another_instance_stops_the_node(string journal)
    {
        await using var cluster = await Cluster.StartedAsync(journal);
        await DecidedAsync(cluster, "color", "blue");
        await DecidedAsync(cluster, "size", "large");
        await cluster.StopAsync("c");
        Alter(cluster, "c", "DELETE FROM journal WHERE persistence_id LIKE '%/acceptor/color'");
        Alter(cluster, "c", "UPDATE journal SET persistence_id = replace(persistence_id, 'size', 'color') WHERE persistence_id LIKE '%/acceptor/size'");
        await IsFailedAsync(cluster);
    }

    [Theory]
    [MemberData(nameof(Cluster.Journals), MemberType = typeof(Cluster))]
    public async Task A_formed_node_without_its_journal_does_not_start(string journal)
    {
        await using var cluster = await Cluster.StartedAsync(journal);
        await cluster.StopAsync("c");
        SqliteConnection.ClearAllPools();
        File.Delete(Path.Combine(cluster.DataOf("c"), "journal.db"));
        var refused = Assert.Throws<PaxosConfigurationException>(() => cluster.Start("c"));
        Assert.Contains("journal.db is missing", refused.Message, StringComparison.Ordinal);
        Assert.Equal("blue", await cluster["a"].DecideAsync("color", "blue"));
    }

    // Decided, and accepted by c too, which a quorum of a and b does not wait for: what is altered is in its journal then.
    private static async Task DecidedAsync(Cluster cluster, string name, string value)
    {
        var accepted = cluster.Network.Watch<Accepted>(from: "c");
        Assert.Equal(value, await cluster["a"].DecideAsync(name, value));
        await accepted.FiredAsync();
        accepted.Stop();
    }

    // c is started, asked for the color, and must then take no part in anything; a and b go on.
    private static async Task IsFailedAsync(Cluster cluster)
    {
        cluster.Start("c");
        await cluster.RunningAsync();
        var accepteds = cluster.Network.Watch<Accepted>(from: "c");
        _ = cluster["c"].DecideAsync("color", "red").ContinueWith(_ => { }, TaskScheduler.Default);
        await Eventually.HoldsAsync(() => cluster["c"].Status.State == NodeState.Failed, () => cluster["c"].Status.ToString());
        Assert.Contains("acceptor/color", cluster["c"].Status.Reason, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(cluster.DataOf("c"), "journal.db"), cluster["c"].Status.Reason, StringComparison.Ordinal);
        Assert.Equal("cotton", await cluster["a"].DecideAsync("material", "cotton"));
        Assert.Equal("blue", await cluster["b"].ReadDecisionAsync("color"));
        Assert.Equal(0, accepteds.Fired);
        var failed = await Assert.ThrowsAsync<NotAppliedException>(() => cluster["c"].DecideAsync("fit", "slim"));
        Assert.Equal(NotAppliedReason.NotMember, failed.Reason);
    }

    private static async Task<string?> Decides(PaxosExtension paxos, string name, string value)
    {
        try
        {
            return await paxos.DecideAsync(name, value);
        }
        catch (PaxosException)
        {
            return null;
        }
    }

    private static void Alter(Cluster cluster, string node, string sql)
    {
        SqliteConnection.ClearAllPools();
        using var connection = new SqliteConnection($"Data Source={Path.Combine(cluster.DataOf(node), "journal.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0, "nothing was altered");
    }
}
