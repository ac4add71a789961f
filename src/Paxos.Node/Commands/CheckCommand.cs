using System.CommandLine;
using System.Globalization;
using Paxos.TestKit.Checking;

namespace Paxos.Node.Commands;

/// <summary><c>paxos check</c></summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var suite = new CheckOptions();
        var acceptors = NumberOption.Create("--acceptors", "Nodes that vote", suite.Acceptors, 1, CheckOptions.MaxAcceptors);
        var proposers = NumberOption.Create("--proposers", "Nodes that propose, each a value of its own", suite.Proposers, 0, CheckOptions.MaxAcceptors);
        var readers = NumberOption.Create("--readers", "Nodes that read", suite.Readers, 0, CheckOptions.MaxAcceptors);
        var learners = NumberOption.Create("--learners", "Nodes without a vote", suite.Learners, 0, 3);
        var rounds = NumberOption.Create("--rounds", "Ballots of each proposer and reader", suite.Rounds, 1, 5);
        var crashes = NumberOption.Create("--crashes", "Crashes, of any role at any point", suite.Crashes, 0, 9);
        var maxStates = NumberOption.Create("--max-states", "Give up beyond so many, about 60 bytes of memory each", suite.MaxStates, 1, 500_000_000);
        var command = new Command("check", "Every run of the protocol within a bound, on the real core: does each invariant hold?")
        {
            acceptors, proposers, readers, learners, rounds, crashes, maxStates,
        };
        command.SetAction((parsed, ct) => RunAsync(
            new CheckOptions
            {
                Acceptors = parsed.GetRequiredValue(acceptors),
                Proposers = parsed.GetRequiredValue(proposers),
                Readers = parsed.GetRequiredValue(readers),
                Learners = parsed.GetRequiredValue(learners),
                Rounds = parsed.GetRequiredValue(rounds),
                Crashes = parsed.GetRequiredValue(crashes),
                MaxStates = parsed.GetRequiredValue(maxStates),
            },
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            ct));
        return command;
    }

    private static async Task<int> RunAsync(CheckOptions options, TextWriter output, TextWriter error, CancellationToken ct)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
        // The search knows no cancellation: on Ctrl-C it is left behind, and ends with the process.
        var result = await Task.Run(() => ExhaustiveCheck.Run(options, new ProgressLines(error)), CancellationToken.None).WaitAsync(ct);
        await output.WriteAsync(result.ToString());
        return result.IsComplete ? ExitCode.Done : ExitCode.Refused;
    }

    // Written at once by the thread that searches: a line late would land among the result's.
    private sealed class ProgressLines(TextWriter error) : IProgress<CheckProgress>
    {
        public void Report(CheckProgress value) => error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{value.States:N0} states, {value.Waiting:N0} waiting, depth {value.Depth}"));
    }
}
