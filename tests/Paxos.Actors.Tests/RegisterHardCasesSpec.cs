using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Microsoft.Data.Sqlite;
using Paxos.Actors.Registers;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Registers where a journal fails, a leader dies at the worst time, a file is damaged, or nobody reads.</summary>
public sealed class RegisterHardCasesSpec
{
    private const string Trimming = "paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2";

    private static readonly string[] Nodes = ["a", "b", "c"];

    [Fact]
    public async Task A_command_that_a_dead_leader_left_behind_and_the_client_sends_again_happens_once()
    {
        await using var cluster = await Cluster.LedAsync();
        var leader = cluster.Leader;
        var other = cluster.Others(leader)[0];
        // The others accept it, and the leader never hears so: who leads next has to adopt it.
        var lost = cluster.Network.Lose<Accepted>(to: leader);
        var write = cluster[other].Register<string>("color").TryReplaceAsync(0, "blue");
        await Eventually.HoldsAsync(() => lost.Fired >= 2, () => "no Accepted was lost");
        await cluster.StopAsync(leader);
        var blue = await write;
        Assert.NotNull(blue);
        Assert.Equal(blue, await cluster[cluster.Others(leader)[1]].Register<string>("color").ReadAsync());
        // A second application would have found the key there, and would have told "lost".
        Assert.NotNull(await cluster[other].Register<string>("color").TryReplaceAsync(blue.Version, "red"));
    }

