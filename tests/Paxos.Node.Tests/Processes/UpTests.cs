using System.Diagnostics;

namespace Paxos.Node.Tests.Processes;

/// <summary><c>paxos up</c>: three processes from one, and none left behind.</summary>
public sealed class UpTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("paxos-up-").FullName;
    private readonly int httpPort = ConsecutivePorts();

    public void Dispose() => Directory.Delete(data, recursive: true);

    private string Endpoints => $"http://127.0.0.1:{httpPort},http://127.0.0.1:{httpPort + 1},http://127.0.0.1:{httpPort + 2}";

    [Fact]
    public async Task Up_starts_three_nodes_that_serve_tells_of_a_death_and_leaves_none_behind()
    {
        await using var up = new NodeProcess("up", "--data", data, "--http-port", $"{httpPort}");
        await up.WaitForLineAsync("3 nodes are ready:");
        var nodes = ChildrenOf(up.Id);
        Assert.Equal(3, nodes.Count);

        var first = await CommandLineRun.Of("decide", "color", "blue", "--endpoints", Endpoints);
        var second = await CommandLineRun.Of("decide", "color", "red", "--json", "--endpoints", Endpoints);
        Assert.Equal((0, "blue"), (first.ExitCode, first.Output.Trim()));
        Assert.Equal(0, second.ExitCode);
        Assert.Contains("\"mine\": false", second.Output);
        var bench = await CommandLineRun.Of("bench", "--op", "decide", "--total", "20", "--endpoints", Endpoints);
        Assert.Equal(0, bench.ExitCode);
        Assert.Matches(@"^decide clients=1 size=256: \d+ op/s  p50 \d+\.\d+  p99 \d+\.\d+  max \d+\.\d+   \(ms\)", bench.Output);

        nodes[0].Kill();
        await up.WaitForLineAsync("ended with exit code 137. To start it again:");
        Assert.Equal(0, await up.SignalAsync("INT"));
        await AllEndAsync(nodes);
        Assert.Equal(["a", "b", "c"], Directory.GetDirectories(data).Select(Path.GetFileName).Order());

        // The same command again: the same cluster.
        await using var again = new NodeProcess("up", "--data", data, "--http-port", $"{httpPort}");
        await again.WaitForLineAsync("3 nodes are ready:");
        Assert.Equal("blue", (await CommandLineRun.Of("decide", "color", "green", "--endpoints", Endpoints)).Output.Trim());
        var nodesAgain = ChildrenOf(again.Id);
        Assert.Equal(3, nodesAgain.Count);

        // An up that can't say goodbye leaves no node behind either.
        await again.KillAsync();
        await AllEndAsync(nodesAgain);
    }

    private static async Task AllEndAsync(List<Process> nodes)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (var node in nodes)
        {
            await node.WaitForExitAsync(bound.Token);
            node.Dispose();
        }
    }

    private static List<Process> ChildrenOf(int parent) =>
    [
        .. Directory.GetDirectories($"/proc/{parent}/task")
            .SelectMany(thread => File.ReadAllLines(Path.Combine(thread, "children")))
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(id => Process.GetProcessById(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture))),
    ];

    // Three in a row, and the three that up derives from them.
    private static int ConsecutivePorts()
    {
        while (true)
        {
            var port = FreePorts.Take(1)[0];
            try
            {
                Local.LocalPlan.Make(3, "unused", port).CheckPorts();
                return port;
            }
            catch (UsageException)
            {
                // Somebody has one of them: another try.
            }
        }
    }
}
