using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.TestKit;
using Microsoft.Data.Sqlite;
using Paxos.TestKit.Network;

namespace Paxos.Actors.Tests;

/// <summary>
/// Nodes in one process: each an actor system with its own data directory and its own SQLite journal, and a network between
/// them that a spec can cut. Everything that is told goes through the serializer, and nothing may fall back to JSON.
/// </summary>
public sealed class Cluster : IAsyncDisposable
{
    /// <summary>Settings for a journal in memory that fails when a spec says so: <see cref="JournalOf"/>.</summary>
    public const string OnTestJournal = """
        akka.persistence.journal.test.class = "Akka.Persistence.TestKit.TestJournal, Akka.Persistence.TestKit"
        paxos.journal-plugin = "akka.persistence.journal.test"
        """;

    /// <summary>Settings for the journal of our own on the node's file.</summary>
    public const string OnSqliteJournal = "paxos.journal-plugin = \"paxos.sqlite-journal\"";

    /// <summary>For specs of what both journals must do: the settings for each.</summary>
    public static readonly TheoryData<string> Journals = ["", OnSqliteJournal];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("paxos-spec-");
    private readonly Dictionary<string, ActorSystem> systems = [];
    private readonly string[] ids;
    private readonly string settings;

    /// <summary>What each node is given beside its settings: machines, say.</summary>
    private readonly PaxosSetup setup;

    /// <param name="settings">HOCON above the defaults, for all nodes.</param>
    public Cluster(string settings = "", params string[] ids)
        : this(PaxosSetup.Empty, settings, ids)
    {
    }

    public Cluster(PaxosSetup setup, string settings = "", params string[] ids)
    {
        this.setup = setup;
        this.settings = settings;
        this.ids = ids.Length > 0 ? ids : ["a", "b", "c"];
    }

    public FaultyNetwork Network { get; } = new();

    public PaxosExtension this[string id] => PaxosExtension.For(systems[id]);

    public ActorSystem System(string id) => systems[id];

    /// <summary>Three nodes, or those with these ids, that all take part.</summary>
    public static Task<Cluster> StartedAsync(string settings = "", params string[] ids) => StartedAsync(PaxosSetup.Empty, settings, ids);

    /// <inheritdoc cref="StartedAsync(string, string[])"/>
    public static async Task<Cluster> StartedAsync(PaxosSetup setup, string settings = "", params string[] ids)
    {
        var cluster = new Cluster(setup, settings, ids);
        foreach (var id in cluster.ids)
            cluster.Start(id);
        await cluster.RunningAsync();
        return cluster;
    }

    /// <summary>The same, and everyone knows who leads the log.</summary>
    public static async Task<Cluster> LedAsync(string settings = "", params string[] ids)
    {
        var cluster = await StartedAsync(settings, ids);
        await Eventually.HoldsAsync(() => cluster.ids.All(node => cluster[node].Status.Groups[0].Leader is not null), () => "nobody leads");
        return cluster;
    }

    /// <summary>Who leads the log, as the first node knows; on a busy machine it may have to wait for the next one to lead.</summary>
    public string Leader
    {
        get
        {
            string? leads = null;
            SpinWait.SpinUntil(() => (leads = this[ids[0]].Status.Groups[0].Leader?.ToString()) is not null, TimeSpan.FromSeconds(10));
            return leads!;
        }
    }

    /// <summary>The nodes that run.</summary>
    public string[] Up => [.. systems.Keys];

    public string[] Others(string node) => [.. ids.Where(id => id != node)];

    /// <summary>Waits until every node that is up takes part and hears all the others that are up.</summary>
    public Task RunningAsync() => Eventually.HoldsAsync(
        () => systems.Keys.All(id => this[id].Status is { State: NodeState.Running } status
            && status.Peers.All(peer => !systems.ContainsKey(peer.Id.ToString()) || peer.HeardAgo < TimeSpan.FromSeconds(1))),
        () => string.Join("; ", systems.Keys.Select(id => $"{id}: {this[id].Status.State} {this[id].Status.Reason}")));

    public PaxosExtension Start(string id, string more = "")
    {
        var config = ConfigurationFactory.ParseString(more)
            .WithFallback(ConfigurationFactory.ParseString(settings))
            .WithFallback(ConfigurationFactory.ParseString(NodeSettings(id)));
        var system = ActorSystem.Create(
            "paxos", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), setup.WithTransport(Network.Join())));
        systems[id] = system;
        return PaxosExtension.For(system);
    }

    /// <summary>Ends a node, its data stays. A write that is under way may or may not be done.</summary>
    public async Task StopAsync(string id)
    {
        systems.Remove(id, out var system);
        await system!.Terminate();
    }

    /// <summary>Removes the directory of a node that was stopped. Connections that the process keeps would lead to the old file.</summary>
    public void Wipe(string id)
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(DataOf(id), recursive: true);
    }

    /// <summary>Ends all nodes and starts them again on their data.</summary>
    public async Task RestartAsync()
    {
        await Task.WhenAll(ids.Where(systems.ContainsKey).Select(StopAsync));
        foreach (var id in ids)
            Start(id);
        await RunningAsync();
    }

    /// <summary>The first record that the journal still has of a node's acceptor of the log.</summary>
    public long FirstRecord(string node)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(DataOf(node), "journal.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MIN(sequence_number) FROM journal WHERE persistence_id LIKE '%/log-acceptor' AND deleted = 0";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The journal of a node of a cluster <see cref="OnTestJournal"/>.</summary>
    public ITestJournal JournalOf(string node) =>
        TestJournal.FromRef(Persistence.Instance.Apply(systems[node]).JournalFor("akka.persistence.journal.test"));

    public string DataOf(string id) => Path.Combine(directory.FullName, id);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(systems.Values.Select(system => system.Terminate()));
        directory.Delete(recursive: true);
    }

    private string NodeSettings(string id) => $$"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = WARNING
        akka.loggers = ["Akka.Event.StandardOutLogger, Akka"]
        akka.log-dead-letters = off
        akka.actor.serialize-messages = on
        akka.actor.serialization-bindings { "System.Object" = refuse }
        akka.actor.serializers { refuse = "Paxos.Actors.Tests.RefusingSerializer, Paxos.Actors.Tests" }
        paxos.node = {{id}}
        paxos.bootstrap = on
        paxos.data-dir = "{{DataOf(id)}}"
        paxos.heartbeat-interval = 100ms
        paxos.silent-after = 2s
        paxos.backoff.max = 1s
        paxos.operation-timeout = 15s
        {{string.Join('\n', ids.Select((member, i) => $"paxos.members.{member}.address = \"{member}:{i + 1}\""))}}
        """;
}
