using System.Net;

namespace Paxos.Node.Tests.Processes;

/// <summary>Real processes, real disks, real deaths.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Each_name_has_one_value_for_ever_while_each_node_and_then_all_are_killed()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        await using var clients = new Clients(cluster, "killed");
        await clients.MoreAnswersAsync(20);

        foreach (var id in cluster.Ids)
        {
            await cluster.KillAsync(id);
            // One of three dead: it goes on.
            await clients.MoreAnswersAsync(20);
            cluster.Start(id);
            await cluster.ReadyAsync(id);
            await clients.MoreAnswersAsync(20);
        }
        await cluster.KillAsync(cluster.Ids);
        cluster.Start(cluster.Ids);
        await cluster.ReadyAsync(cluster.Ids);
        await clients.MoreAnswersAsync(20);
        await clients.StopAsync();

        Assert.True(clients.Failures > 0, "No request felt any of the kills.");
        Assert.Empty(clients.Contradictions);
        await Task.WhenAll(cluster.Ids.Select(async id =>
        {
            foreach (var (name, value) in clients.Told)
                Assert.Equal((HttpStatusCode.OK, value), await cluster.ReadAsync(id, name));
        }));
        // And a late rival changes nothing.
        var (decided, first) = clients.Told.First();
        Assert.Equal((HttpStatusCode.OK, first), await cluster.DecideAsync("a", decided, "late"));
    }

    [Fact]
    public async Task Two_of_three_dead_get_a_clear_answer_in_time_and_service_returns_with_one()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        Assert.Equal((HttpStatusCode.OK, "before"), await cluster.DecideAsync("a", "before", "before"));

        await cluster.KillAsync("b", "c");
        var (code, text) = await cluster.DecideAsync("a", "during", "during");
        var command = await CommandLineRun.Of("decide", "during", "during", "--endpoints", cluster.Endpoints);
        await cluster.StatusCodeAsync("a", "/health/ready", HttpStatusCode.ServiceUnavailable);

        Assert.True(code is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, $"{code}: {text}");
        Assert.Equal(3, command.ExitCode);
        Assert.Contains("it is not known what is decided for 'during'", command.Error);
        // What is known needs nobody else.
        Assert.Equal((HttpStatusCode.OK, "before"), await cluster.ReadAsync("a", "before"));

        cluster.Start("c");
        await cluster.ReadyAsync("a", "c");
        var again = await CommandLineRun.Of("decide", "during", "after", "--endpoints", cluster.Endpoints);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal((HttpStatusCode.OK, again.Output.Trim()), await cluster.ReadAsync("c", "during"));
    }

    [Fact]
    public async Task A_node_whose_directory_was_wiped_is_refused_says_why_and_takes_no_part()
    {
        await using var cluster = await ProcessCluster.StartAsync();
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
        await using var cluster = new ProcessCluster();
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
    }
}
