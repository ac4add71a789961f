using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Paxos.Actors.Registers;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos set KEY VALUE</c>, <c>paxos cas KEY VERSION VALUE</c>, <c>paxos delete KEY</c></summary>
internal static class WriteCommands
{
    public static Command Set()
    {
        var key = RegisterArguments.Key();
        var value = RegisterArguments.Value();
        var ifVersion = RegisterArguments.IfVersion();
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Only if nothing is there" };
        var ttl = new Option<string?>("--ttl")
        {
            Description = "It goes after so many seconds, not sooner [default: it stays]",
            HelpName = "SECONDS",
        };
        return ClientCommand.Create(
            "set",
            "Write a register, and print its new version",
            [key, value, ifVersion, ifAbsent, ttl],
            async (parsed, run, ct) =>
            {
                var condition = ConditionOf(parsed.GetValue(ifVersion), parsed.GetValue(ifAbsent));
                return await WriteAsync(run, parsed.GetRequiredValue(key), parsed.GetRequiredValue(value), condition, Ttl(parsed.GetValue(ttl)), ct);
            });
    }

    public static Command CompareAndSet()
    {
        var key = RegisterArguments.Key();
        var version = new Argument<string>("EXPECTED-VERSION") { Description = "The version that it must have" };
        var value = RegisterArguments.Value();
        return ClientCommand.Create(
            "cas",
            "Write a register only if it has the version that you expect, and print its new one",
            [key, version, value],
            (parsed, run, ct) =>
            {
                var condition = new Condition(RegisterArguments.Version("EXPECTED-VERSION", parsed.GetRequiredValue(version)));
                return WriteAsync(run, parsed.GetRequiredValue(key), parsed.GetRequiredValue(value), condition, ttl: null, ct);
            });
    }

    public static Command Delete()
    {
        var key = RegisterArguments.Key();
        var ifVersion = RegisterArguments.IfVersion();
        return ClientCommand.Create(
            "delete",
            "Delete a register",
            [key, ifVersion],
            (parsed, run, ct) =>
            {
                var name = ArgumentText.Name("KEY", parsed.GetRequiredValue(key));
                var condition = ConditionOf(parsed.GetValue(ifVersion), ifAbsent: false);
                return SendAsync(run, name, (client, endpoint, once, token) => client.DeleteAsync(endpoint, name, condition, once, token), ct);
            });
    }

    private static async Task<int> WriteAsync(ClientRun run, string key, string text, Condition condition, string? ttl, CancellationToken ct)
    {
        ArgumentText.Name("KEY", key);
        var value = await RegisterArguments.ReadValueAsync(text, ct);
        return await SendAsync(
            run, key, (client, endpoint, once, token) => client.WriteAsync(endpoint, key, value, condition, ttl, once, token), ct);
    }

    private static async Task<int> SendAsync(
        ClientRun run, string key, Func<RegisterClient, Uri, string, CancellationToken, Task<Answer>> send, CancellationToken ct)
    {
        using var node = new NodeClient();
        var client = new RegisterClient(node);
        // One key for all tries: a write that one node took is not made again by the next.
        var once = RegisterClient.NewIdempotencyKey();
        var outcome = await EndpointRound.RunAsync(run.Endpoints, (endpoint, token) => send(client, endpoint, once, token), ct);
        if (outcome.Answer is null)
        {
            return await run.FailAsync(
                outcome,
                $"it is not known whether '{key}' was written. Look with 'paxos get' before you write again:",
                "not written, for certain. Try again later, or another node:");
        }
        var (done, version) = outcome.Answer switch
        {
            Answer.Written written => (true, written.Version),
            Answer.Lost lost => (false, lost.Current),
            _ => (false, null),
        };
        if (run.Json)
        {
            var report = new WriteReport(key, done, version, outcome.Endpoint!.GetLeftPart(UriPartial.Authority));
            await run.Output.WriteLineAsync(JsonSerializer.Serialize(report, Json.Terminal.WriteReport));
        }
        else if (done && version is { } written)
        {
            await run.Output.WriteLineAsync(written.ToString(CultureInfo.InvariantCulture));
        }
        if (done)
            return ExitCode.Done;
        await run.Error.WriteLineAsync(version is null ? $"{run.Name}: nothing is at '{key}'." : $"{run.Name}: '{key}' has the version {version}.");
        return ExitCode.Refused;
    }

    private static Condition ConditionOf(string? ifVersion, bool ifAbsent) => (ifVersion, ifAbsent) switch
    {
        (null, false) => Condition.None,
        (null, true) => Condition.Absent,
        (_, false) => new Condition(RegisterArguments.Version("--if-version", ifVersion)),
        _ => throw new UsageException("--if-version and --if-absent exclude each other."),
    };

    private static string? Ttl(string? text) =>
        text is null || (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
            ? text
            : throw new UsageException($"--ttl: '{text}' is no number of seconds above 0.");
}
