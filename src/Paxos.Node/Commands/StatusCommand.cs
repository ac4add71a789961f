using System.CommandLine;
using System.Text.Json;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos status</c></summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static Command Create() =>
        ClientCommand.Create("status", "Show how each node is, and whom it hears", [], (_, run, ct) => RunAsync(run, ct));

    private static async Task<int> RunAsync(ClientRun run, CancellationToken ct)
    {
        using var client = new NodeClient();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Timeout);
        IReadOnlyList<EndpointStatus> all = await Task.WhenAll(run.Endpoints.Select(async endpoint =>
        {
            var (status, problem) = await client.StatusAsync(endpoint, deadline.Token);
            return new EndpointStatus(endpoint.GetLeftPart(UriPartial.Authority), status, problem);
        }));
        if (run.Json)
        {
            await run.Output.WriteLineAsync(JsonSerializer.Serialize(all, Json.Terminal.IReadOnlyListEndpointStatus));
        }
        else
        {
            foreach (var line in StatusTable.Render(all))
                await run.Output.WriteLineAsync(line);
        }
        if (all.Any(endpoint => endpoint.Status is not null))
            return ExitCode.Done;
        await run.Error.WriteLineAsync($"{run.Name}: {ClientRun.NobodyThere}");
        return ExitCode.Usage;
    }
}
