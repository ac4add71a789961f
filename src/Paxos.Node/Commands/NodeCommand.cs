using System.CommandLine;
using Paxos.Node.Configuration;
using Paxos.Node.Hosting;

namespace Paxos.Node.Commands;

/// <summary><c>paxos node</c></summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "A HOCON file, see hocon/node-a.conf; the other options override it", HelpName = "FILE" };
        var id = new Option<string>("--id") { Description = "Which of the members this node is", HelpName = "ID" };
        var bind = new Option<string>("--bind") { Description = "Where it listens for the other nodes [default: its address in --members]", HelpName = "HOST:PORT" };
        var http = new Option<string>("--http") { Description = "Where it serves HTTP [default: 127.0.0.1:8080]", HelpName = "HOST:PORT" };
        var data = new Option<string>("--data") { Description = "The directory of what it must never forget", HelpName = "DIR" };
        var members = new Option<string>("--members") { Description = "All nodes, the same list on each; with --join, nodes of the cluster", HelpName = "a=HOST:PORT,b=..." };
        var bootstrap = new Option<bool>("--bootstrap") { Description = "An empty data directory becomes a new node; on any other it does nothing" };
        var join = new Option<bool>("--join") { Description = "An empty data directory becomes a node that waits to be added to the cluster of --members; on any other it does nothing" };
        var command = new Command("node", "Run one node of a cluster, until Ctrl-C") { config, id, bind, http, data, members, bootstrap, join };
        command.SetAction((parsed, ct) => RunAsync(
            new NodeOptions
            {
                ConfigFile = parsed.GetValue(config),
                Id = parsed.GetValue(id),
                Bind = parsed.GetValue(bind),
                Http = parsed.GetValue(http),
                Data = parsed.GetValue(data),
                Members = parsed.GetValue(members),
                Bootstrap = parsed.GetValue(bootstrap),
                Join = parsed.GetValue(join),
            },
            parsed.InvocationConfiguration.Output,
            ct));
        return command;
    }

    private static async Task<int> RunAsync(NodeOptions options, TextWriter output, CancellationToken ct)
    {
        var configuration = NodeConfiguration.Compose(options);
        var settings = configuration.Settings;
        await output.WriteLineAsync(
            $"node {settings.Node} of cluster {settings.Cluster} starts: nodes on {configuration.Remoting}, HTTP on {configuration.Http}, data in {settings.DataDirectory}");
        if (configuration.Warning is { } warning)
            await output.WriteLineAsync($"warning: {warning}");
        await using var node = await RunningNode.StartAsync(configuration);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var parentGone = ParentWatch.IsWanted ? ParentWatch.WhenGone() : Task.Delay(Timeout.Infinite, stopping.Token);
        var narrating = new NodeNarrator(node, configuration, output).RunAsync(stopping.Token);
        await Task.WhenAny(Cancelled(ct), parentGone, node.Ended);
        await stopping.CancelAsync();
        await narrating;
        if (node.Ended.IsCompleted)
        {
            await output.WriteLineAsync($"node {settings.Node} ended of itself");
            return ExitCode.Refused;
        }
        await output.WriteLineAsync($"node {settings.Node} ends");
        return ExitCode.Done;
    }

    private static Task Cancelled(CancellationToken ct)
    {
        var cancelled = new TaskCompletionSource();
        ct.Register(cancelled.SetResult);
        return cancelled.Task;
    }
}
