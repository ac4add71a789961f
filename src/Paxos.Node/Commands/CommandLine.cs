using System.CommandLine;
using System.CommandLine.Parsing;

namespace Paxos.Node.Commands;

/// <summary>The commands together, and what becomes of a command line that is none.</summary>
internal static class CommandLine
{
    // Longer than a node or a local cluster takes to end cleanly: after it the process is ended the hard way.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Paxos for Akka.NET: nodes that agree on values, and never take one back.")
        {
            UpCommand.Create(),
            NodeCommand.Create(),
            DecideCommand.Create(),
            GetCommand.Create(),
            WriteCommands.Set(),
            WriteCommands.CompareAndSet(),
            WriteCommands.Delete(),
            WatchCommand.Create(),
            StatusCommand.Create(),
            MembersCommand.Create(),
            MembersCommand.Leader(),
            ScenarioCommand.Create(),
            CheckCommand.Create(),
            TortureCommand.Create(),
            BenchCommand.Create(),
        };
        // A value may begin with '@': it is no file of further arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
        };
        if (args.Length == 0)
        {
            await root.Parse("--help").InvokeAsync(invocation);
            return ExitCode.Usage;
        }
        var name = Path(parsed.CommandResult);
        try
        {
            if (parsed.Errors.Count > 0)
                throw new UsageException(Problem(parsed));
            return await parsed.InvokeAsync(invocation);
        }
        catch (UsageException e)
        {
            await error.WriteLineAsync($"{name}: {e.Message}");
            if (parsed.Errors.Count > 0)
                await error.WriteLineAsync($"See '{name} --help'.");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync($"{name}: interrupted.");
            return ExitCode.Refused;
        }
    }

    private static string Problem(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            var isOption = unknown.StartsWith('-');
            var candidates = isOption ? command.Options.Select(option => option.Name) : command.Subcommands.Select(sub => sub.Name);
            var hint = Spelling.Hint(unknown, candidates);
            if (isOption)
                return $"there is no option '{unknown}'.{hint}";
            return command.Subcommands.Count > 0
                ? $"there is no command '{unknown}'.{hint}"
                : $"'{unknown}' is one argument too many: put an argument that holds spaces in quotes.";
        }
        if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 }) is { } missing)
            return $"{missing.Name} is missing.";
        if (command.Action is null && command.Subcommands.Count > 0)
            return $"say what: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}.";
        return parsed.Errors[0].Message;
    }

    private static string Path(CommandResult result) =>
        result.Command is RootCommand || result.Parent is not CommandResult above ? "paxos" : $"{Path(above)} {result.Command.Name}";
}
