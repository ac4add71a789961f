using System.CommandLine;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.Node.Bench;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos bench</c></summary>
internal static class BenchCommand
{
    private const string Write = "write";
    private const string Read = "read";
    private const string LocalRead = "local-read";
    private const string Decide = "decide";

    private static readonly string[] Ops = [Write, Read, LocalRead, Decide];

    private const string Client = "client";
    private const string Http = "http";

    public static Command Create()
    {
        var op = new Option<string>("--op") { Description = $"What the clients do: {string.Join(", ", Ops)}", HelpName = "OP", DefaultValueFactory = _ => Write };
        var over = new Option<string>("--over")
        {
            Description = $"How they ask: {Client}, as an app that is no member, over Akka.Remote; or {Http}",
            HelpName = "WAY",
            DefaultValueFactory = _ => Client,
        };
        var clients = NumberOption.Create("--clients", "How many clients, each waiting for its answer before it asks again", 1, 1, 10_000);
        var size = NumberOption.Create("--size", "Bytes of a value", 256, 1, IRegisterStore.MaxValueBytes);
        var total = NumberOption.Create("--total", "Operations that are measured, after a warm-up", 2000, 1, 100_000_000);
        var rate = NumberOption.CreateOptional("--rate", "Operations a second, begun when they are due and not when the last one is done; without it each client asks again at once", 1, 10_000_000);
        var keys = NumberOption.Create("--keys", "How many registers are written or read, in turn", 1000, 1, 10_000_000);
        return ClientCommand.Create(
            "bench",
            "Measure a running cluster: operations a second and latency in milliseconds",
            [op, over, clients, size, total, rate, keys],
            async (parsed, run, ct) =>
            {
                var what = parsed.GetRequiredValue(op);
                if (!Ops.Contains(what))
                    throw new UsageException($"--op: there is no '{what}': {string.Join(", ", Ops)} are.{Spelling.Hint(what, Ops)}");
                var sizeBytes = parsed.GetRequiredValue(size);
                if (what == Decide && sizeBytes > PaxosExtension.MaxDecisionBytes)
                    throw new UsageException($"--size: a decision has at most {PaxosExtension.MaxDecisionBytes} bytes.");
                var way = parsed.GetRequiredValue(over);
                if (way is not (Client or Http))
                    throw new UsageException($"--over: there is no '{way}': {Client} and {Http} are.{Spelling.Hint(way, [Client, Http])}");
                using var client = new NodeClient();
                var (endpoints, contacts) = await AnsweringAsync(client, run, ct);
                await using IBenchTarget target = way == Http ? new HttpTarget(client) : new ClientTarget(contacts);
                var operation = Operation(what, target, BenchKeys.Value(sizeBytes), parsed.GetRequiredValue(keys));
                var bench = new LoadBench(endpoints, operation, parsed.GetRequiredValue(clients), parsed.GetValue(rate));
                var result = await bench.RunAsync(what, sizeBytes, parsed.GetRequiredValue(total), ct);
                await run.Output.WriteLineAsync(run.Json ? JsonSerializer.Serialize(result, Json.Terminal.BenchResult) : result.ToString());
                if (bench.FirstFailure is { } failure)
                    await run.Error.WriteLineAsync($"{run.Name}: {result.Failed} of {result.Total} failed, the first at {failure}");
                return result.Failed == 0 ? ExitCode.Done : ExitCode.Refused;
            });
    }

    private static IBenchOperation Operation(string op, IBenchTarget target, byte[] value, int keys) => op switch
    {
        Decide => new DecideOperation(target, value),
        Write => new WriteOperation(target, value, keys),
        _ => new ReadOperation(target, value, keys, op == Read ? Consistency.Linearizable : Consistency.Local),
    };

    // A client stays with its endpoint: one that is down from the beginning would be measured as errors.
    private static async Task<(IReadOnlyList<Uri> Endpoints, IReadOnlySet<string> Contacts)> AnsweringAsync(NodeClient client, ClientRun run, CancellationToken ct)
    {
        var answering = new List<Uri>();
        var silent = new List<string>();
        var contacts = new HashSet<string>();
        foreach (var endpoint in run.Endpoints)
        {
            var (status, problem) = await client.StatusAsync(endpoint, ct);
            if (status is null)
            {
                silent.Add($"{endpoint.GetLeftPart(UriPartial.Authority)}: {problem}");
                continue;
            }
            answering.Add(endpoint);
            contacts.UnionWith(status.Groups.Take(1).SelectMany(group => group.Configuration.Voters).Select(voter => voter.Address));
        }
        if (answering.Count == 0)
            throw new UsageException($"--endpoints: {string.Join("; ", silent)}. Is a cluster running ('paxos up')?");
        if (silent.Count > 0)
            await run.Error.WriteLineAsync($"{run.Name}: measured without {string.Join("; ", silent)}");
        return (answering, contacts);
    }
}
