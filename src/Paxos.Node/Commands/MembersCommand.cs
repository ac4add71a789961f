using System.CommandLine;
using System.Text.Json;
using Paxos.Node.Client;
using Paxos.Node.Configuration;
using Paxos.Node.Http;

namespace Paxos.Node.Commands;

/// <summary><c>paxos members [add|remove|promote|replace]</c> and <c>paxos leader transfer</c></summary>
internal static class MembersCommand
{
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var command = ClientCommand.Create("members", "Show who the members are, or change it while the cluster is at work", [], (_, run, ct) => ListAsync(run, ct));
        command.Add(Change("add", "Add a node that runs with --join: it votes as soon as it has caught up", takesAddress: true));
        command.Add(Change("remove", "Remove a node, be it up or down", takesAddress: false));
        command.Add(Change("promote", "Make a voter of a learner that has caught up", takesAddress: false));
        command.Add(Change("replace", "Put a node with an empty data directory, which runs with --join, in the place of a lost one of its name", takesAddress: true));
        return command;
    }

    public static Command Leader()
    {
        var id = Id();
        return new Command("leader", "Say who is to lead")
        {
            ClientCommand.Create("transfer", "Let another voter lead", [id], (parsed, run, ct) => TransferAsync(run, Checked(parsed.GetRequiredValue(id)), ct), "leader"),
        };
    }

    private static Command Change(string action, string description, bool takesAddress)
    {
        var id = Id();
        var address = new Argument<string?>("ADDRESS")
        {
            Description = "HOST:PORT of its remoting, as the node says itself [default: what it says]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return ClientCommand.Create(
            action,
            description,
            takesAddress ? [id, address] : [id],
            (parsed, run, ct) =>
            {
                var given = takesAddress && parsed.GetValue(address) is { } text ? HostPort.Parse(text, "ADDRESS").ToString() : null;
                return ChangeAsync(run, new MemberRequest(action, Checked(parsed.GetRequiredValue(id)), given), ct);
            },
            "members");
    }

    private static Argument<string> Id() => new("ID") { Description = "The node's id" };

    private static string Checked(string id)
    {
        MemberList.CheckId(id, "ID");
        return id;
    }

    private static async Task<int> ListAsync(ClientRun run, CancellationToken ct)
    {
        using var client = new NodeClient();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(ListTimeout);
        foreach (var endpoint in run.Endpoints)
        {
            // A node that takes no part may not know who the members are now.
            if ((await client.StatusAsync(endpoint, deadline.Token)).Status is { State: "running", Groups: [var group, ..] })
            {
                await PrintAsync(run, group.Configuration);
                return ExitCode.Done;
            }
        }
        await run.Error.WriteLineAsync($"{run.Name}: no node that takes part answers at any of --endpoints.");
        return ExitCode.Refused;
    }

    private static async Task<int> ChangeAsync(ClientRun run, MemberRequest request, CancellationToken ct)
    {
        using var node = new NodeClient();
        var client = new MemberClient(node);
        var outcome = await EndpointRound.RunAsync(run.Endpoints, (endpoint, token) => client.ChangeAsync(endpoint, request, token), ct);
        if (outcome.Answer is Answer.Changed changed)
        {
            await PrintAsync(run, changed.Configuration);
            return ExitCode.Done;
        }
        return await FailAsync(run, outcome, "it is not known whether the members were changed. Look with 'paxos members' before you ask again:");
    }

    private static async Task<int> TransferAsync(ClientRun run, string id, CancellationToken ct)
    {
        using var node = new NodeClient();
        var client = new MemberClient(node);
        var outcome = await EndpointRound.RunAsync(run.Endpoints, (endpoint, token) => client.TransferAsync(endpoint, new LeaderRequest(id), token), ct);
        if (outcome.Answer is Answer.Led led)
        {
            await run.Output.WriteLineAsync(run.Json ? JsonSerializer.Serialize(led.Leader, Json.Terminal.LeaderDocument) : led.Leader.Id);
            return ExitCode.Done;
        }
        return await FailAsync(run, outcome, "it is not known who leads. Look with 'paxos status' before you ask again:");
    }

    private static async Task<int> FailAsync(ClientRun run, Outcome outcome, string unknown)
    {
        if (outcome.Answer is not Answer.NotChanged refused)
            return await run.FailAsync(outcome, unknown, "nothing was changed, for certain. Try again later, or another node:");
        await run.Error.WriteLineAsync($"{run.Name}: {refused.Detail}");
        return ExitCode.Refused;
    }

    private static async Task PrintAsync(ClientRun run, ConfigurationDocument configuration)
    {
        if (run.Json)
        {
            await run.Output.WriteLineAsync(JsonSerializer.Serialize(configuration, Json.Terminal.ConfigurationDocument));
            return;
        }
        await run.Output.WriteLineAsync($"configuration {configuration.Epoch}");
        foreach (var (member, role) in configuration.Voters.Select(voter => (voter, "voter")).Concat(configuration.Learners.Select(learner => (learner, "learner"))))
            await run.Output.WriteLineAsync($"{member.Id,-8} {role,-8} {member.Address,-22} {member.Http ?? "-"}");
    }
}
