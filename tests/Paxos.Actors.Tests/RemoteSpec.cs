using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Paxos.Actors.Tests;

/// <summary>Over Akka.Remote on loopback, as nodes on several machines are; the same in a cluster, whose gossip counts no quorum.</summary>
public sealed class RemoteSpec
{
    [Theory]
    [InlineData("remote")]
    [InlineData("cluster")]
    public async Task Three_nodes_decide_over_remoting(string provider)
    {
        var directory = Directory.CreateTempSubdirectory("paxos-remote-");
        var ports = FreePorts.Take(3);
        var systems = ((string[])["a", "b", "c"]).Select((id, i) => ActorSystem.Create("paxos", Settings(provider, id, ports[i], ports, directory.FullName))).ToArray();
        try
        {
            var nodes = systems.Select(PaxosExtension.For).ToArray();
            await Eventually.HoldsAsync(
                () => nodes.All(node => node.Status.State == NodeState.Running && node.Status.Groups[0].QuorumConnected),
                () => string.Join("; ", nodes.Select(node => $"{node.Status.State} {node.Status.Reason}")));
            Assert.Equal("blue", await nodes[0].DecideAsync("color", "blue"));
            Assert.Equal("blue", await nodes[1].DecideAsync("color", "red"));
            Assert.Equal("blue", await nodes[2].ReadDecisionAsync("color"));
            // Nobody joined the cluster, or was downed: the voters are who the settings name.
            await systems[2].Terminate();
            Assert.Equal("large", await nodes[0].DecideAsync("size", "large"));
        }
        finally
        {
            await Task.WhenAll(systems.Select(system => system.Terminate()));
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_leader_whose_process_ends_is_not_waited_for()
    {
        var directory = Directory.CreateTempSubdirectory("paxos-remote-");
        var ports = FreePorts.Take(3);
        // By its silence alone it would be missed after ten minutes.
        var patience = ConfigurationFactory.ParseString("paxos.hearing.patience = 6000");
        var systems = ((string[])["a", "b", "c"])
            .Select((id, i) => ActorSystem.Create("paxos", patience.WithFallback(Settings("remote", id, ports[i], ports, directory.FullName))))
            .ToArray();
        try
        {
            var nodes = systems.Select(PaxosExtension.For).ToArray();
            string Leaders() => string.Join("; ", nodes.Select(node => node.Status.Groups is [{ Leader: { } known }, ..] ? known.ToString() : "nobody"));
            await Eventually.HoldsAsync(() => Leaders() is "a; a; a" or "b; b; b" or "c; c; c", Leaders);
            var leader = nodes[0].Status.Groups[0].Leader!.Value;
            var index = leader.ToString()[0] - 'a';
            await systems[index].Terminate();
            var other = nodes[(index + 1) % 3];
            await Eventually.HoldsAsync(
                () => other.Status.Groups[0].Leader is { } next && next != leader,
                () => $"{other.Status.Groups[0].Leader} leads");
            await other.Registers.WriteAsync("color", "blue"u8.ToArray());
        }
        finally
        {
            await Task.WhenAll(systems.Select(system => system.Terminate()));
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Who_waits_for_others_says_so_once_and_not_that_nobody_answers_time_and_again()
    {
        var directory = Directory.CreateTempSubdirectory("paxos-remote-");
        var ports = FreePorts.Take(3);
        var settings = ConfigurationFactory.ParseString("akka.loglevel = INFO").WithFallback(Settings("remote", "a", ports[0], ports, directory.FullName));
        var system = ActorSystem.Create("paxos", settings.WithFallback(PaxosExtension.RemotingConfig()));
        try
        {
            var told = new ConcurrentBag<LogEvent>();
            Listener.Begin(system, told);
            var paxos = PaxosExtension.For(system);
            using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            var ended = await Assert.ThrowsAsync<OperationCanceledException>(() => paxos.ReadyAsync(enough.Token));
            Assert.Contains("Waiting for b, c", ended.Message, StringComparison.Ordinal);
            Assert.Single(told, entry => $"{entry}".Contains("Waiting for b, c", StringComparison.Ordinal));
            Assert.DoesNotContain(told, entry => entry.LogSource.Contains("remote", StringComparison.OrdinalIgnoreCase) && $"{entry}".Contains("failed", StringComparison.Ordinal));
            Assert.DoesNotContain(told, entry => $"{entry}".Contains("NodeEnvelope", StringComparison.Ordinal));
            Assert.True(told.Count < 30, string.Join('\n', told));
        }
        finally
        {
            await system.Terminate();
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("paxos.node = \"\"", "paxos.node")]
    [InlineData("paxos.node = z", "paxos.node")]
    [InlineData("paxos.cluster = \"no spaces\"", "paxos.cluster")]
    [InlineData("paxos.members.b.address = \"\"", "paxos.members.b")]
    [InlineData("paxos.members.b.address = \"127.0.0.1\"", "paxos.members.b.address")]
    [InlineData("paxos.members.b.roles = [voter]", "paxos.members.b.roles")]
    [InlineData("paxos.members.b.roles = [proposer]", "paxos.members.b.roles")]
    [InlineData("paxos.members.a.address = \"127.0.0.1:1\"", "akka.remote.dot-netty.tcp")]
    [InlineData("paxos.operation-timeout = soon", "paxos.operation-timeout")]
    [InlineData("paxos.decisions.max-in-flight = 0", "paxos.decisions.max-in-flight")]
    [InlineData("paxos.journal-plugin = nowhere", "paxos.journal-plugin")]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = 32000b", "akka.remote.dot-netty.tcp.maximum-frame-size")]
    [InlineData("akka.actor.provider = local", "akka.actor.provider")]
    [InlineData("paxos.bootstrap = off", "paxos.bootstrap")]
    public async Task A_wrong_setting_is_named(string setting, string named)
    {
        var directory = Directory.CreateTempSubdirectory("paxos-wrong-");
        var ports = FreePorts.Take(2);
        var system = ActorSystem.Create(
            "paxos", ConfigurationFactory.ParseString(setting).WithFallback(Settings("remote", "a", ports[0], ports, directory.FullName)));
        try
        {
            var refused = Assert.Throws<PaxosConfigurationException>(() => PaxosExtension.For(system));
            Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await system.Terminate();
            directory.Delete(recursive: true);
        }
    }

    private static Config Settings(string provider, string id, int port, int[] ports, string directory) => ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = WARNING
        akka.actor.provider = {{provider}}
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = {{port}}
        akka.remote.retry-gate-closed-for = 200ms
        akka.remote.dot-netty.tcp.maximum-frame-size = 2097152b
        paxos.node = {{id}}
        paxos.bootstrap = on
        paxos.data-dir = "{{Path.Combine(directory, id)}}"
        {{string.Join('\n', ports.Select((other, i) => $"paxos.members.{(char)('a' + i)}.address = \"127.0.0.1:{other}\""))}}
        """);
}
