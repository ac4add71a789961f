using System.CommandLine;
using System.Globalization;
using Paxos.TestKit.Simulation;

namespace Paxos.Node.Commands;

/// <summary><c>paxos torture</c></summary>
internal static class TortureCommand
{
    public static Command Create()
    {
        var seed = NumberOption.Create("--seed", "The first storm; the next ones follow", 1, 0, 1_000_000_000);
        var steps = NumberOption.Create("--steps", "Go on until so many things have happened", 10_000_000, 1, 2_000_000_000);
        var cores = NumberOption.Create("--cores", "Storms at a time", Environment.ProcessorCount, 1, 1_024);
        var output = new Option<string>("--out") { Description = "Where the file of a storm that breaks something goes", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var replay = new Option<string>("--replay") { Description = "Instead: play the storm in this file again, step by step", HelpName = "FILE" };
        var command = new Command("torture", "Clusters in storms of faults, on the real core and in virtual time: does each invariant hold?")
        {
            seed, steps, cores, output, replay,
        };
        command.SetAction((parsed, ct) => parsed.GetValue(replay) is { } file
            ? ReplayAsync(file, parsed.InvocationConfiguration.Output, ct)
            : RunAsync(
                parsed.GetRequiredValue(seed),
                parsed.GetRequiredValue(steps),
                parsed.GetRequiredValue(cores),
                parsed.GetRequiredValue(output),
                parsed.InvocationConfiguration.Output,
                parsed.InvocationConfiguration.Error,
                ct));
        return command;
    }

    private static async Task<int> RunAsync(int seed, int steps, int cores, string directory, TextWriter output, TextWriter error, CancellationToken ct)
    {
        if (!Directory.Exists(directory))
            throw new UsageException($"--out: there is no directory '{directory}'.");
        CheckWritable(directory);
        var result = await Task.Run(() => Torture.Run(seed, steps, cores, progress: new ProgressLines(error), ct: ct), CancellationToken.None);
        await output.WriteAsync(Describe(result));
        if (result.Broken is not { Broken: { } broken } storm)
        {
            await output.WriteLineAsync(ct.IsCancellationRequested ? "Stopped: until then no invariant was broken." : "No invariant was broken.");
            return ct.IsCancellationRequested ? ExitCode.Refused : ExitCode.Done;
        }
        await output.WriteLineAsync($"seed {storm.Seed}: {broken}");
        await output.WriteLineAsync("Looking for a smaller storm that breaks it ...");
        var smallest = await Task.Run(() => Shrinking.Shrink(storm.Seed, SimulationOptions.Draw(storm.Seed), ct), CancellationToken.None);
        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"torture-{storm.Seed}.json"));
        await File.WriteAllTextAsync(path, smallest.Write(), CancellationToken.None);
        await output.WriteLineAsync($"{smallest.Options.Faults!.Count} of {storm.Faults.Count} faults are left: {smallest.Breaks} is broken: {smallest.What}");
        await output.WriteLineAsync($"Play it again, step by step: paxos torture --replay {path}");
        return ExitCode.Refused;
    }

    // What is found after hours must not be lost because its file can't be written.
    private static void CheckWritable(string directory)
    {
        try
        {
            using var probe = new FileStream(
                Path.Combine(directory, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--out: no file can be written into '{directory}': {e.Message}");
        }
    }

    private static async Task<int> ReplayAsync(string file, TextWriter output, CancellationToken ct)
    {
        StormFile storm;
        try
        {
            storm = StormFile.Parse(await File.ReadAllTextAsync(file, ct));
        }
        catch (FormatException e)
        {
            throw new UsageException($"--replay: {file} is not a file that 'paxos torture' wrote: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--replay: {e.Message}");
        }
        var result = await Task.Run(storm.Replay, CancellationToken.None);
        foreach (var line in result.Trace)
            await output.WriteLineAsync(line);
        await output.WriteLineAsync(result.Broken switch
        {
            null => $"Nothing is broken any more. The file says: {storm.Breaks} is broken: {storm.What}",
            { } broken => broken.ToString(),
        });
        return result.Broken is null ? ExitCode.Done : ExitCode.Refused;
    }

    private static string Describe(TortureResult result)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var (what, count) in result.Sometimes.OrderByDescending(each => each.Value))
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,12:N0}  {what}"));
        var never = result.Never.ToList();
        if (never.Count > 0)
            text.WriteLine($"Never happened, and so was not tested: {string.Join("; ", never)}. More steps are needed.");
        var rate = result.Steps / Math.Max(result.Elapsed.TotalSeconds, 0.001);
        text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Seeds:N0} storms, seeds {result.First}..{result.First + result.Seeds - 1}, {result.Steps:N0} steps in {result.Elapsed.TotalSeconds:N1} s ({rate:N0} steps/s)."));
        return text.ToString();
    }

    // At most one line in five seconds.
    private sealed class ProgressLines(TextWriter error) : IProgress<TortureProgress>
    {
        private long next = Environment.TickCount64 + 5_000;

        public void Report(TortureProgress value)
        {
            if (Environment.TickCount64 < next)
                return;
            next = Environment.TickCount64 + 5_000;
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Seeds:N0} storms, {value.Steps:N0} steps"));
        }
    }
}
