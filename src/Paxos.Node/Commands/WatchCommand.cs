using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos watch KEY</c>, <c>paxos watch --prefix P</c></summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var key = RegisterArguments.OptionalKey();
        var prefix = RegisterArguments.Prefix("All registers whose keys begin so; \"\" for all there are");
        var from = new Option<string?>("--from")
        {
            Description = "Begin after this revision, as a line before named it [default: with what is there now]",
            HelpName = "REV",
        };
        return ClientCommand.Create(
            "watch",
            "Print the changes of registers as they happen, until Ctrl-C, a line each: put|delete|reset REVISION KEY VALUE",
            [key, prefix, from],
            (parsed, run, ct) =>
            {
                var (what, isPrefix) = RegisterArguments.KeyOrPrefix(parsed.GetValue(key), parsed.GetValue(prefix));
                return RunAsync(run, what, isPrefix, Revision(parsed.GetValue(from)), ct);
            });
    }

    private static async Task<int> RunAsync(ClientRun run, string what, bool isPrefix, ulong? from, CancellationToken ct)
    {
        using var node = new NodeClient();
        var client = new WatchClient(
            node,
            run.Endpoints,
            what,
            isPrefix,
            from,
            e => run.Output.WriteLineAsync(run.Json ? JsonSerializer.Serialize(e, Json.Http.WatchReport) : Line(e)),
            (endpoint, why) => run.Error.WriteLineAsync(
                $"{run.Name}: {endpoint.GetLeftPart(UriPartial.Authority)} tells no more ({why}): goes on at the next that does."));
        try
        {
            var outcome = await client.RunAsync(ct);
            return await run.FailAsync(
                outcome, "no node could say what is there. Watching again is safe:", "no node could tell changes. Try again later, or another node:");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The way in which a watch ends.
            return ExitCode.Done;
        }
    }

    private static string Line(WatchReport e)
    {
        var value = e.Value is null ? e.Event == RegisterWatch.Reset ? " (absent)" : "" : " " + RegisterArguments.Print(e.Value);
        return string.Create(CultureInfo.InvariantCulture, $"{e.Event} {e.Revision} {e.Key}{value}");
    }

    private static ulong? Revision(string? text)
    {
        if (text is null)
            return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw new UsageException($"--from: '{text}' is no revision: give a whole number, as a watch prints it behind put, delete and reset.");
    }
}
