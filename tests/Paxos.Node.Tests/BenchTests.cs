using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.Node.Bench;
using Paxos.Node.Client;
using Paxos.Node.Tests.Http;
using Paxos.Node.Tests.Processes;

namespace Paxos.Node.Tests;

/// <summary><c>paxos bench</c> against two nodes' HTTP, each with a stand-in behind it.</summary>
public sealed class BenchTests : TwoServers
{
    [Fact]
    public async Task Writes_go_to_all_nodes_and_over_all_keys_with_a_warm_up_that_is_not_counted()
    {
        var run = await RunAsync("--op", "write", "--clients", "4", "--total", "40", "--keys", "5", "--size", "10");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^write clients=4 size=10: \d+ op/s  p50 \d+\.\d+  p99 \d+\.\d+  max \d+\.\d+   \(ms\)$", run.Output.Trim());
        Assert.Equal(80, First.Writes.Count + Second.Writes.Count);
        Assert.Equal(5, First.Writes.Concat(Second.Writes).Select(write => write.Key).Distinct().Count());
        Assert.All((StandInRegisters[])[First, Second], node => Assert.NotEmpty(node.Writes));
    }

    [Fact]
    public async Task At_a_rate_operations_begin_when_they_are_due()
    {
        var run = await RunAsync("--rate", "100", "--clients", "2", "--total", "20", "--json");

        var result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(0, run.ExitCode);
        // The last one was due 190 ms behind the first.
        Assert.InRange(result.GetProperty("opsPerSecond").GetDouble(), 1, 106);
    }

