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
    private const string Lease = "lease";

    private static readonly string[] Ops = [Write, Read, LocalRead, Decide, Lease];

    private static readonly TimeSpan LeaseTtl = TimeSpan.FromSeconds(30);

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
        var groups = NumberOption.CreateOptional("--groups", "Only registers of so many groups, the first of paxos.registers.groups [default: of all]", 1, RegisterGroups.Max);
        var watches = NumberOption.Create("--watches", "Watches that are open meanwhile, spread over the registers in turn: how many events they are told, and how late", 0, 0, 100_000);
        return ClientCommand.Create(
            "bench",
            "Measure a running cluster: operations a second and latency in milliseconds",
            [op, over, clients, size, total, rate, keys, groups, watches],
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
                if (what == Decide && parsed.GetValue(groups) is not null)
                    throw new UsageException("--groups: it is for registers, and decisions are in no group: each has votes of its own.");
                var clientCount = parsed.GetRequiredValue(clients);
                // Each renews in its turn, and its lease is to hold until then.
                if (what == Lease && parsed.GetValue(rate) is { } slow && clientCount > slow * LeaseTtl.TotalSeconds / 2)
                {
                    throw new UsageException(
                        $"--rate: {slow} operations a second renew each of {clientCount} leases every {(double)clientCount / slow:F0} s, and they end after {LeaseTtl.TotalSeconds} s: "
                        + $"give {Math.Ceiling(clientCount * 2 / LeaseTtl.TotalSeconds)} or more, or fewer --clients.");
                }
                var watchCount = parsed.GetRequiredValue(watches);
                if (watchCount > 0 && what is not (Write or Lease))
                    throw new UsageException($"--watches: what is watched must be written: with --op {Write} or {Lease}.");
                if (watchCount > 0 && sizeBytes < BenchValues.StampBytes)
                    throw new UsageException($"--size: a value that is watched says when it was written: give {BenchValues.StampBytes} bytes or more with --watches.");
                using var client = new NodeClient();
                var (endpoints, contacts, groupsInCluster) = await AnsweringAsync(client, run, ct);
                if (parsed.GetValue(groups) > groupsInCluster)
                {
                    throw new UsageException(
                        $"--groups: {parsed.GetValue(groups)} are more than the cluster has: {groupsInCluster} (paxos.registers.groups, in its nodes' configuration before their first start).");
                }
                await using IBenchTarget target = way == Http ? new HttpTarget(client) : new ClientTarget(contacts);
                var values = new BenchValues(sizeBytes, isStamped: watchCount > 0);
                var registers = what == Lease
                    ? new BenchKeys(BenchKeys.NewPrefix(), clientCount, parsed.GetValue(groups), groupsInCluster)
                    : new BenchKeys("bench/", parsed.GetRequiredValue(keys), parsed.GetValue(groups), groupsInCluster);
                IBenchOperation operation = what switch
                {
                    Decide => new DecideOperation(target, values),
                    Write => new WriteOperation(target, values, registers),
                    Lease => new LeaseOperation(target, values, registers, LeaseTtl),
                    _ => new ReadOperation(target, values, registers, what == Read ? Consistency.Linearizable : Consistency.Local),
                };
                await using var watching = operation is IWriteOperation writes && watchCount > 0
                    ? new BenchWatches(target, endpoints, writes, registers, values, watchCount)
                    : null;
                var bench = new LoadBench(endpoints, operation, clientCount, parsed.GetValue(rate), watching);
                var result = await bench.RunAsync(what, sizeBytes, parsed.GetRequiredValue(total), ct);
                await run.Output.WriteLineAsync(run.Json ? JsonSerializer.Serialize(result, Json.Terminal.BenchResult) : result.ToString());
                if (bench.FirstFailure is { } failure)
                    await run.Error.WriteLineAsync($"{run.Name}: {result.Failed} of {result.Total} failed, the first at {failure}");
                return result.Failed == 0 ? ExitCode.Done : ExitCode.Refused;
            });
    }

    // A client stays with its endpoint: one that is down from the beginning would be measured as errors.
    private static async Task<(IReadOnlyList<Uri> Endpoints, IReadOnlySet<string> Contacts, int Groups)> AnsweringAsync(NodeClient client, ClientRun run, CancellationToken ct)
    {
        var answering = new List<Uri>();
        var silent = new List<string>();
        var contacts = new HashSet<string>();
        // A node that is not ready may know of none.
        var groups = 1;
        foreach (var endpoint in run.Endpoints)
        {
            var (status, problem) = await client.StatusAsync(endpoint, ct);
            if (status is null)
            {
                silent.Add($"{endpoint.GetLeftPart(UriPartial.Authority)}: {problem}");
                continue;
            }
            answering.Add(endpoint);
            groups = Math.Max(groups, status.Groups.Count);
            contacts.UnionWith(status.Groups.Take(1).SelectMany(group => group.Configuration.Voters).Select(voter => voter.Address));
        }
        if (answering.Count == 0)
            throw new UsageException($"--endpoints: {string.Join("; ", silent)}. Is a cluster running ('paxos up')?");
        if (silent.Count > 0)
            await run.Error.WriteLineAsync($"{run.Name}: measured without {string.Join("; ", silent)}");
        return (answering, contacts, groups);
    }
}
