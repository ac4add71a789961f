using System.CommandLine;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Node.Bench;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos bench</c></summary>
internal static class BenchCommand
{
    private static readonly string[] LaterOps = ["write", "read", "local-read"];

    public static Command Create()
    {
        var op = new Option<string>("--op") { Description = "What the clients do: decide", HelpName = "OP", DefaultValueFactory = _ => "decide" };
        var clients = NumberOption.Create("--clients", "How many clients, each waiting for its answer before it asks again", 1, 1, 10_000);
        var size = NumberOption.Create("--size", "Bytes of a value", 256, 1, PaxosExtension.MaxDecisionBytes);
        var total = NumberOption.Create("--total", "Operations that are measured, after a warm-up", 2000, 1, 100_000_000);
        var endpoints = ClientOptions.Endpoints();
        var json = ClientOptions.Json();
        var command = new Command("bench", "Measure a running cluster: operations a second and latency in milliseconds") { op, clients, size, total, endpoints, json };
        command.SetAction(async (parsed, ct) =>
        {
            var what = parsed.GetRequiredValue(op);
            if (what != "decide")
                throw new UsageException(LaterOps.Contains(what) ? $"--op: {what} is not built yet: decide is." : $"--op: there is no '{what}': decide is built.");
            var bench = new DecideBench(
                await ReadyAsync(ClientOptions.Parse(parsed.GetRequiredValue(endpoints)), ct),
                parsed.GetRequiredValue(clients),
                parsed.GetRequiredValue(size),
                parsed.GetRequiredValue(total));
            var result = await bench.RunAsync(ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                parsed.GetValue(json) ? JsonSerializer.Serialize(result, Json.Terminal.BenchResult) : result.ToString());
            if (bench.FirstFailure is { } failure)
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"paxos bench: {result.Failed} of {result.Total} failed, the first at {failure}");
            return result.Failed == 0 ? ExitCode.Done : ExitCode.Refused;
        });
        return command;
    }

    // A client stays with its endpoint: one that is down from the beginning would be measured as errors.
    private static async Task<IReadOnlyList<Uri>> ReadyAsync(IReadOnlyList<Uri> endpoints, CancellationToken ct)
    {
        using var client = new NodeClient();
        foreach (var endpoint in endpoints)
        {
            if (await client.StatusAsync(endpoint, ct) is (null, var problem))
                throw new UsageException($"--endpoints: {endpoint.GetLeftPart(UriPartial.Authority)}: {problem}. Is a cluster running ('paxos up')?");
        }
        return endpoints;
    }
}
