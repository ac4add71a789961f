using Akka.Actor;
using Akka.Configuration;
using Microsoft.Data.Sqlite;
using Paxos.Actors;
using Paxos.Protocol;
using Paxos.TestKit.Histories;
using Paxos.TestKit.Network;

namespace Paxos.TestKit.Clusters;

/// <summary>
/// Nodes in one process, for an app's own specs: each an actor system with its own journal, the real actors and the real storage,
/// over a network that the spec can cut. The journals are in a temporary directory that goes with the cluster.
/// </summary>
/// <remarks>
/// Waits throw <see cref="TimeoutException"/> with every node's status. A name that is no node's is an <see cref="ArgumentException"/>
/// that lists the names. Several threads may call a cluster, but only one may start and end nodes.
/// </remarks>
/// <example><code>
/// await using var cluster = await PaxosCluster.StartAsync(nodes: 3);
/// await cluster.CrashAsync(await cluster.LeaderAsync());
/// </code></example>
public sealed class PaxosCluster : IAsyncDisposable
{
    /// <summary>Nodes have one letter each.</summary>
    public const int MaxNodes = 26;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("paxos-spec-");
    private readonly SortedDictionary<string, ClusterNode?> nodes = new(StringComparer.Ordinal);
    private readonly string members;
    private readonly string settings;
    private readonly PaxosSetup setup;
    private readonly bool assertAllFired;
    private readonly TimeSpan patience;

    private PaxosCluster(int count, string settings, PaxosSetup? setup, bool assertAllFired, TimeSpan patience)
    {
        this.settings = settings;
        this.setup = (setup ?? PaxosSetup.Empty).WithClock(Clock);
        this.assertAllFired = assertAllFired;
        this.patience = patience;
        for (var i = 0; i < count; i++)
            nodes.Add($"{(char)('a' + i)}", null);
        members = string.Join('\n', nodes.Keys.Select(node => $"paxos.members.{node}.address = \"{AddressOf(node)}\""));
        Network = new FaultyNetwork(nodes.Keys);
    }

    /// <summary>What goes between the nodes, and what a spec does to it.</summary>
    public FaultyNetwork Network { get; }

    /// <summary>All nodes' clock.</summary>
    public ClusterClock Clock { get; } = new();

    /// <summary>What was asked and answered through <see cref="Record"/>.</summary>
    public RecordedHistory History { get; } = new();

    /// <summary>All nodes' names, up or down.</summary>
    public IReadOnlyList<string> Names => [.. nodes.Keys];

    /// <summary>The names of the nodes that are up.</summary>
    public IReadOnlyList<string> Up => [.. nodes.Where(node => node.Value is not null).Select(node => node.Key)];

    /// <summary>What an app holds of this node.</summary>
    /// <exception cref="ArgumentException">There is no such node, or it is down.</exception>
    public PaxosExtension this[string node] => Running(node).Paxos;

    /// <summary>The actor system of this node; after a restart it is another one.</summary>
    /// <exception cref="ArgumentException">There is no such node, or it is down.</exception>
    public ActorSystem System(string node) => Running(node).System;

    /// <summary>Where this node keeps its journal and its snapshots: for damage that a spec does itself, while the node is down.</summary>
    public string DirectoryOf(string node) => Path.Combine(directory.FullName, Known(node));

