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

    public static Command Create()
    {
        var op = new Option<string>("--op") { Description = $"What the clients do: {string.Join(", ", Ops)}", HelpName = "OP", DefaultValueFactory = _ => Write };
        var clients = NumberOption.Create("--clients", "How many clients, each waiting for its answer before it asks again", 1, 1, 10_000);
        var size = NumberOption.Create("--size", "Bytes of a value", 256, 1, IRegisterStore.MaxValueBytes);
        var total = NumberOption.Create("--total", "Operations that are measured, after a warm-up", 2000, 1, 100_000_000);
        var keys = NumberOption.Create("--keys", "How many registers are written or read, in turn", 1000, 1, 10_000_000);
        return ClientCommand.Create(
            "bench",
            "Measure a running cluster: operations a second and latency in milliseconds",
            [op, clients, size, total, keys],
            async (parsed, run, ct) =>
            {
                var what = parsed.GetRequiredValue(op);
                if (!Ops.Contains(what))
                    throw new UsageException($"--op: there is no '{what}': {string.Join(", ", Ops)} are.{Spelling.Hint(what, Ops)}");
                var sizeBytes = parsed.GetRequiredValue(size);
                if (what == Decide && sizeBytes > PaxosExtension.MaxDecisionBytes)
                    throw new UsageException($"--size: a decision has at most {PaxosExtension.MaxDecisionBytes} bytes.");
                using var client = new NodeClient();
                var endpoints = await AnsweringAsync(client, run, ct);
                var operation = Operation(what, client, BenchKeys.Value(sizeBytes), parsed.GetRequiredValue(keys));
                var bench = new LoadBench(endpoints, operation, parsed.GetRequiredValue(clients));
                var result = await bench.RunAsync(what, sizeBytes, parsed.GetRequiredValue(total), ct);
                await run.Output.WriteLineAsync(run.Json ? JsonSerializer.Serialize(result, Json.Terminal.BenchResult) : result.ToString());
                if (bench.FirstFailure is { } failure)
                    await run.Error.WriteLineAsync($"{run.Name}: {result.Failed} of {result.Total} failed, the first at {failure}");
                return result.Failed == 0 ? ExitCode.Done : ExitCode.Refused;
            });
    }

    private static IBenchOperation Operation(string op, NodeClient client, byte[] value, int keys) => op switch
    {
        Decide => new DecideOperation(client, value),
        Write => new WriteOperation(new RegisterClient(client), value, keys),
        _ => new ReadOperation(new RegisterClient(client), value, keys, op == Read ? Consistency.Linearizable : Consistency.Local),
    };

    // A client stays with its endpoint: one that is down from the beginning would be measured as errors.
    private static async Task<IReadOnlyList<Uri>> AnsweringAsync(NodeClient client, ClientRun run, CancellationToken ct)
    {
        var answering = new List<Uri>();
        var silent = new List<string>();
        foreach (var endpoint in run.Endpoints)
        {
            if (await client.StatusAsync(endpoint, ct) is (null, var problem))
                silent.Add($"{endpoint.GetLeftPart(UriPartial.Authority)}: {problem}");
            else
                answering.Add(endpoint);
        }
        if (answering.Count == 0)
            throw new UsageException($"--endpoints: {string.Join("; ", silent)}. Is a cluster running ('paxos up')?");
        if (silent.Count > 0)
            await run.Error.WriteLineAsync($"{run.Name}: measured without {string.Join("; ", silent)}");
        return answering;
    }
}
