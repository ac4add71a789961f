using System.Collections.Concurrent;
using System.Text;
using Paxos.Actors;
using Paxos.Node.Client;
using Paxos.Node.Tests.Http;
using Paxos.Node.Tests.Processes;

namespace Paxos.Node.Tests;

/// <summary>What <c>paxos watch</c> does between two nodes' HTTP, each with a stand-in behind it, and what it says when it can't.</summary>
public sealed class WatchCommandTests : TwoServers, IDisposable
{
    private readonly ConcurrentQueue<string> told = [];
    private readonly ConcurrentQueue<string> moves = [];
    private readonly CancellationTokenSource stop = new();

    public override async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await base.DisposeAsync();
    }

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task A_watch_whose_node_ends_goes_on_at_the_next_one_after_what_it_saw()
    {
        // The same log on both; the second node still has what the first one told last, and more.
        await WriteAsync("a/1", First, Second);
        await WriteAsync("a/2", First, Second);
        var watching = WatchAsync("a/", from: 0);
        await ToldAsync("put 1 a/1", "put 2 a/2");
        await WriteAsync("a/3", Second);

        await Servers[0].DisposeAsync();

        await ToldAsync("put 1 a/1", "put 2 a/2", "put 3 a/3");
        Assert.Single(moves);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public async Task A_watch_begins_with_what_is_there_and_a_node_that_can_t_go_on_says_why()
    {
        await WriteAsync("color", First, Second);
        var watching = WatchAsync("color", from: null, isPrefix: false);
        await ToldAsync("reset 1 color");

        First.EndWatches(new NotAppliedException(NotAppliedReason.NoQuorum, "no leader for 10 s"));
        await Second.WatchedAsync();
        await Second.DeleteAsync("color");

        await ToldAsync("reset 1 color", "delete 2 color");
        Assert.Contains("no leader for 10 s", Assert.Single(moves));
        Assert.False(watching.IsCompleted);
    }

    [Fact]
    public async Task A_watch_that_has_begun_waits_until_a_node_serves_it_again()
    {
        await WriteAsync("a/1", First);
        var watching = WatchAsync("a/", from: 0);
        await ToldAsync("put 1 a/1");
        (First.Failure, Second.Failure) = (Refusal(), Refusal());
        First.EndWatches();
        await Eventually.HoldsAsync(() => Task.FromResult(!moves.IsEmpty), () => "the watch did not notice its end");

        First.Failure = null;
        await First.WatchedAsync();
        await WriteAsync("a/2", First);

        await ToldAsync("put 1 a/1", "put 2 a/2");
        Assert.False(watching.IsCompleted);
    }

    [Fact]
    public async Task A_watch_that_no_node_serves_ends_and_says_why()
    {
        (First.Failure, Second.Failure) = (Refusal(), Refusal());

        var run = await CommandLineRun.Of("watch", "color", "--endpoints", Endpoints);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no node could tell changes", run.Error);
        Assert.Contains($"{Servers[1].Url}: no leader", run.Error);
    }

    private static NotAppliedException Refusal() => new(NotAppliedReason.NoQuorum, "no leader");

    private Task<Outcome> WatchAsync(string what, ulong? from, bool isPrefix = true) => Task.Run(async () =>
    {
        using var node = new NodeClient();
        var client = new WatchClient(
            node,
            [.. Servers.Select(server => new Uri(server.Url))],
            what,
            isPrefix,
            from,
            e =>
            {
                told.Enqueue($"{e.Event} {e.Revision} {e.Key}");
                return Task.CompletedTask;
            },
            (endpoint, why) =>
            {
                moves.Enqueue($"{endpoint}: {why}");
                return Task.CompletedTask;
            });
        return await client.RunAsync(stop.Token);
    });

    private Task ToldAsync(params string[] lines) =>
        Eventually.HoldsAsync(() => Task.FromResult(told.SequenceEqual(lines)), () => $"told: {string.Join(", ", told)}; moves: {string.Join(", ", moves)}");

    private static async Task WriteAsync(string key, params StandInRegisters[] nodes)
    {
        foreach (var node in nodes)
            await node.WriteAsync(key, Encoding.UTF8.GetBytes("x"));
    }
}
