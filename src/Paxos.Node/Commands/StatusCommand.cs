using System.CommandLine;
using System.Text.Json;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos status</c></summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var endpoints = ClientOptions.Endpoints();
        var json = ClientOptions.Json();
        var command = new Command("status", "Show how each node is, and whom it hears") { endpoints, json };
        command.SetAction((parsed, ct) => RunAsync(
            ClientOptions.Parse(parsed.GetRequiredValue(endpoints)),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            ct));
        return command;
    }

    private static async Task<int> RunAsync(IReadOnlyList<Uri> endpoints, bool json, TextWriter output, TextWriter error, CancellationToken ct)
    {
        using var client = new NodeClient();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Timeout);
        IReadOnlyList<EndpointStatus> all = await Task.WhenAll(endpoints.Select(async endpoint =>
        {
            var (status, problem) = await client.StatusAsync(endpoint, deadline.Token);
            return new EndpointStatus(endpoint.GetLeftPart(UriPartial.Authority), status, problem);
        }));
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(all, Json.Terminal.IReadOnlyListEndpointStatus));
        }
        else
        {
            foreach (var line in StatusTable.Render(all))
                await output.WriteLineAsync(line);
        }
        if (all.Any(endpoint => endpoint.Status is not null))
            return ExitCode.Done;
        await error.WriteLineAsync(
            "paxos status: none of --endpoints could be reached. Is a cluster running ('paxos up')? Are these the addresses that it printed?");
        return ExitCode.Usage;
    }
}
