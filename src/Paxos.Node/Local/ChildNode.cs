using System.Diagnostics;
using Paxos.Node.Hosting;

namespace Paxos.Node.Local;

/// <summary>A node in a process of its own, whose lines come out with its id before them.</summary>
internal sealed class ChildNode : IDisposable
{
    private const int LinesKept = 20;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Process process;
    private readonly Queue<string> lastLines = new();

    private ChildNode(LocalNode node, Process process, TextWriter output)
    {
        Node = node;
        this.process = process;
        process.OutputDataReceived += (_, e) => Print(output, e.Data);
        process.ErrorDataReceived += (_, e) => Print(output, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = WhenExitedAsync();
    }

    public LocalNode Node { get; }

    /// <summary>Completes with the exit code when the process has ended and all that it printed is out.</summary>
    public Task<int> Exited { get; }

    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (lastLines)
                return [.. lastLines];
        }
    }

    public static ChildNode Start(LocalPlan plan, LocalNode node, TextWriter output)
    {
        var start = new ProcessStartInfo(Launcher.Program, [.. Launcher.FirstArguments, .. plan.Arguments(node)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[ParentWatch.Variable] = "1";
        return new ChildNode(node, Process.Start(start)!, output);
    }

    /// <summary>Ends it cleanly, or the hard way where it takes too long.</summary>
    public async Task EndAsync()
    {
        process.StandardInput.Close();
        try
        {
            await Exited.WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            process.Kill();
            await Exited;
        }
    }

    public void Dispose() => process.Dispose();

    private async Task<int> WhenExitedAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private void Print(TextWriter output, string? line)
    {
        if (line is null)
            return;
        lock (lastLines)
        {
            if (lastLines.Count == LinesKept)
                lastLines.Dequeue();
            lastLines.Enqueue(line);
        }
        output.WriteLine($"{Node.Id} | {line}");
    }
}
