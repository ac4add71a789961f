using System.Net;
using System.Net.Sockets;

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
    public async Task A_node_listens_where_bind_says_and_not_where_the_others_see_it()
    {
        var (seen, bound, http) = FreePorts.Take(3) is [var one, var other, var third] ? (one, other, third) : default;
        await using var node = new NodeProcess(
            "node", "--id", "a", "--data", cluster.DataOf("a"), "--members", $"a=127.0.0.1:{seen}", "--bind", $"127.0.0.1:{bound}", "--bootstrap", "--http", $"127.0.0.1:{http}");
        await node.WaitForLineAsync("ready:");
        Assert.True(await AcceptsAsync(bound));
        Assert.False(await AcceptsAsync(seen));

        static async Task<bool> AcceptsAsync(int port)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("akka.loglevel = LOUD", "LOUD")]
    [InlineData("akka.actor.provider = no-such-provider", "no-such-provider")]
    [InlineData("akka.remote.dot-netty.tcp.send-buffer-size = many", "many")]
    public async Task A_setting_that_Akka_can_t_use_ends_the_node_with_exit_code_2(string setting, string says)
    {
        var file = cluster.DataOf("node.conf");
        await File.WriteAllTextAsync(file, $"paxos.bootstrap = on\n{setting}\n");
        await using var node = new NodeProcess([.. cluster.Arguments("a"), "--config", file]);

        Assert.Equal(2, await node.ExitAsync());

        Assert.Contains("paxos node: The actor system does not start", node.Printed);
        Assert.Contains(says, node.Printed);
        Assert.DoesNotContain("   at ", node.Printed);
    }

    [Fact]
    public async Task An_address_or_a_directory_in_use_ends_the_node_with_exit_code_2()
    {
        cluster.Start("a");
        await cluster["a"].WaitForLineAsync("forming:");

        await using var sameAddress = new NodeProcess([.. cluster.Arguments("a")]);
        Assert.Equal(2, await sameAddress.ExitAsync());
        Assert.Contains("is in use, where this node would listen for the others", sameAddress.Printed);

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