    /// <summary>
    /// Starts nodes "a", "b", "c" and so on, all voters, and waits until each is ready and hears the others. Leaders stay where they are
    /// (<c>paxos.election.spread-leaders = off</c>), heartbeats are faster than an app's, and operations have 15 seconds.
    /// </summary>
    /// <param name="nodes">1 to <see cref="MaxNodes"/>.</param>
    /// <param name="settings">HOCON above that, for all nodes.</param>
    /// <param name="setup">State machines, and what else the app gives its nodes. The transport and the clock are the cluster's.</param>
    /// <param name="assertAllFired">
    /// <see cref="DisposeAsync"/> asserts <see cref="FaultyNetwork.AssertAllFired"/>. What it throws hides an exception by which the spec
    /// itself ended.
    /// </param>
    /// <param name="patience">How long waits take at most, where they are not told otherwise; null: 60 seconds.</param>
    /// <exception cref="PaxosConfigurationException">A setting is wrong.</exception>
    /// <exception cref="TimeoutException">They did not all become ready.</exception>
    public static async Task<PaxosCluster> StartAsync(
        int nodes = 3, string settings = "", PaxosSetup? setup = null, bool assertAllFired = false, TimeSpan? patience = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, MaxNodes);
        var cluster = new PaxosCluster(nodes, settings, setup, assertAllFired, patience ?? TimeSpan.FromSeconds(60));
        try
        {
            foreach (var node in cluster.Names)
                cluster.Start(node);
            await cluster.ReadyAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.EndAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a node that is down, on what it has. It does not wait: <see cref="ReadyAsync"/> does.</summary>
    /// <param name="node">One that is down.</param>
    /// <param name="more">HOCON above the cluster's, for this start.</param>
    /// <exception cref="ArgumentException">There is no such node, or it is up.</exception>
    public PaxosExtension Start(string node, string more = "")
    {
        if (nodes[Known(node)] is not null)
            throw new ArgumentException($"The node '{node}' is up already.", nameof(node));
        var config = ConfigurationFactory.ParseString(more)
            .WithFallback(ConfigurationFactory.ParseString(settings))
            .WithFallback(ConfigurationFactory.ParseString(Defaults(node)));
        var started = new ClusterNode(Network, setup, config);
        nodes[node] = started;
        return started.Paxos;
    }

    /// <summary>Starts a node with an empty directory that is no member: it takes no part until <c>Members.AddAsync</c> adds it.</summary>
    /// <exception cref="ArgumentException">A node has this name.</exception>
    public PaxosExtension Join(string node)
    {
        _ = new NodeId(node);
        if (!nodes.TryAdd(node, null))
            throw new ArgumentException($"There is a node '{node}' already.", nameof(node));
        Network.Know(node);
        return Start(node, $"{Joins}\npaxos.address = \"{AddressOf(node)}\"");
    }

    /// <summary>
    /// The node dies at once, as by kill -9: when the call returns nothing leaves it any more, and when the task ends it is gone. What it
    /// was writing to its journal may be there or not. Calls that were under way through it end with an error, or never.
    /// </summary>
    public Task CrashAsync(string node)
    {
        var crashed = Running(node);
        nodes[node] = null;
        return crashed.CrashAsync();
    }

    /// <summary>Ends a node as an app ends it: by its coordinated shutdown.</summary>
    public Task StopAsync(string node)
    {
        var stopped = Running(node);
        nodes[node] = null;
        return stopped.StopAsync();
    }

    /// <summary>Crashes a node, where it is up, and starts it again. It does not wait for it: <see cref="ReadyAsync"/> does.</summary>
    /// <param name="node">One of the nodes.</param>
    /// <param name="withJournal">
    /// False: its whole directory is lost. So that it does not vote as if nothing had been, it starts with <c>paxos.join</c> and waits
    /// until <c>Members.ReplaceAsync</c>, on another node, puts it in its own place.
    /// </param>
    /// <param name="more">HOCON above the cluster's, for this start.</param>
    public async Task<PaxosExtension> RestartAsync(string node, bool withJournal = true, string more = "")
    {
        if (nodes[Known(node)] is not null)
            await CrashAsync(node).ConfigureAwait(false);
        if (withJournal)
            return Start(node, more);
        // Connections that the process keeps would lead to the old file.
        SqliteConnection.ClearAllPools();
        Directory.Delete(DirectoryOf(node), recursive: true);
        return Start(node, $"{Joins}\n{more}");
    }

    /// <summary>Registers through this node; what is asked and answered is in the <see cref="History"/>.</summary>
    /// <exception cref="ArgumentException">There is no such node, or it is down.</exception>
    public RecordedRegisters Record(string node) => History.Record(this[node].Registers, node);

    /// <summary>Waits until all nodes that are up, but <paramref name="except"/>, serve calls and hear each other.</summary>
    public Task ReadyAsync(string? except = null, TimeSpan? within = null)
    {
        var those = Those(except);
        return UntilAsync(
            () => those.All(node => this[node].Status is { IsReady: true } status && status.Peers.All(peer =>
                !those.Contains(peer.Id.ToString()) || peer.HeardAgo < TimeSpan.FromSeconds(1))),
            $"{string.Join(", ", those)} are ready", within);
    }

    /// <summary>
    /// Waits until one node leads and all that are up say so, and returns it. A node that has just been cut off is asked too, and takes
    /// itself for the leader until it misses the others: leave it out.
    /// </summary>
    /// <param name="except">Neither asked nor taken: the old leader, say. Null: none.</param>
    /// <param name="group">A state machine's name, or "default": the registers.</param>
    /// <param name="within">Null: the cluster's patience.</param>
    /// <exception cref="ArgumentException">There is no such node or group.</exception>
    public async Task<string> LeaderAsync(string? except = null, string group = "default", TimeSpan? within = null)
    {
        var leader = "";
        var those = Those(except);
        await UntilAsync(
            () =>
            {
                var named = those.Select(node => Group(node, group).Leader?.ToString()).Distinct().ToArray();
                leader = named is [{ } one] ? one : "";
                return those.Contains(leader);
            },
            $"{string.Join(", ", those)} agree on one of them that leads {group}", within).ConfigureAwait(false);
        return leader;
    }

    /// <summary>Waits until all nodes that are up have applied all that any of them knows to be chosen, in every group.</summary>
    public Task AllAppliedAsync(string? except = null, TimeSpan? within = null)
    {
        var those = Those(except);
        return UntilAsync(
            () => those.SelectMany(node => this[node].Status.Groups)
                .GroupBy(group => group.Group)
                .All(of => of.Select(group => group.Applied).Distinct().Count() == 1 && of.All(group => group.Applied >= of.Max(other => other.Chosen))),
            $"{string.Join(", ", those)} have applied the same", within);
    }

    /// <summary>Waits for a condition of the spec's own, which is looked at every 10 ms.</summary>
    /// <param name="condition">What it throws ends the wait.</param>
    /// <param name="what">What is waited for, as a sentence: the error says that it did not come.</param>
    /// <param name="within">Null: the cluster's patience.</param>
    public Task UntilAsync(Func<bool> condition, string what, TimeSpan? within = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, within);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string, TimeSpan?)"/>
    public async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        var bound = within ?? patience;
        var start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition().ConfigureAwait(false))
        {
            if (TimeProvider.System.GetElapsedTime(start) >= bound)
                throw new TimeoutException($"Not within {bound.TotalSeconds} s: {what}.\n{this}");
            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Every node's status, a line each.</summary>
    public override string ToString() => string.Join('\n', nodes.Select(node => $"{node.Key}: {node.Value?.ToString() ?? "down"}"));

    /// <summary>Ends all nodes and removes what they wrote.</summary>
    /// <exception cref="SpecFailedException">It was asked to assert that all faults fired, and they did not.</exception>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        if (assertAllFired)
            Network.AssertAllFired();
    }

    private const string Joins = "paxos.bootstrap = off\npaxos.join = on";

    private async Task EndAsync()
    {
        await Task.WhenAll(Up.Select(CrashAsync)).ConfigureAwait(false);
        SqliteConnection.ClearAllPools();
        directory.Delete(recursive: true);
    }

    private string Known(string node) => nodes.ContainsKey(node)
        ? node
        : throw new ArgumentException($"There is no node '{node}': the nodes are {string.Join(", ", nodes.Keys)}.", nameof(node));

    private ClusterNode Running(string node) => nodes[Known(node)]
        ?? throw new ArgumentException($"The node '{node}' is down; up are {string.Join(", ", Up)}.", nameof(node));

    private string[] Those(string? except) => [.. Up.Where(node => node != (except is null ? null : Known(except)))];

    private GroupStatus Group(string node, string group)
    {
        var groups = this[node].Status.Groups;
        return groups.FirstOrDefault(one => one.Group == group) ?? throw new ArgumentException(
            $"There is no group '{group}' on {node}: its groups are {string.Join(", ", groups.Select(one => one.Group))}.", nameof(group));
    }

    // Nobody is there: the network goes by names.
    private static string AddressOf(string node) => $"{node}:1";

    private string Defaults(string node) => $"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = WARNING
        akka.log-dead-letters = off
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        paxos.node = {node}
        paxos.bootstrap = on
        paxos.data-dir = "{DirectoryOf(node).Replace("\\", "\\\\", StringComparison.Ordinal)}"
        paxos.heartbeat-interval = 100ms
        paxos.silent-after = 2s
        paxos.backoff.max = 1s
        paxos.operation-timeout = 15s
        paxos.election.spread-leaders = off
        {members}
        """;
}