    [Fact]
    public async Task A_key_with_a_time_to_live_goes_and_not_sooner()
    {
        await using var cluster = await Cluster.LedAsync();
        var ttl = TimeSpan.FromSeconds(1);
        var start = TimeProvider.System.GetTimestamp();
        await cluster["a"].Registers.WriteAsync("color", "blue"u8.ToArray(), ttl: ttl);
        await Eventually.HoldsAsync(
            async () => await cluster["c"].Registers.ReadAsync("color") is null, () => "the key is still there");
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= ttl, "the key went too soon");
    }

    [Fact]
    public async Task An_acceptor_whose_journal_fails_accepts_nothing_and_comes_back()
    {
        await using var cluster = await Cluster.LedAsync(Cluster.OnTestJournal);
        var leader = cluster.Leader;
        var (failing, other) = (cluster.Others(leader)[0], cluster.Others(leader)[1]);
        await cluster[leader].Register<string>("color").WriteAsync("blue");
        await Eventually.HoldsAsync(() => Applied(cluster, failing) == Applied(cluster, leader), () => "the node did not apply the first write");
        await cluster.JournalOf(failing).OnWrite.Fail();
        var accepts = cluster.Network.Watch<Accept>(to: failing);
        var accepted = cluster.Network.Watch<Accepted>(from: failing);
        await cluster[leader].Register<string>("color").WriteAsync("red");
        await Eventually.HoldsAsync(() => accepts.Fired > 0, () => "nothing was asked of the failing node");
        Assert.Equal("red", (await cluster[other].Register<string>("color").ReadAsync())!.Value);
        Assert.Equal(0, accepted.Fired);
        await Eventually.HoldsAsync(
            () => cluster[failing].Status is { IsReady: false } status && status.Groups[0].Reason!.Contains("could not be written", StringComparison.Ordinal),
            () => cluster[failing].Status.ToString());
        await cluster.JournalOf(failing).OnWrite.Pass();
        await cluster[failing].ReadyAsync();
        await cluster.StopAsync(other);
        // Now it is needed.
        await cluster[leader].Register<string>("color").WriteAsync("green");
        Assert.Equal("green", (await cluster[failing].Register<string>("color").ReadAsync())!.Value);
        Assert.True(accepted.Fired > 0);
    }

    [Fact]
    public async Task A_node_that_can_write_again_is_ready_though_nothing_is_asked_of_it()
    {
        await using var cluster = await Cluster.LedAsync(Cluster.OnTestJournal + "\npaxos.operation-timeout = 2s\npaxos.hearing.patience = 20\npaxos.backoff.max = 200ms");
        var leader = cluster.Leader;
        var voter = cluster.Others(leader)[0];
        // It is to lead, and cannot stand; the leader goes on, and has nothing to do.
        var failing = await FailingWrites.BeginAsync(cluster, voter, "rounds-reserved");
        await Assert.ThrowsAnyAsync<PaxosException>(() => cluster[leader].Members.TransferLeadershipAsync(new NodeId(voter)));
        Assert.True(failing.Fired > 0);
        Assert.Contains("could not be written", cluster[voter].Status.Groups[0].Reason, StringComparison.Ordinal);
        await failing.StopAsync();
        await Eventually.HoldsAsync(() => cluster[voter].Status.IsReady, () => cluster[voter].Status.Groups[0].Reason ?? "");
    }

    [Fact]
    public async Task A_write_that_was_rejected_is_not_taken_for_done_when_the_next_one_is()
    {
        // A busy machine must not bring another ballot: its promise would be the next record, too early (see below).
        await using var cluster = await Cluster.LedAsync(Cluster.OnTestJournal + "\npaxos.hearing.patience = 20");
        var leader = cluster.Leader;
        var (voter, away) = (cluster.Others(leader)[0], cluster.Others(leader)[1]);
        await cluster[leader].Register<string>("color").WriteAsync("blue");
        // A quorum without the voter may have made it done, and then the voter's record of it would be the one that is rejected.
        await Eventually.HoldsAsync(() => Applied(cluster, voter) == Applied(cluster, leader), () => "the voter did not apply the first write");
        cluster.Network.Isolate(away);
        var told = new ConcurrentBag<LogEvent>();
        Listener.Begin(cluster.System(voter), told);
        var rejected = await FailingWrites.RejectOneAsync(cluster, voter, "entry-accepted");
        var red = cluster[leader].Register<string>("color").WriteAsync("red");
        await rejected.FiredAsync();
        // Before the acceptor knows, it would send the journal the next record, and find a gap when it starts again.
        await Eventually.HoldsAsync(() => told.Any(entry => $"{entry}".Contains("could not write record", StringComparison.Ordinal)), () => "no word of it");
        // This record passes. Where it is counted for the one before, red is told to be done.
        var large = TryAsync(() => cluster[leader].Register<string>("size").WriteAsync("large"));
        await red;
        // A write that fails, and the voter's acceptor goes on with what is in its journal.
        var failed = await FailingWrites.BeginAsync(cluster, voter, "entry-accepted");
        var slim = TryAsync(() => cluster[leader].Register<string>("fit").WriteAsync("slim"));
        await failed.FiredAsync();
        await failed.StopAsync();
        await cluster.StopAsync(leader);
        cluster.Network.Heal();
        Assert.Equal("red", (await cluster[away].Register<string>("color").ReadAsync())!.Value);
        await Task.WhenAll(large, slim);
    }

    [Fact]
    public async Task While_no_journal_can_be_written_reads_go_on_and_a_write_is_told_to_be_unknown()
    {
        await using var cluster = await Cluster.LedAsync(Cluster.OnTestJournal + "\npaxos.operation-timeout = 2s");
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        foreach (var node in Nodes)
            await cluster.JournalOf(node).OnWrite.Fail();
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => cluster["a"].Register<string>("color").WriteAsync("red"));
        await Eventually.HoldsAsync(
            async () => await TryAsync(() => cluster["b"].Register<string>("color").ReadAsync()) is { Value: "blue" }, () => "reads did not go on");
        foreach (var node in Nodes)
            await cluster.JournalOf(node).OnWrite.Pass();
        await Eventually.HoldsAsync(
            async () => await TryAsync(() => cluster["c"].Register<string>("color").WriteAsync("green")) is not null, () => "writes did not come back");
    }

    [Fact]
    public async Task A_learner_that_has_not_come_to_the_slot_of_a_read_does_not_answer_it()
    {
        await using var cluster = await Cluster.LedAsync();
        await cluster["a"].Register<string>("color").WriteAsync("blue");
        var asked = new Question<ulong>(machine => 1);
        // As where the learner began anew between the leader's word, up to where it must have come, and the question.
        cluster.System("a").ActorSelection("/user/paxos/log-default").Tell(new LocalQuery(asked, Applied(cluster, "a") + 100), ActorRefs.NoSender);
        Assert.Equal(NotAppliedReason.NoQuorum, (await Assert.ThrowsAsync<NotAppliedException>(() => asked.Answered.WaitAsync(TimeSpan.FromSeconds(10)))).Reason);
    }

    [Fact]
    public async Task A_watcher_that_falls_behind_begins_again_with_how_it_is()
    {
        await using var cluster = await Cluster.LedAsync("paxos.log.watch-buffer = 3");
        var count = cluster["a"].Register<int>("count");
        await count.WriteAsync(0);
        await using var changes = cluster["a"].Registers.WatchAsync("count", isPrefix: false).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(RegisterEventKind.Reset, changes.Current.Kind);
        for (var i = 1; i <= 20; i++)
            await count.WriteAsync(i);
        var seen = new List<RegisterEvent>();
        while (seen is not [.., { Value: { } last }] || !last.Span.SequenceEqual("20"u8))
        {
            Assert.True(await changes.MoveNextAsync());
            seen.Add(changes.Current);
        }
        Assert.Contains(seen, change => change.Kind == RegisterEventKind.Reset);
        Assert.True(seen.Count(change => change.Kind == RegisterEventKind.Put) < 20, "it missed nothing");
    }

    [Fact]
    public async Task A_damaged_snapshot_is_not_used_and_an_older_one_is()
    {
        await using var cluster = await TrimmedAsync();
        var away = cluster.Others(cluster.Leader)[0];
        await cluster.StopAsync(away);
        var snapshots = SnapshotsOf(cluster, away);
        Assert.Equal(2, snapshots.Length);
        FlipBit(snapshots[^1]);
        cluster.Start(away);
        await cluster.RunningAsync();
        await Eventually.HoldsAsync(
            async () => (await cluster[away].Registers.RangeAsync("key/", consistency: Consistency.Local)).Items.Count == 20,
            () => $"the node did not come back: {cluster[away].Status}");
    }

    [Fact]
    public async Task A_node_whose_snapshots_are_all_damaged_and_whose_log_was_trimmed_fails_and_names_the_file()
    {
        await using var cluster = await TrimmedAsync();
        var away = cluster.Others(cluster.Leader)[0];
        await cluster.StopAsync(away);
        var snapshots = SnapshotsOf(cluster, away);
        foreach (var snapshot in snapshots)
            FlipBit(snapshot);
        cluster.Start(away);
        await IsFailedAsync(cluster, away, snapshots[0]);
    }

    [Fact]
    public async Task A_snapshot_that_comes_damaged_is_not_this_node_s_own_damage()
    {
        await using var cluster = await TrimmedAsync();
        var away = cluster.Others(cluster.Leader)[0];
        await cluster.StopAsync(away);
        // As after a machine was found out: it has to have everything from the others, and what they have is no good either.
        foreach (var snapshot in SnapshotsOf(cluster, away))
            File.Delete(snapshot);
        foreach (var snapshot in cluster.Others(away).SelectMany(other => SnapshotsOf(cluster, other)))
            FlipBit(snapshot);
        var pieces = cluster.Network.Watch<SnapshotChunk>(to: away);
        cluster.Start(away);
        await Eventually.HoldsAsync(() => pieces.Fired > 3, () => "no snapshot was asked for");
        Assert.NotEqual(NodeState.Failed, cluster[away].Status.State);
        for (var i = 0; i < 20; i++)
            await cluster[cluster.Others(away)[0]].Register<int>("count").WriteAsync(i);
        await Eventually.HoldsAsync(
            async () => (await cluster[away].Registers.RangeAsync("", consistency: Consistency.Local)).Items.Count == 21,
            () => $"the node did not come back: {cluster[away].Status}");
    }

    [Fact]
    public async Task A_record_that_names_another_writer_in_the_middle_of_a_journal_fails_the_node()
    {
        await using var cluster = await Cluster.LedAsync();
        for (var i = 0; i < 5; i++)
            await cluster["a"].Register<int>($"key/{i}").WriteAsync(i);
        var away = cluster.Others(cluster.Leader)[0];
        await Eventually.HoldsAsync(() => Applied(cluster, away) == Applied(cluster, cluster.Leader), () => $"{away} is behind");
        await cluster.StopAsync(away);
        var journal = Path.Combine(cluster.DataOf(away), "journal.db");
        using (var connection = new SqliteConnection($"Data Source={journal};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE journal SET writer_uuid = 'x' || substr(writer_uuid, 2) WHERE persistence_id LIKE '%/log-acceptor' AND sequence_number = 3";
            Assert.Equal(1, command.ExecuteNonQuery());
        }
        cluster.Start(away);
        await IsFailedAsync(cluster, away, journal);
    }

    [Fact]
    public async Task A_journal_that_begins_later_than_it_says_fails_the_node()
    {
        await using var cluster = await TrimmedAsync();
        var away = cluster.Others(cluster.Leader)[0];
        await cluster.StopAsync(away);
        var journal = Path.Combine(cluster.DataOf(away), "journal.db");
        using (var connection = new SqliteConnection($"Data Source={journal};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                DELETE FROM journal WHERE persistence_id LIKE '%/log-acceptor' AND deleted = 0 AND sequence_number <
                  (SELECT MAX(sequence_number) FROM journal WHERE persistence_id LIKE '%/log-acceptor' AND deleted = 0)
                """;
            // All but the last: some may have been waiting to be let go.
            Assert.True(command.ExecuteNonQuery() > 0);
        }
        cluster.Start(away);
        await IsFailedAsync(cluster, away, journal);
    }

    private static async Task IsFailedAsync(Cluster cluster, string node, string file)
    {
        await Eventually.HoldsAsync(() => cluster[node].Status.State == NodeState.Failed, () => cluster[node].Status.ToString());
        Assert.Contains(Path.GetFileName(file), cluster[node].Status.Reason, StringComparison.Ordinal);
        var failed = await Assert.ThrowsAsync<NotAppliedException>(() => cluster[node].Register<int>("key/1").ReadAsync());
        Assert.Equal(NotAppliedReason.NotMember, failed.Reason);
        Assert.Equal(1, (await cluster[cluster.Others(node)[0]].Register<int>("key/1").ReadAsync())!.Value);
    }

    /// <summary>Twenty keys, and every node has let go of the log behind two snapshots.</summary>
    private static async Task<Cluster> TrimmedAsync()
    {
        var cluster = await Cluster.LedAsync(Trimming);
        for (var i = 0; i < 20; i++)
            await cluster["a"].Register<int>($"key/{i}").WriteAsync(i);
        await Eventually.HoldsAsync(
            () => Nodes.All(node => cluster[node].Status.Groups[0].Trimmed > 10 && SnapshotsOf(cluster, node).Length == 2 && cluster.FirstRecord(node) > 1),
            () => string.Join("; ", Nodes.Select(node => $"{node}: trimmed {cluster[node].Status.Groups[0].Trimmed}, {SnapshotsOf(cluster, node).Length} snapshots")));
        return cluster;
    }

    // The oldest first.
    private static string[] SnapshotsOf(Cluster cluster, string node) =>
    [
        .. Directory.EnumerateFiles(cluster.DataOf(node), "*.snapshot", SearchOption.AllDirectories)
            .OrderBy(file => int.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static void FlipBit(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> call)
        where T : class?
    {
        try
        {
            return await call();
        }
        catch (PaxosException)
        {
            return null;
        }
    }

    private static ulong Applied(Cluster cluster, string node) => cluster[node].Status.Groups[0].Applied;
}
