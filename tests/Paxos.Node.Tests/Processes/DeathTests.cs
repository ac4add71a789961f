using System.Net;

namespace Paxos.Node.Tests.Processes;

/// <summary>Real processes, real disks, real deaths. The tests share three nodes, and leave them as they found them: up.</summary>
public sealed class DeathTests(ProcessCluster cluster) : IClassFixture<ProcessCluster>
{

    [Fact]
    public async Task Each_name_has_one_value_for_ever_while_each_node_and_then_all_are_killed()
    {
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
        cluster.Start("b");
        await cluster.ReadyAsync("b");
    }
}
