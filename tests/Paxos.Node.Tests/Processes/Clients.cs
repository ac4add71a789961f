using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Paxos.Node.Tests.Processes;

/// <summary>
/// Clients on all nodes, who decide name after name, each name from every node with a value of its own: rivals. They keep what
/// they were told; a node that is dead or can't is asked again for the next name.
/// </summary>
internal sealed class Clients : IAsyncDisposable
{
    private readonly ProcessCluster cluster;
    private readonly string run;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] asking;
    private int answers;
    private int failures;

    public Clients(ProcessCluster cluster, string run)
    {
        this.cluster = cluster;
        this.run = run;
        asking = [.. cluster.Ids.Select(id => Task.Run(() => AskAsync(id)))];
    }

    /// <summary>What was told for each name, by anyone: the first answer.</summary>
    public ConcurrentDictionary<string, string> Told { get; } = new();

    /// <summary>Names for which two clients were told different values.</summary>
    public ConcurrentQueue<string> Contradictions { get; } = new();

    /// <summary>Requests that broke off or were refused: the faults were felt.</summary>
    public int Failures => failures;

    /// <summary>Waits until so many more answers came: decisions are under way.</summary>
    public Task MoreAnswersAsync(int count)
    {
        var goal = Volatile.Read(ref answers) + count;
        return Eventually.HoldsAsync(
            () => Task.FromResult(Volatile.Read(ref answers) >= goal),
            () => $"no {count} more answers came: {answers} of {goal}, {failures} failures");
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(asking);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }

    private async Task AskAsync(string id)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var name = $"{run}/{i}";
            try
            {
                var (code, text) = await cluster.DecideAsync(id, name, $"{id}-{i}");
                if (code == HttpStatusCode.OK)
                    Hear(name, text);
                else
                    Interlocked.Increment(ref failures);
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException)
            {
                Interlocked.Increment(ref failures);
            }
        }
    }

    private void Hear(string name, string value)
    {
        if (Told.GetOrAdd(name, value) is var first && first != value)
            Contradictions.Enqueue($"{name}: {first} and {value}");
        Interlocked.Increment(ref answers);
    }
}