    [Theory]
    [InlineData("--over", "smoke")]
    [InlineData("--rate", "0")]
    public async Task A_wrong_flag_is_named(string flag, string value)
    {
        var run = await RunAsync(flag, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(flag, run.Error, StringComparison.Ordinal);
        Assert.Empty(First.Writes);
    }

    [Theory]
    [InlineData("read", Consistency.Linearizable)]
    [InlineData("local-read", Consistency.Local)]
    public async Task Reads_are_of_registers_that_were_written_before(string op, Consistency consistency)
    {
        var run = await RunAsync("--op", op, "--clients", "1", "--total", "20", "--keys", "7", "--json");

        var result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((op, 20, 0), (result.GetProperty("op").GetString(), result.GetProperty("total").GetInt32(), result.GetProperty("failed").GetInt32()));
        Assert.Equal(7, First.Writes.Count);
        Assert.Equal(Enumerable.Repeat(consistency, 40), First.Reads);
    }

    [Fact]
    public async Task What_fails_is_counted_and_shown_and_the_run_has_failed()
    {
        Second.Failure = new OutcomeUnknownException("it may be chosen");
        var unknown = await RunAsync("--clients", "2", "--total", "20");
        Second.Failure = new NotAppliedException(NotAppliedReason.Overloaded, "too many");
        var refused = JsonDocument.Parse((await RunAsync("--clients", "2", "--total", "20", "--json")).Output).RootElement;

        Assert.Equal(1, unknown.ExitCode);
        Assert.Matches(@"FAILED (\d+) of 20 \(0 certainly not done, \1 unknown\)", unknown.Output);
        Assert.Contains("it may be chosen", unknown.Error);
        Assert.InRange(refused.GetProperty("failed").GetInt32(), 1, 20);
        Assert.Equal(refused.GetProperty("failed").GetInt32(), refused.GetProperty("refused").GetInt32());
    }

    [Fact]
    public async Task A_lease_is_renewed_on_the_version_that_its_client_wrote_last_and_has_a_ttl()
    {
        // Two runs, whose clients each stay with a node: none has another one's lease.
        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RunAsync("--op", "lease", "--clients", "2", "--total", "20")));

        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
        var leases = First.Writes.Concat(Second.Writes).GroupBy(write => write.Key).ToList();
        Assert.Equal(4, leases.Count);
        Assert.Equal(2 * (2 + 20 + 20), leases.Sum(lease => lease.Count()));
        foreach (var lease in leases)
        {
            Assert.All(lease, write => Assert.Equal(TimeSpan.FromSeconds(30), write.Ttl));
            // Created once, and then each time on another version, a later one: on one that it had before it would have failed.
            Assert.Equal(Condition.Absent, lease.First().Condition);
            var versions = lease.Select(write => write.Condition.Version!.Value).ToList();
            Assert.Equal(versions.Distinct().Order(), versions);
        }
    }

    [Fact]
    public async Task A_client_alone_renews_its_lease_from_each_version_to_the_next()
    {
        Assert.Equal(0, (await RunAsync("--op", "lease", "--total", "20")).ExitCode);

        Assert.Equal(Enumerable.Range(0, 41).Select(version => (ulong?)version), First.Writes.Select(write => write.Condition.Version));
    }

    [Fact]
    public async Task A_client_that_does_not_know_its_leases_version_any_more_fails_once_and_takes_it_again()
    {
        using var node = new NodeClient();
        await using var target = new HttpTarget(node);
        var keys = new BenchKeys(BenchKeys.NewPrefix(), 1);
        var lease = new LeaseOperation(target, new BenchValues(10, isStamped: false), keys, TimeSpan.FromSeconds(30));
        async Task<Answer> Renew() => await lease.RunAsync(new BenchTurn(0, new Uri(Servers[0].Url), 0, 0), CancellationToken.None);
        Assert.Equal(new Answer.Written(1), await Renew());

        // As a try of its own does that was not answered.
        await First.WriteAsync(keys.Of(0), "x"u8.ToArray());
        Assert.Equal(new Answer.Lost(2), await Renew());
        Assert.Equal(new Answer.Written(3), await Renew());

        First.Failure = new OutcomeUnknownException("it may be chosen");
        Assert.IsType<Answer.Unknown>(await Renew());
        First.Failure = null;
        await First.WriteAsync(keys.Of(0), "x"u8.ToArray());
        Assert.Equal(new Answer.Written(5), await Renew());

        // As its time's end does.
        await First.DeleteAsync(keys.Of(0));
        Assert.Equal(new Answer.Lost(null), await Renew());
        Assert.Equal(new Answer.Written(7), await Renew());
        Assert.Equal(Condition.Absent, First.Writes.Last().Condition);
    }

    [Fact]
    public async Task Watches_are_spread_over_the_registers_and_told_each_write_that_counts()
    {
        var run = await RunAsync(Servers[0], "--clients", "3", "--total", "20", "--keys", "4", "--watches", "6");
        var json = await RunAsync(Servers[0], "--clients", "3", "--total", "20", "--keys", "4", "--watches", "6", "--json");
        var leases = await RunAsync(Servers[0], "--op", "lease", "--clients", "2", "--total", "20", "--watches", "2", "--json");

        Assert.Equal((0, 0, 0), (run.ExitCode, json.ExitCode, leases.ExitCode));
        var lines = run.Output.Trim().Split('\n');
        Assert.Matches(@"^write clients=3 size=256: \d+ op/s ", lines[0]);
        Assert.Matches(@"^watch count=6: \d+ events/s  p50 \d+\.\d+  p99 \d+\.\d+  max \d+\.\d+   \(ms\)$", lines[1]);
        // Of the four registers, each written five times, two have two watches.
        Assert.Equal((6, 30, 0, 0, 0), WatchOf(json));
        Assert.Equal((2, 20, 0, 0, 0), WatchOf(leases));
        Assert.DoesNotContain("\"watch\"", (await RunAsync("--total", "20", "--json")).Output);
    }

    [Fact]
    public async Task A_watch_that_breaks_goes_on_behind_what_it_was_told_and_is_counted()
    {
        var running = RunAsync(Servers[0], "--rate", "100", "--total", "200", "--keys", "2", "--watches", "2", "--json");
        // The warm-up has 200.
        await Eventually.HoldsAsync(() => Task.FromResult(First.Writes.Count > 210), () => $"{First.Writes.Count} writes");
        First.EndWatches();
        var run = await running;

        Assert.Equal(0, run.ExitCode);
        Assert.Equal((2, 200, 0, 2, 0), WatchOf(run));
    }

    [Fact]
    public async Task A_watch_that_can_t_be_opened_again_without_a_gap_says_what_it_missed()
    {
        var running = RunAsync(Servers[0], "--rate", "100", "--total", "200", "--keys", "1", "--watches", "1");
        await Eventually.HoldsAsync(() => Task.FromResult(First.Writes.Count > 210), () => $"{First.Writes.Count} writes");
        First.CompactedThrough = ulong.MaxValue;
        First.EndWatches();
        var run = await running;

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"MISSED [1-9]\d* of 200 \(1 breaks, 1 resets\)", run.Output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Keys_of_some_groups_are_in_these_and_in_all_of_them(int groups)
    {
        var keys = new BenchKeys("bench/", 100, groups, 8);
        var names = Enumerable.Range(0, 100).Select(i => keys.Of(i)).ToList();

        Assert.Equal(100, names.Distinct().Count());
        Assert.Equal(names[1], keys.Of(101));
        Assert.Equal(Enumerable.Range(0, groups), names.Select(name => RegisterGroups.IndexOf(name, 8)).Distinct().Order());
    }

    private static (int Count, int Events, int Missed, int Breaks, int Resets) WatchOf(CommandLineRun run)
    {
        var watch = JsonDocument.Parse(run.Output).RootElement.GetProperty("watch");
        int Number(string name) => watch.GetProperty(name).GetInt32();
        return (Number("count"), Number("events"), Number("missed"), Number("breaks"), Number("resets"));
    }

    private static Task<CommandLineRun> RunAsync(Node.Http.HttpServer server, params string[] args) =>
        CommandLineRun.Of(["bench", "--over", "http", .. args, "--endpoints", server.Url]);

    private Task<CommandLineRun> RunAsync(params string[] args) =>
        CommandLineRun.Of(["bench", "--over", "http", .. args, "--endpoints", Endpoints]);
}
