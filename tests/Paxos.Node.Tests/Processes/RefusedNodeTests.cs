using System.Net;

namespace Paxos.Node.Tests.Processes;

/// <summary>Nodes that must not take part, or can't start: they say why.</summary>
public sealed class RefusedNodeTests : IAsyncLifetime
{
    private readonly ProcessCluster cluster = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task A_node_whose_directory_was_wiped_is_refused_says_why_and_takes_no_part()
    {
        await cluster.InitializeAsync();
        Assert.Equal((HttpStatusCode.OK, "blue"), await cluster.DecideAsync("a", "color", "blue"));

        await cluster.KillAsync("a");
        Directory.Delete(cluster.DataOf("a"), recursive: true);
        cluster.Start("a");
        await Eventually.HoldsAsync(
            async () => cluster["a"].Printed.Contains("refused:", StringComparison.Ordinal)
                && (await cluster.StatusAsync("a")).GetProperty("state").GetString() == "refused",
            () => $"a was not refused:\n{cluster["a"].Printed}");
        var reason = (await cluster.StatusAsync("a")).GetProperty("reason").GetString();
        var answer = await cluster.DecideAsync("a", "color", "red");
        var table = await CommandLineRun.Of("status", "--endpoints", cluster.Endpoints);

        Assert.False(string.IsNullOrWhiteSpace(reason));
        Assert.Contains(reason, table.Output);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Code);
        Assert.Contains("not-member", answer.Text);
        // b alone with the refused node is no quorum: a does not count.
        await cluster.KillAsync("c");
        var alone = await cluster.DecideAsync("b", "other", "red");
        Assert.True(alone.Code is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, $"{alone}");
    }

    [Fact]
    public async Task An_address_or_a_directory_in_use_ends_the_node_with_exit_code_2()
    {
        cluster.Start("a");
        await cluster["a"].WaitForLineAsync("forming:");

        await using var sameAddress = new NodeProcess([.. cluster.Arguments("a")]);
        Assert.Equal(2, await sameAddress.ExitAsync());
        Assert.Contains("--bind: the address", sameAddress.Printed);

        var (remoting, http) = (FreePorts.Take(2) is var free ? free[0] : 0, free[1]);
        await using var sameDirectory = new NodeProcess(
            "node", "--id", "a", "--data", cluster.DataOf("a"), "--members", $"a=127.0.0.1:{remoting}", "--http", $"127.0.0.1:{http}");
        Assert.Equal(2, await sameDirectory.ExitAsync());
        Assert.Contains(cluster.DataOf("a"), sameDirectory.Printed);

        await using var sameHttp = new NodeProcess(
            "node", "--id", "z", "--data", cluster.DataOf("z"), "--members", $"z=127.0.0.1:{remoting}", "--bootstrap", "--http", cluster.Endpoint("a")["http://".Length..]);
        Assert.Equal(2, await sameHttp.ExitAsync());
        Assert.Contains("--http: the address", sameHttp.Printed);

        await using var otherNode = new NodeProcess(
            "node", "--id", "y", "--data", cluster.DataOf("z"), "--members", $"y=127.0.0.1:{remoting}", "--bootstrap", "--http", $"127.0.0.1:{http}");
        Assert.Equal(2, await otherNode.ExitAsync());
        Assert.Contains(cluster.DataOf("z"), otherNode.Printed);

        // The first one saw nothing of all this, and ends as it is told.
        Assert.Equal(0, await cluster["a"].SignalAsync("TERM"));
    }
}
