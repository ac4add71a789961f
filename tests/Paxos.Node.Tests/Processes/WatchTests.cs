using System.Net;

namespace Paxos.Node.Tests.Processes;

/// <summary><c>paxos watch</c> while the nodes that serve it are killed: every change comes, once, and in order.</summary>
public sealed class WatchTests(ProcessCluster cluster) : IClassFixture<ProcessCluster>
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private int writes;

    [Fact]
    public async Task A_watch_loses_no_change_and_tells_none_twice_while_its_nodes_are_killed()
    {
        await WriteAsync("c", 5);
        await using var watch = new NodeProcess("watch", "--prefix", "w/", "--from", "0", "--endpoints", cluster.Endpoints);
        await ToldAllAsync(watch);
        foreach (var serving in (string[])["a", "b"])
        {
            await WriteAsync("c", 10);
            await cluster.KillAsync(serving);
            await WriteAsync("c", 10);
            await watch.WaitForLineAsync($"{cluster.Endpoint(serving)} tells no more");
            await ToldAllAsync(watch);
            cluster.Start(serving);
            await cluster.ReadyAsync(serving);
        }

        Assert.Equal(0, await watch.SignalAsync("INT"));
        Assert.Equal(writes, Puts(watch).Count);
    }

    // In the order of the writes, which are one after the other.
    private Task ToldAllAsync(NodeProcess watch) => Eventually.HoldsAsync(
        () => Task.FromResult(Puts(watch).SequenceEqual(Enumerable.Range(0, writes).Select(i => $"w/{i % 7} {i}"))),
        () => $"{writes} writes, and the watch told:\n{watch.Printed}");

    private static List<string> Puts(NodeProcess watch) =>
        [.. watch.Printed.Split('\n').Where(line => line.StartsWith("put ", StringComparison.Ordinal)).Select(line => line.Split(' ', 3)[2])];

    private async Task WriteAsync(string id, int count)
    {
        for (var end = writes + count; writes < end; writes++)
        {
            // One key for all tries: whatever became of one that was not answered, the write happens once.
            var once = $"watch-{writes}";
            var said = "";
            await Eventually.HoldsAsync(
                async () =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Put, $"{cluster.Endpoint(id)}/v1/registers/w/{writes % 7}")
                    {
                        Content = new StringContent($"{writes}"),
                        Headers = { { "Idempotency-Key", once } },
                    };
                    using var response = await Http.SendAsync(request);
                    said = $"{response.StatusCode} {await response.Content.ReadAsStringAsync()}";
                    return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created;
                },
                () => $"write {writes} at {id}: {said}");
        }
    }
}
