using System.CommandLine;
using Paxos.Node.Client;

namespace Paxos.Node.Commands;

/// <summary>What a command that asks running nodes works with.</summary>
/// <param name="Name">As it was called, for its messages.</param>
internal sealed record ClientRun(string Name, IReadOnlyList<Uri> Endpoints, bool Json, TextWriter Output, TextWriter Error)
{
    public const string NobodyThere =
        "none of --endpoints could be reached. Is a cluster running ('paxos up')? Are these the addresses that it printed?";

    /// <summary>Tells what a request came to that no endpoint settled.</summary>
    public async Task<int> FailAsync(Outcome outcome, string unknown, string refused)
    {
        await Error.WriteLineAsync($"{Name}: " + outcome.ExitCode switch
        {
            ExitCode.Unknown => unknown,
            ExitCode.Refused => refused,
            _ when outcome.Endpoint is not null => "the node does not take this request:",
            _ => NobodyThere,
        });
        foreach (var line in outcome.Said)
            await Error.WriteLineAsync(line);
        return outcome.ExitCode;
    }
}

/// <summary>The wiring that every command has which asks running nodes.</summary>
internal static class ClientCommand
{
    /// <param name="above">The command that this one belongs to.</param>
    public static Command Create(
        string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, ClientRun, CancellationToken, Task<int>> run, string? above = null)
    {
        var endpoints = ClientOptions.Endpoints();
        var json = ClientOptions.Json();
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }
        command.Add(endpoints);
        command.Add(json);
        command.SetAction((parsed, ct) => run(
            parsed,
            new ClientRun(
                above is null ? $"paxos {name}" : $"paxos {above} {name}",
                ClientOptions.Parse(parsed.GetRequiredValue(endpoints)),
                parsed.GetValue(json),
                parsed.InvocationConfiguration.Output,
                parsed.InvocationConfiguration.Error),
            ct));
        return command;
    }
}
