using System.CommandLine;
using System.Text;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos decide NAME VALUE</c></summary>
internal static class DecideCommand
{
    // What .NET and most shells put in place of bytes that are no UTF-8.
    private const char Replacement = '\uFFFD';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "What is decided, like t-shirt/color: 1 to 512 bytes" };
        var value = new Argument<string>("VALUE") { Description = "What you propose: 1 to 65536 bytes" };
        var endpoints = ClientOptions.Endpoints();
        var json = ClientOptions.Json();
        var command = new Command("decide", "Propose a value for a name, and print the value that is decided: yours, or one that was there before")
        {
            name, value, endpoints, json,
        };
        command.SetAction((parsed, ct) => RunAsync(
            parsed.GetRequiredValue(name),
            parsed.GetRequiredValue(value),
            ClientOptions.Parse(parsed.GetRequiredValue(endpoints)),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            ct));
        return command;
    }

    private static async Task<int> RunAsync(
        string name, string value, IReadOnlyList<Uri> endpoints, bool json, TextWriter output, TextWriter error, CancellationToken ct)
    {
        if (name.Contains(Replacement))
            throw new UsageException("NAME is not UTF-8.");
        if (InstanceName.Problem(name) is { } problem)
            throw new UsageException($"NAME: {problem}");
        using var client = new NodeClient();
        var outcome = await new Decide(client).RunAsync(endpoints, name, Bytes(value), ct);
        if (outcome.Decided is { } decided)
        {
            if (json)
            {
                var report = new DecideReport(name, decided.Value, decided.Mine, outcome.Endpoint!.GetLeftPart(UriPartial.Authority));
                await output.WriteLineAsync(JsonSerializer.Serialize(report, Json.Terminal.DecideReport));
            }
            else
            {
                await output.WriteLineAsync(decided.Value);
                if (!decided.Mine)
                    await error.WriteLineAsync($"(another value had been decided for '{name}' before: yours was not taken)");
            }
            return outcome.ExitCode;
        }
        await error.WriteLineAsync("paxos decide: " + outcome.ExitCode switch
        {
            ExitCode.Unknown => $"it is not known what is decided for '{name}'. Asking again is safe, with the same value or another:",
            ExitCode.Refused => "not proposed, for certain. Try again later:",
            _ when outcome.Endpoint is not null => "the node does not take this request:",
            _ => "none of --endpoints could be reached. Is a cluster running ('paxos up')? Are these the addresses that it printed?",
        });
        foreach (var line in outcome.Said)
            await error.WriteLineAsync(line);
        return outcome.ExitCode;
    }

    private static byte[] Bytes(string value)
    {
        if (value.Length == 0)
            throw new UsageException("VALUE is empty: give at least one byte.");
        try
        {
            if (value.Contains(Replacement))
                throw new UsageException("VALUE is not UTF-8. Other bytes have to be encoded first, in base64 for example.");
            var bytes = Strict.GetBytes(value);
            return bytes.Length <= PaxosExtension.MaxDecisionBytes
                ? bytes
                : throw new UsageException($"VALUE has {bytes.Length} bytes: the limit is {PaxosExtension.MaxDecisionBytes}.");
        }
        catch (EncoderFallbackException)
        {
            throw new UsageException("VALUE is not UTF-8: it holds half of a surrogate pair.");
        }
    }
}
