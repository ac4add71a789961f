using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.Node.Tests.Http;

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

    private Task<CommandLineRun> RunAsync(params string[] args) =>
        CommandLineRun.Of(["bench", "--over", "http", .. args, "--endpoints", Endpoints]);
}
