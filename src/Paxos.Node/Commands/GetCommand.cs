using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Paxos.Actors.Registers;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos get KEY</c>, <c>paxos get --prefix P</c></summary>
internal static class GetCommand
{
    private const string Unknown = "no node could say what is there. Reading again is safe:";
    private const string Refused = "no node could read. Try again later, or another node:";

    public static Command Create()
    {
        var key = RegisterArguments.OptionalKey();
        var prefix = RegisterArguments.Prefix("All registers whose keys begin so, a line each: version, key, value");
        var local = new Option<bool>("--local") { Description = "What the node knows, without asking others: it may be old" };
        var version = new Option<bool>("--version") { Description = "Print the version too, on a line before the value" };
        return ClientCommand.Create(
            "get",
            "Print the value of a register",
            [key, prefix, local, version],
            (parsed, run, ct) =>
            {
                var consistency = parsed.GetValue(local) ? Consistency.Local : Consistency.Linearizable;
                var (what, isPrefix) = RegisterArguments.KeyOrPrefix(parsed.GetValue(key), parsed.GetValue(prefix));
                return isPrefix ? RangeAsync(run, what, consistency, ct) : RunAsync(run, what, consistency, parsed.GetValue(version), ct);
            });
    }

    private static async Task<int> RunAsync(ClientRun run, string key, Consistency consistency, bool withVersion, CancellationToken ct)
    {
        using var node = new NodeClient();
        var client = new RegisterClient(node);
        var outcome = await EndpointRound.RunAsync(run.Endpoints, (endpoint, token) => client.ReadAsync(endpoint, key, consistency, token), ct);
        if (outcome.Answer is Answer.Absent)
        {
            await run.Error.WriteLineAsync($"{run.Name}: nothing is at '{key}'.");
            return ExitCode.Refused;
        }
        if (outcome.Answer is not Answer.Found found)
            return await run.FailAsync(outcome, Unknown, Refused);
        if (run.Json)
        {
            var report = new RegisterReport(key, found.Version, found.Value, outcome.Endpoint!.GetLeftPart(UriPartial.Authority));
            await run.Output.WriteLineAsync(JsonSerializer.Serialize(report, Json.Terminal.RegisterReport));
            return ExitCode.Done;
        }
        if (ArgumentText.Text(found.Value) is not { } text)
            throw new UsageException($"the value of '{key}' is not UTF-8: --json prints it in base64.");
        if (withVersion)
            await run.Output.WriteLineAsync(found.Version.ToString(CultureInfo.InvariantCulture));
        await run.Output.WriteLineAsync(text);
        return ExitCode.Done;
    }

    private static async Task<int> RangeAsync(ClientRun run, string prefix, Consistency consistency, CancellationToken ct)
    {
        using var node = new NodeClient();
        var client = new RegisterClient(node);
        string? after = null;
        do
        {
            var begin = after;
            var outcome = await EndpointRound.RunAsync(
                run.Endpoints, (endpoint, token) => client.RangeAsync(endpoint, prefix, begin, consistency, token), ct);
            if (outcome.Answer is not Answer.Page page)
                return await run.FailAsync(outcome, Unknown, Refused);
            // A page a line: a program can read one after another, however many there are.
            if (run.Json)
                await run.Output.WriteLineAsync(JsonSerializer.Serialize(page.Range, Json.Http.RangeDocument));
            foreach (var item in run.Json ? [] : page.Range.Items)
                await run.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{item.Version} {item.Key} {RegisterArguments.Print(item.Value)}"));
            after = page.Range.Next;
        }
        while (after is not null);
        return ExitCode.Done;
    }
}
