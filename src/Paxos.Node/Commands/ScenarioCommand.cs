using System.CommandLine;
using Paxos.TestKit.Charts;
using Paxos.TestKit.Scenarios;
using Command = System.CommandLine.Command;

namespace Paxos.Node.Commands;

/// <summary><c>paxos scenario [NAME|FILE] [--svg FILE]</c></summary>
internal static class ScenarioCommand
{
    public static Command Create()
    {
        var scenario = new Argument<string?>("NAME|FILE") { Description = "A built-in scenario or a file of your own; without it, the list", Arity = ArgumentArity.ZeroOrOne };
        var svg = new Option<string>("--svg") { Description = "Draw it into this file, too", HelpName = "FILE" };
        var command = new Command("scenario", "The protocol, step by step, on the real core") { scenario, svg };
        command.SetAction(async (parsed, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(scenario) is not { } name)
            {
                if (parsed.GetValue(svg) is not null)
                    throw new UsageException("--svg: say which scenario to draw: 'paxos scenario' lists them.");
                await ListAsync(output);
                return ExitCode.Done;
            }
            try
            {
                var run = (await OpenAsync(name, ct)).Run();
                await output.WriteLineAsync(MessageChart.Render(run));
                if (parsed.GetValue(svg) is { } file)
                    await WriteAsync(file, SvgChart.Render(run), ct);
                return run.Broken is null ? ExitCode.Done : ExitCode.Refused;
            }
            catch (ExpectationException e)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"paxos scenario: {e.Message}");
                return ExitCode.Refused;
            }
            catch (ScenarioException e)
            {
                throw new UsageException(e.Message);
            }
        });
        return command;
    }

    private static async Task ListAsync(TextWriter output)
    {
        var width = ScenarioLibrary.Names.Max(name => name.Length);
        foreach (var (name, scenario) in ScenarioLibrary.Names.Zip(ScenarioLibrary.BuiltIn))
            await output.WriteLineAsync($"{name.PadRight(width)}  {scenario.Title}");
        await output.WriteLineAsync();
        await output.WriteLineAsync("'paxos scenario NAME' plays one; its number will do for the name.");
    }

    private static async Task<Scenario> OpenAsync(string name, CancellationToken ct)
    {
        if (ScenarioLibrary.Open(name) is { } builtIn)
            return builtIn;
        try
        {
            return Scenario.Parse(await File.ReadAllTextAsync(name, ct), name);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"'{name}' is neither a built-in scenario nor a file.{Spelling.Hint(name, ScenarioLibrary.Names)} 'paxos scenario' lists the built-in ones.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(e.Message);
        }
    }

    private static async Task WriteAsync(string file, string svg, CancellationToken ct)
    {
        try
        {
            await File.WriteAllTextAsync(file, svg, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--svg: {e.Message}");
        }
    }
}
