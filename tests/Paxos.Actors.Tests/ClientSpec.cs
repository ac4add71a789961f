using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Paxos.Actors.Clients;
using Paxos.Actors.Registers;

namespace Paxos.Actors.Tests;

/// <summary>An app that is no member calls three nodes over Akka.Remote, on loopback.</summary>
public sealed class ClientSpec
{
    private static readonly byte[] Blue = "blue"u8.ToArray();
    private static readonly byte[] Red = "red"u8.ToArray();

    [Fact]
    public async Task An_app_writes_reads_and_decides()
    {
        await using var cluster = await Nodes.LedAsync();
        var client = cluster.Client;

        var written = await client.Registers.WriteAsync("lamp", Blue);
        Assert.True(written is { Happened: true, Created: true });
        var read = await client.Registers.ReadAsync("lamp");
        Assert.Equal((written.Version, "blue"), (read!.Version, Text(read.Value)));
        Assert.Null(await client.Registers.ReadAsync("nothing"));
        await Eventually.HoldsAsync(
            async () => await client.Registers.ReadAsync("lamp", Consistency.Local) is { } local && local.Version == written.Version, () => "no node has it");

        var lost = await client.Registers.WriteAsync("lamp", Red, Condition.Absent);
        Assert.True(lost is { Happened: false } && lost.Version == written.Version);
        Assert.True((await client.Registers.WriteAsync("lamp", Red, new Condition(written.Version))).Happened);

        var first = await client.Registers.WriteAsync("keyed", Blue, idempotencyKey: "k1");
        Assert.Equal(first, await client.Registers.WriteAsync("keyed", Blue, idempotencyKey: "k1"));
        await Assert.ThrowsAsync<KeyConflictException>(() => client.Registers.WriteAsync("keyed", Red, idempotencyKey: "k1"));

        var page = await client.Registers.RangeAsync("", limit: 1);
        Assert.Equal(["keyed"], page.Items.Select(item => item.Key));
        Assert.Equal(["lamp"], (await client.Registers.RangeAsync("", page.Next)).Items.Select(item => item.Key));

        Assert.True((await client.Registers.DeleteAsync("keyed")).Happened);
        Assert.False((await client.Registers.DeleteAsync("keyed")).Happened);

        var register = client.Register<string>("typed");
        var typed = await register.WriteAsync("ü");
        Assert.Equal(typed, await register.ReadAsync());

        Assert.Null(await client.ReadDecisionAsync("color"));
        Assert.Equal("blue", await client.DecideAsync("color", "blue"));
        Assert.Equal("blue", await client.DecideAsync("color", "red"));
        Assert.Equal("blue", await client.ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task What_is_no_call_is_an_argument_exception()
    {
        await using var cluster = await Nodes.LedAsync();
        var registers = cluster.Client.Registers;
        await Assert.ThrowsAsync<ArgumentException>(() => registers.ReadAsync("a//b"));
        await Assert.ThrowsAsync<ArgumentException>(() => registers.WriteAsync("", Blue));
        await Assert.ThrowsAsync<ArgumentException>(() => registers.WriteAsync("big", new byte[IRegisterStore.MaxValueBytes + 1]));
        await Assert.ThrowsAsync<ArgumentException>(() => registers.WriteAsync("lamp", Blue, ttl: TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentException>(() => registers.WriteAsync("lamp", Blue, idempotencyKey: new string('k', 129)));
        await Assert.ThrowsAsync<ArgumentException>(() => registers.RangeAsync("", limit: 0));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.Client.DecideAsync("", "blue"));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.Client.DecideAsync("color", ""));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.Client.ReadDecisionAsync("a/../b"));
    }

    [Fact]
    public async Task The_largest_values_and_pages_fit_into_a_frame()
    {
        await using var cluster = await Nodes.LedAsync();
        var registers = cluster.Client.Registers;
        await using var changes = registers.WatchAsync("", isPrefix: true, after: 0).GetAsyncEnumerator();
        var large = new byte[IRegisterStore.MaxValueBytes];
        await registers.WriteAsync("small", Blue);
        await registers.WriteAsync("large", large);
        Assert.Equal(large.Length, (await registers.ReadAsync("large"))!.Value.Length);
        Assert.Equal(["small", "large"], (await TakeAsync(changes, 2)).Select(change => change.Key));

        // Long keys count as well: these are 1 MiB of values and half as much of keys.
        var keys = Enumerable.Range(0, 1000).Select(i => $"long/{i:0000}/" + new string('k', 490)).ToList();
        await Task.WhenAll(keys.Select(key => registers.WriteAsync(key, new byte[1000])));
        var read = new List<string>();
        string? next = null;
        do
        {
            var page = await registers.RangeAsync("long/", next, limit: 1000);
            read.AddRange(page.Items.Select(item => item.Key));
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(keys, read);
    }

    [Fact]
    public async Task Calls_go_to_the_leader_and_the_end_of_a_follower_costs_none()
    {
        await using var cluster = await Nodes.LedAsync();
        var registers = cluster.Client.Registers;
        await Eventually.HoldsAsync(
            async () =>
            {
                var leader = cluster.Leader;
                var before = Got(cluster, leader);
                await registers.WriteAsync("lamp", Blue);
                return Got(cluster, leader) > before;
            },
            () => "the leader got no call");
        var (first, others) = (cluster.Leader, cluster.Up.Where(id => id != cluster.Leader).ToArray());
        var (atLeader, elsewhere) = (Got(cluster, first), others.Sum(id => Got(cluster, id)));
        for (var i = 0; i < 20; i++)
            await registers.WriteAsync("lamp", Blue);
        // Unless another one leads by now, which a busy machine may bring about.
        if (cluster.Leader == first)
            Assert.Equal((atLeader + 20, elsewhere), (Got(cluster, first), others.Sum(id => Got(cluster, id))));

        var stopped = cluster.Up.First(id => id != cluster.Leader);
        var ending = cluster.StopAsync(stopped);
        for (var i = 0; i < 50; i++)
            Assert.True((await registers.WriteAsync("lamp", Red)).Happened);
        await ending;
        Assert.True((await registers.WriteAsync("lamp", Blue)).Happened);
    }

    [Fact]
    public async Task When_the_leaders_process_ends_what_may_be_asked_twice_succeeds()
    {
        await using var cluster = await Nodes.LedAsync();
        var registers = cluster.Client.Registers;
        await registers.WriteAsync("first", Blue);
        var before = cluster.Leader;
        // As many as may be under way when it ends: some are answered, some are not.
        var reads = Enumerable.Range(0, 50).Select(_ => registers.ReadAsync("first")).ToList();
        var keyed = Enumerable.Range(0, 50).Select(i => registers.WriteAsync($"keyed/{i:00}", Blue, Condition.Absent, idempotencyKey: $"key{i}")).ToList();
        var unkeyed = Enumerable.Range(0, 50).Select(i => TryWriteAsync(registers, $"unkeyed/{i:00}")).ToList();
        await cluster.StopAsync(before);
        Assert.All(await Task.WhenAll(reads), read => Assert.Equal("blue", Text(read!.Value)));
        // Not once as a loser to a copy of its own.
        Assert.All(await Task.WhenAll(keyed), written => Assert.True(written.Happened));
        foreach (var (outcome, i) in (await Task.WhenAll(unkeyed)).Select((outcome, i) => (outcome, i)))
        {
            var found = await registers.ReadAsync($"unkeyed/{i:00}");
            switch (outcome)
            {
                case null:
                    Assert.NotNull(found);
                    break;
                case NotAppliedException:
                    Assert.Null(found);
                    break;
                default:
                    Assert.IsType<OutcomeUnknownException>(outcome);
                    break;
            }
        }
        Assert.Equal("blue", await cluster.Client.DecideAsync("color", "blue"));
        Assert.True((await registers.WriteAsync("later", Blue)).Happened);
        await Eventually.HoldsAsync(() => cluster.Leader != before, () => "nobody else leads");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_watch_goes_on_without_a_gap_when_the_leaders_process_ends(bool isPrefix)
    {
        await using var cluster = await Nodes.LedAsync();
        var registers = cluster.Client.Registers;
        await using var changes = registers.WatchAsync(isPrefix ? "lamp" : "lamp/1", isPrefix).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((RegisterEventKind.Reset, null), (changes.Current.Kind, changes.Current.Value));
        // Before that it may begin anew, with how it is by then.
        while (isPrefix && changes.Current.Kind != RegisterEventKind.Progress)
            Assert.True(await changes.MoveNextAsync());
        var versions = new List<ulong>();
        for (var i = 0; i < 30; i++)
            versions.Add((await registers.WriteAsync(Key(i), Blue, idempotencyKey: $"a{i}")).Version);
        // It has come to the middle, and what follows has not been taken.
        Assert.Equal(versions[..10], (await TakeAsync(changes, 10)).Select(change => change.Revision));
        var leader = cluster.Leader;
        var ending = cluster.StopAsync(leader);
        for (var i = 0; i < 30; i++)
            versions.Add((await registers.WriteAsync(Key(i), Red, idempotencyKey: $"b{i}")).Version);
        await ending;
        versions.Add((await registers.WriteAsync(Key(0), Blue)).Version);
        Assert.Equal(versions[10..], (await TakeAsync(changes, versions.Count - 10)).Select(change => change.Revision));

        string Key(int i) => isPrefix ? $"lamp/{i % 3}" : "lamp/1";
    }

    [Fact]
    public async Task Calls_that_wait_together_share_a_message()
    {
        await using var cluster = await Nodes.LedAsync();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => cluster.Client.Registers.WriteAsync($"key/{i}", Blue)));
        var messages = SpyingSerializer.Of(cluster.App).Sent.ToArray();
        Assert.Equal(1000, messages.Sum());
        Assert.InRange(messages.Length, 1, 250);
    }

    [Fact]
    public async Task Keys_that_are_spread_over_groups_are_called_as_one_store()
    {
        await using var cluster = await Nodes.LedAsync("paxos.registers.groups = 3");
        var registers = cluster.Client.Registers;
        var keys = Enumerable.Range(0, 30).Select(i => $"key/{i:00}").ToList();
        var written = await Task.WhenAll(keys.Select(key => registers.WriteAsync(key, Blue)));
        Assert.All(written, one => Assert.True(one.Happened));
        Assert.Equal(3, keys.Select(key => RegisterGroups.IndexOf(key, 3)).Distinct().Count());
        foreach (var key in keys)
            Assert.Equal("blue", Text((await registers.ReadAsync(key))!.Value));
        Assert.Equal(keys, (await registers.RangeAsync("key/")).Items.Select(item => item.Key));
        await using var changes = registers.WatchAsync(keys[7], isPrefix: false, after: written[7].Version - 1).GetAsyncEnumerator();
        Assert.Equal(written[7].Version, (await TakeAsync(changes, 1))[0].Version);
        await using var all = registers.WatchAsync("key/", isPrefix: true).GetAsyncEnumerator();
        var refused = await Assert.ThrowsAsync<ArgumentException>(async () => await all.MoveNextAsync());
        Assert.Contains("paxos.registers.groups", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_member_is_up_nothing_was_applied()
    {
        var ports = FreePorts.Take(2);
        var app = ActorSystem.Create("app", AppSettings(ports, "paxos.client.operation-timeout = 1s"));
        try
        {
            var client = PaxosClient.For(app);
            await Assert.ThrowsAsync<NotAppliedException>(() => client.Registers.WriteAsync("lamp", Blue));
            await Assert.ThrowsAsync<NotAppliedException>(() => client.Registers.WriteAsync("lamp", Blue, idempotencyKey: "k"));
            await Assert.ThrowsAsync<NotAppliedException>(() => client.Registers.ReadAsync("lamp"));
            await Assert.ThrowsAsync<NotAppliedException>(() => client.DecideAsync("color", "blue"));
            await using var changes = client.Registers.WatchAsync("lamp", isPrefix: false).GetAsyncEnumerator();
            await Assert.ThrowsAsync<NotAppliedException>(async () => await changes.MoveNextAsync());
        }
        finally
        {
            await app.Terminate();
        }
        await Assert.ThrowsAsync<NotAppliedException>(() => PaxosClient.For(app).Registers.WriteAsync("lamp", Blue));
    }

    [Theory]
    [InlineData("paxos.client.contacts = []", "paxos.client.contacts")]
    [InlineData("paxos.client.contacts = 7", "paxos.client.contacts")]
    [InlineData("paxos.client.contacts = [\"127.0.0.1\"]", "paxos.client.contacts")]
    [InlineData("paxos.client.contacts = [\"no address\"]", "paxos.client.contacts")]
    [InlineData("akka.actor.provider = local", "akka.actor.provider")]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = 128000b", "akka.remote.dot-netty.tcp.maximum-frame-size")]
    [InlineData("paxos.client.operation-timeout = soon", "paxos.client.operation-timeout")]
    [InlineData("paxos.client.max-in-flight = 0", "paxos.client.max-in-flight")]
    [InlineData("paxos.client.max-in-flight-bytes = many", "paxos.client.max-in-flight-bytes")]
    [InlineData("paxos.client.silent-after = 100ms", "paxos.client.silent-after")]
    public async Task A_wrong_setting_is_named(string setting, string named)
    {
        var app = ActorSystem.Create("app", ConfigurationFactory.ParseString(setting).WithFallback(AppSettings([1])));
        try
        {
            var refused = Assert.Throws<PaxosConfigurationException>(() => PaxosClient.For(app));
            Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await app.Terminate();
        }
    }

    [Fact]
    public async Task A_watch_tells_what_is_gone_from_what_is_empty()
    {
        await using var cluster = await Nodes.LedAsync();
        var lamp = cluster.Client.Register<string>("lamp");
        var empty = await lamp.WriteAsync("");
        await using var changes = lamp.WatchAsync(empty.Version - 1).GetAsyncEnumerator();
        await lamp.DeleteAsync();
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal("", changes.Current.Value?.Value);
        Assert.True(await changes.MoveNextAsync());
        Assert.Null(changes.Current.Value);
    }

    private static string Text(ReadOnlyMemory<byte> value) => Encoding.UTF8.GetString(value.Span);

    private static int Got(Nodes cluster, string id) => SpyingSerializer.Of(cluster.System(id)).Got.Sum();

    private static async Task<PaxosException?> TryWriteAsync(IRegisterStore registers, string key)
    {
        try
        {
            await registers.WriteAsync(key, Blue);
            return null;
        }
        catch (PaxosException e)
        {
            return e;
        }
    }

    // Those that changed something: that a node has come so far says nothing new.
    private static async Task<List<RegisterEvent>> TakeAsync(IAsyncEnumerator<RegisterEvent> changes, int count)
    {
        var taken = new List<RegisterEvent>();
        while (taken.Count < count && await changes.MoveNextAsync())
        {
            if (changes.Current.Kind != RegisterEventKind.Progress)
                taken.Add(changes.Current);
        }
        return taken;
    }

    private static Config AppSettings(int[] ports, string more = "") => ConfigurationFactory.ParseString($$"""
        {{more}}
        {{Remoting(0)}}
        paxos.client.contacts = [{{string.Join(", ", ports.Select(port => $"\"127.0.0.1:{port}\""))}}]
        """);

    private static string Remoting(int port) => $$"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = WARNING
        akka.log-dead-letters = off
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = {{port}}
        akka.remote.retry-gate-closed-for = 200ms
        akka.remote.dot-netty.tcp.maximum-frame-size = {{IRegisterStore.MaxValueBytes + 8 * 1024}}b
        {{SpyingSerializer.Setting}}
        """;

    /// <summary>Three nodes and an app, each an actor system with remoting.</summary>
    private sealed class Nodes : IAsyncDisposable
    {
        private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("paxos-client-");
        private readonly Dictionary<string, ActorSystem> systems = [];

        private Nodes(string settings)
        {
            string[] ids = ["a", "b", "c"];
            var ports = FreePorts.Take(3);
            for (var i = 0; i < 3; i++)
            {
                systems.Add(ids[i], ActorSystem.Create("paxos", ConfigurationFactory.ParseString($$"""
                    {{settings}}
                    {{Remoting(ports[i])}}
                    paxos.node = {{ids[i]}}
                    paxos.bootstrap = on
                    paxos.operation-timeout = 20s
                    paxos.data-dir = "{{Path.Combine(directory.FullName, ids[i])}}"
                    {{string.Join('\n', ports.Select((port, other) => $"paxos.members.{ids[other]}.address = \"127.0.0.1:{port}\""))}}
                    """)));
            }
            App = ActorSystem.Create("app", AppSettings(ports, "paxos.client.operation-timeout = 30s"));
        }

        public ActorSystem App { get; }

        public PaxosClient Client => PaxosClient.For(App);

        public IEnumerable<string> Up => systems.Keys;

        public string Leader => Up.Select(id => PaxosExtension.For(systems[id]).Status.Groups[0].Leader?.ToString()).FirstOrDefault(leader => leader is not null) ?? "";

        public static async Task<Nodes> LedAsync(string settings = "")
        {
            var nodes = new Nodes(settings);
            foreach (var system in nodes.systems.Values)
                PaxosExtension.For(system);
            await Eventually.HoldsAsync(
                () => nodes.systems.Values.All(system => PaxosExtension.For(system).Status.IsReady),
                () => string.Join("; ", nodes.systems.Values.Select(system => $"{PaxosExtension.For(system).Status.State} {PaxosExtension.For(system).Status.Reason}")));
            return nodes;
        }

        public ActorSystem System(string id) => systems[id];

        public async Task StopAsync(string id)
        {
            systems.Remove(id, out var system);
            await system!.Terminate();
        }

        public async ValueTask DisposeAsync()
        {
            await Task.WhenAll(systems.Values.Append(App).Select(system => system.Terminate()));
            directory.Delete(recursive: true);
        }
    }
}
