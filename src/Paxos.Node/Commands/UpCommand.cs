using System.CommandLine;
using Paxos.Node.Local;

namespace Paxos.Node.Commands;

/// <summary><c>paxos up</c></summary>
internal static class UpCommand
{
    public const int DefaultHttpPort = 8080;

    public static Command Create()
    {
        var nodes = NumberOption.Create("--nodes", "How many nodes", 3, 1, LocalPlan.MaxNodes);
        var data = new Option<string>("--data")
        {
            Description = "Where they keep their data, a directory a node",
            HelpName = "DIR",
            DefaultValueFactory = _ => "paxos-data",
        };
        var httpPort = NumberOption.Create("--http-port", "The first node's HTTP port; the others count up from it", DefaultHttpPort, 1, 65535);
        var command = new Command("up", "Run a cluster on this machine, until Ctrl-C") { nodes, data, httpPort };
        command.SetAction(async (parsed, ct) =>
        {
            var plan = LocalPlan.Make(parsed.GetRequiredValue(nodes), parsed.GetRequiredValue(data), parsed.GetRequiredValue(httpPort));
            plan.CheckPorts();
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return await new LocalCluster(plan, output, error).RunAsync(ct);
        });
        return command;
    }
}
