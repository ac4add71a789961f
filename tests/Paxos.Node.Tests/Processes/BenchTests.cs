using System.Text.Json;
using Paxos.Actors.Registers;
using Paxos.Node.Bench;
using Paxos.Node.Client;

namespace Paxos.Node.Tests.Processes;

/// <summary><c>paxos bench</c> against three real nodes whose registers are in four groups.</summary>
public sealed class BenchTests(BenchTests.Cluster cluster) : IClassFixture<BenchTests.Cluster>
{
    private const int Groups = 4;

    [Theory]
    [InlineData("write", "client")]
    [InlineData("write", "http")]
    [InlineData("read", "client")]
    [InlineData("read", "http")]
    [InlineData("local-read", "client")]
    [InlineData("local-read", "http")]
    [InlineData("decide", "client")]
    [InlineData("decide", "http")]
    [InlineData("lease", "client")]
    [InlineData("lease", "http")]
    public async Task Each_operation_is_done_either_way(string op, string over)
    {
        var run = await RunAsync("--op", op, "--over", over, "--clients", "4", "--total", "40", "--keys", "10", "--json");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((op, 40, 0), (result.GetProperty("op").GetString(), result.GetProperty("total").GetInt32(), result.GetProperty("failed").GetInt32()));
    }

    [Theory]
    [InlineData("write", "client", 60)]
    [InlineData("write", "http", 60)]
    // Each client has a lease, and of those one has one watch more.
    [InlineData("lease", "client", null)]
    [InlineData("lease", "http", null)]
    public async Task Watches_are_told_all_that_is_written(string op, string over, int? events)
    {
        var run = await RunAsync("--op", op, "--over", over, "--clients", "4", "--total", "40", "--keys", "4", "--watches", "6", "--json");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var watch = JsonDocument.Parse(run.Output).RootElement.GetProperty("watch");
        Assert.Equal((6, 0), (watch.GetProperty("count").GetInt32(), watch.GetProperty("missed").GetInt32()));
        var came = watch.GetProperty("events").GetInt32();
        if (events is null)
            Assert.InRange(came, 40, 80);
        else
            Assert.Equal(events, came);
    }

    [Theory]
    [InlineData("write", "client", 1, 20)]
    [InlineData("write", "http", 2, 20)]
    [InlineData("lease", "client", 1, 8)]
    [InlineData("lease", "http", 3, 8)]
    public async Task Only_registers_of_so_many_groups_are_used(string op, string over, int groups, int registers)
    {
        var before = await VersionsAsync();
        var run = await RunAsync("--op", op, "--over", over, "--groups", $"{groups}", "--clients", "8", "--total", "40", "--keys", "20");
        Assert.True(run.ExitCode == 0, run.Output + run.Error);

        var written = (await VersionsAsync()).Where(now => before.GetValueOrDefault(now.Key) != now.Value).Select(now => now.Key).ToList();
        Assert.Equal(registers, written.Count);
        Assert.All(written, key => Assert.InRange(RegisterGroups.IndexOf(key, Groups), 0, groups - 1));
    }

    [Fact]
    public async Task More_groups_than_there_are_are_refused()
    {
        var run = await RunAsync("--groups", "5");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("5 are more than the cluster has: 4 (paxos.registers.groups", run.Error);
    }

    [Theory]
    [InlineData("client")]
    [InlineData("http")]
    public async Task Leases_are_renewed_on_their_version_and_go_when_they_are_not(string over)
    {
        using var node = new NodeClient();
        var endpoint = new Uri(cluster.Nodes.Endpoint("a"));
        var contact = (await cluster.Nodes.StatusAsync("a")).GetProperty("groups")[0].GetProperty("configuration").GetProperty("voters")[0].GetProperty("address").GetString()!;
        await using IBenchTarget target = over == "http" ? new HttpTarget(node) : new ClientTarget([contact]);
        var keys = new BenchKeys(BenchKeys.NewPrefix(), 1);
        var lease = new LeaseOperation(target, new BenchValues(16, isStamped: false), keys, TimeSpan.FromSeconds(3));
        Task<Answer> RenewAsync() => lease.RunAsync(new BenchTurn(0, endpoint, 0, 0), CancellationToken.None);

        var first = Assert.IsType<Answer.Written>(await RenewAsync());
        var second = Assert.IsType<Answer.Written>(await RenewAsync());
        Assert.True(second.Version > first.Version);
        var stolen = Assert.IsType<Answer.Written>(await target.WriteAsync(endpoint, keys.Of(0), "x"u8.ToArray(), Condition.None, TimeSpan.FromSeconds(3), CancellationToken.None));
        Assert.Equal(new Answer.Lost(stolen.Version), await RenewAsync());
        Assert.IsType<Answer.Written>(await RenewAsync());

        await Eventually.HoldsAsync(
            async () => await target.ReadAsync(endpoint, keys.Of(0), Consistency.Linearizable, CancellationToken.None) is Answer.Absent,
            () => "the lease did not go");
        Assert.Equal(new Answer.Lost(null), await RenewAsync());
        Assert.IsType<Answer.Written>(await RenewAsync());
    }

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.Of(["bench", .. args, "--endpoints", cluster.Nodes.Endpoints]);

    private async Task<Dictionary<string, ulong>> VersionsAsync()
    {
        var run = await CommandLineRun.Of("get", "--prefix", "bench/", "--json", "--endpoints", cluster.Nodes.Endpoints);
        Assert.True(run.ExitCode == 0, run.Error);
        // A page a line.
        return run.Output.Trim().Split('\n')
            .SelectMany(page => JsonDocument.Parse(page).RootElement.GetProperty("items").EnumerateArray())
            .ToDictionary(item => item.GetProperty("key").GetString()!, item => item.GetProperty("version").GetUInt64());
    }

    public sealed class Cluster : IAsyncLifetime
    {
        public ProcessCluster Nodes { get; } = new($"paxos.registers.groups = {Groups}");

        public Task InitializeAsync() => Nodes.InitializeAsync();

        public Task DisposeAsync() => Nodes.DisposeAsync();
    }
}
