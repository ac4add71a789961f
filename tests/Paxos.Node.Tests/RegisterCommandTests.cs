using System.Text;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.Node.Tests.Http;

namespace Paxos.Node.Tests;

/// <summary><c>get</c>, <c>set</c>, <c>cas</c> and <c>delete</c> against two nodes' HTTP, each with a stand-in behind it.</summary>
public sealed class RegisterCommandTests : TwoServers
{
    [Fact]
    public async Task A_value_is_set_read_and_deleted()
    {
        await ExpectAsync(0, "1", "set", "t-shirt/color", "grün");
        await ExpectAsync(0, "grün", "get", "t-shirt/color");
        await ExpectAsync(0, "1\ngrün", "get", "t-shirt/color", "--version");
        await ExpectAsync(0, "", "delete", "t-shirt/color");
        await ExpectAsync(1, "", "get", "t-shirt/color");
        await ExpectAsync(1, "", "delete", "t-shirt/color");
    }

    [Fact]
    public async Task A_write_whose_condition_fails_is_refused_and_names_the_version()
    {
        await ExpectAsync(0, "1", "set", "color", "blue", "--if-absent");

        Assert.Contains("'color' has the version 1", await ExpectAsync(1, "", "set", "color", "red", "--if-absent"));
        Assert.Contains("'color' has the version 1", await ExpectAsync(1, "", "cas", "color", "7", "red"));
        Assert.Contains("'color' has the version 1", await ExpectAsync(1, "", "delete", "color", "--if-version", "7"));
        await ExpectAsync(0, "2", "cas", "color", "1", "red");
        await ExpectAsync(0, "3", "set", "color", "green", "--if-version", "2");
        await ExpectAsync(0, "", "delete", "color", "--if-version", "3");
        Assert.Contains("nothing is at 'color'", await ExpectAsync(1, "", "cas", "color", "3", "red"));
    }

    [Fact]
    public async Task A_write_goes_to_the_next_endpoint_with_the_same_idempotency_key_and_the_next_invocation_has_another()
    {
        First.Failure = new OutcomeUnknownException("it may be chosen");
        await ExpectAsync(0, "1", "set", "color", "blue", "--ttl", "1.5");
        await ExpectAsync(0, "2", "set", "color", "blue");

        var keys = Second.Writes.Select(write => write.IdempotencyKey).ToList();
        Assert.All(keys, Assert.NotNull);
        Assert.NotEqual(keys[0], keys[1]);
        Assert.Equal(TimeSpan.FromSeconds(1.5), Second.Writes.First().Ttl);
    }

    [Fact]
    public async Task An_outcome_that_nobody_knows_is_3_and_a_certain_refusal_of_all_is_1()
    {
        (First.Failure, Second.Failure) = (new OutcomeUnknownException("it may be chosen"), Refusal());
        Assert.Contains("it may be chosen", await ExpectAsync(3, "", "set", "color", "blue"));
        First.Failure = Refusal();
        Assert.Contains("not written, for certain", await ExpectAsync(1, "", "set", "color", "blue"));
        await ExpectAsync(3, "", "get", "color");

        static NotAppliedException Refusal() => new(NotAppliedReason.NoQuorum, "no leader");
    }

    [Fact]
    public async Task A_range_is_printed_whole_though_it_comes_in_pages()
    {
        for (var i = 0; i < 101; i++)
            await First.WriteAsync($"a/{i:D3}", Encoding.UTF8.GetBytes($"v{i}"));
        await First.WriteAsync("b", "no"u8.ToArray());

        var run = await RunAsync("get", "--prefix", "a/", "--local");

        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal((101, "1 a/000 v0", "101 a/100 v100"), (lines.Length, lines[0], lines[^1]));
        Assert.Equal([Consistency.Local, Consistency.Local], First.Reads);
    }

    [Fact]
    public async Task Programs_get_JSON()
    {
        await ExpectAsync(0, null, "set", "color", "blue");
        await First.WriteAsync("bytes", new byte[] { 0xFF });

        var read = JsonDocument.Parse((await RunAsync("get", "bytes", "--json")).Output).RootElement;
        var lost = JsonDocument.Parse((await RunAsync("cas", "color", "9", "red", "--json")).Output).RootElement;

        Assert.Equal((2, "/w=="), (read.GetProperty("version").GetInt32(), read.GetProperty("value").GetString()));
        Assert.Equal((false, 1), (lost.GetProperty("done").GetBoolean(), lost.GetProperty("version").GetInt32()));
        Assert.Contains("--json prints it in base64", await ExpectAsync(2, "", "get", "bytes"));
    }

    [Theory]
    [InlineData("give either KEY or --prefix P", "get")]
    [InlineData("give either KEY or --prefix P", "get", "a", "--prefix", "b")]
    [InlineData("KEY: The name 'a//b' has a segment ''", "set", "a//b", "x")]
    [InlineData("--ttl: '0' is no number of seconds above 0", "set", "a", "x", "--ttl", "0")]
    [InlineData("--if-version: '0' is no version", "set", "a", "x", "--if-version", "0")]
    [InlineData("--if-version and --if-absent exclude each other", "set", "a", "x", "--if-version", "1", "--if-absent")]
    [InlineData("EXPECTED-VERSION: 'x' is no version", "cas", "a", "x", "y")]
    [InlineData("Did you mean 'delete'?", "delte", "a")]
    public async Task A_mistake_is_named_and_nothing_is_asked(string says, params string[] args)
    {
        var run = await CommandLineRun.Of(args);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(says, run.Error);
    }

    private Task<CommandLineRun> RunAsync(params string[] args) =>
        CommandLineRun.Of([.. args, "--endpoints", Endpoints]);

    // What it said on the error stream.
    private async Task<string> ExpectAsync(int exitCode, string? output, params string[] args)
    {
        var run = await RunAsync(args);
        Assert.True(run.ExitCode == exitCode, $"exit code {run.ExitCode}: {run.Output}{run.Error}");
        if (output is not null)
            Assert.Equal(output, run.Output.TrimEnd());
        return run.Error;
    }
}
