namespace Paxos.Node.Tests.Processes;

/// <summary>Who the members are changes while clients count on all of them: no increment is lost, and none counts twice.</summary>
public sealed class MembersTests(ProcessCluster cluster) : IClassFixture<ProcessCluster>
{
    private string Endpoints => $"{cluster.Endpoints},{cluster.Endpoint("d")}";

    [Fact]
    public async Task A_node_is_added_the_leader_removed_and_a_wiped_node_replaced_while_clients_count()
    {
        await using var counters = new Counters(cluster, "members");
        await counters.MoreAnswersAsync(30);

        cluster.Join("d");
        await cluster["d"].WaitForLineAsync("joining: Waiting to be made a member: paxos members add d");
        await ProcessCluster.RunAsync(Endpoints, "members", "add", "d");
        await VotersAsync("d", "a,b,c,d");
        await cluster.ReadyAsync("d");
        await counters.MoreAnswersAsync(30);

        var leader = await cluster.LeaderAsync();
        await ProcessCluster.RunAsync(Endpoints, "members", "remove", leader);
        await cluster[leader].WaitForLineAsync("refused: This node");
        await counters.MoreAnswersAsync(30);

        var lost = cluster.Ids.First(id => id != leader);
        await cluster.KillAsync(lost);
        Directory.Delete(cluster.DataOf(lost), recursive: true);
        cluster.Join(lost);
        await cluster[lost].WaitForLineAsync("joining: Waiting to be made a member");
        await counters.MoreAnswersAsync(10);
        await ProcessCluster.RunAsync(Endpoints, "members", "replace", lost);
        string[] voters = [.. cluster.Ids.Where(id => id != leader), "d"];
        await VotersAsync(lost, string.Join(',', voters));
        await cluster.ReadyAsync(lost);
        await counters.MoreAnswersAsync(30);

        await ProcessCluster.RunAsync(Endpoints, "leader", "transfer", lost);
        await counters.MoreAnswersAsync(30);
        var listed = await CommandLineRun.Of("members", "--endpoints", Endpoints);
        Assert.Equal(0, listed.ExitCode);
        Assert.DoesNotContain($"\n{leader} ", listed.Output);

        var refused = await CommandLineRun.Of("members", "remove", leader, "--endpoints", Endpoints);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is not a member", refused.Error);
        await counters.StopAsync();
        await counters.CheckAsync(voters);
    }

    private Task VotersAsync(string at, string voters)
    {
        var seen = "";
        return Eventually.HoldsAsync(
            async () =>
            {
                var configuration = (await cluster.StatusAsync(at)).GetProperty("groups")[0].GetProperty("configuration");
                seen = string.Join(',', configuration.GetProperty("voters").EnumerateArray().Select(voter => voter.GetProperty("id").GetString()));
                return seen == voters;
            },
            () => $"{at} sees the voters {seen}, not {voters}. It printed:\n{cluster[at].Printed}");
    }
}
