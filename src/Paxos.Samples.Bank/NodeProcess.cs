using System.Diagnostics;
using System.Threading.Channels;

namespace Paxos.Samples.Bank;

/// <summary>A node of the bank as the trial sees it: a process that says lines, takes orders, and can be killed.</summary>
internal sealed class NodeProcess : IDisposable
{
    private const string Mark = "bank: ";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Channel<string> said = Channel.CreateUnbounded<string>();

    public NodeProcess(string id, string directory, IEnumerable<int> ports)
    {
        Id = id;
        var self = Environment.ProcessPath!;
        string[] first = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [typeof(NodeProcess).Assembly.Location] : [];
        process = Process.Start(new ProcessStartInfo(self, [.. first, "node", id, directory, .. ports.Select(port => $"{port}")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
    }

    public string Id { get; }

    /// <summary>As kill -9 does: nothing is finished, nothing is said.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Waits for its next line that begins so, and returns the rest.</summary>
    /// <exception cref="TimeoutException">It said no such thing within a minute.</exception>
    public async Task<string> WaitForAsync(string beginning)
    {
        using var late = new CancellationTokenSource(Bound);
        try
        {
            await foreach (var line in said.Reader.ReadAllAsync(late.Token))
            {
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                    return line[beginning.Length..];
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }
        throw new TimeoutException($"Node {Id} did not say '{beginning}'.");
    }

    /// <summary>Waits until its clients have done so many more transfers.</summary>
    public async Task DoneAsync(int transfers)
    {
        for (var i = 0; i < transfers; i++)
            await WaitForAsync("done ");
    }

    public void Order(string what) => process.StandardInput.WriteLine(what);

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            said.Writer.TryComplete();
        else if (line.StartsWith(Mark, StringComparison.Ordinal))
            said.Writer.TryWrite(line[Mark.Length..]);
        // What the node's log warns of.
        else
            Console.Error.WriteLine($"{Id}: {line}");
    }
}
