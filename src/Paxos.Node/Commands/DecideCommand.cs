using System.CommandLine;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos decide NAME VALUE</c></summary>
internal static class DecideCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "What is decided, like t-shirt/color: 1 to 512 bytes" };
        var value = new Argument<string>("VALUE") { Description = "What you propose: 1 to 65536 bytes" };
        return ClientCommand.Create(
            "decide",
            "Propose a value for a name, and print the value that is decided: yours, or one that was there before",
            [name, value],
            (parsed, run, ct) => RunAsync(run, parsed.GetRequiredValue(name), parsed.GetRequiredValue(value), ct));
    }

    private static async Task<int> RunAsync(ClientRun run, string name, string text, CancellationToken ct)
    {
        ArgumentText.Name("NAME", name);
        if (text.Length == 0)
            throw new UsageException("VALUE is empty: give at least one byte.");
        var value = ArgumentText.Value("VALUE", text, PaxosExtension.MaxDecisionBytes);
        using var client = new NodeClient();
        // Asking twice is safe: the name has one value for ever, whoever proposes it.
        var outcome = await EndpointRound.RunAsync(run.Endpoints, (endpoint, token) => client.DecideAsync(endpoint, name, value, token), ct);
        if (outcome.Answer is not Answer.Decided decided)
        {
            return await run.FailAsync(
                outcome,
                $"it is not known what is decided for '{name}'. Asking again is safe, with the same value or another:",
                "not proposed, for certain. Try again later, or another node:");
        }
        if (run.Json)
        {
            var report = new DecideReport(name, decided.Value, decided.Mine, outcome.Endpoint!.GetLeftPart(UriPartial.Authority));
            await run.Output.WriteLineAsync(JsonSerializer.Serialize(report, Json.Terminal.DecideReport));
        }
        else
        {
            await run.Output.WriteLineAsync(decided.Value);
            if (!decided.Mine)
                await run.Error.WriteLineAsync($"(another value had been decided for '{name}' before: yours was not taken)");
        }
        return ExitCode.Done;
    }
}
