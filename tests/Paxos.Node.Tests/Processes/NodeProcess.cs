using System.Collections.Concurrent;
using System.Diagnostics;
using Paxos.Node.Commands;

namespace Paxos.Node.Tests.Processes;

/// <summary>The built program in a process of its own, with all that it printed.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly string Program = typeof(CommandLine).Assembly.Location;

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();

    public NodeProcess(params IEnumerable<string> arguments)
    {
        // A test run in the background hands "SIGINT is ignored" down to its children: not to these.
        process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", "exec", Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public string Printed => string.Join('\n', lines);

    /// <summary>The way that no process can prepare for.</summary>
    public async Task KillAsync()
    {
        Assert.False(process.HasExited, $"It was dead before it was killed:\n{Printed}");
        process.Kill();
        // 128 + SIGKILL: really dead, and of this.
        Assert.Equal(137, await ExitAsync());
    }

    /// <param name="signal">INT or TERM.</param>
    public async Task<int> SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Bound);
        return process.ExitCode;
    }

    public Task WaitForLineAsync(string words) =>
        Eventually.HoldsAsync(() => Task.FromResult(lines.Any(line => line.Contains(words, StringComparison.Ordinal))), () => $"'{words}' was not printed:\n{Printed}");

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is { } line)
            lines.Enqueue(line);
    }
}
