using Paxos.Node.Client;

namespace Paxos.Node.Local;

/// <summary>The nodes of <c>paxos up</c>, from their start to their end.</summary>
internal sealed class LocalCluster(LocalPlan plan, TextWriter output, TextWriter error)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<ChildNode> dead = [];

    public async Task<int> RunAsync(CancellationToken ct)
    {
        using var client = new NodeClient();
        var children = plan.Nodes.Select(node => ChildNode.Start(plan, node, output)).ToList();
        try
        {
            var code = await WaitUntilReadyAsync(client, children, ct);
            if (code != ExitCode.Done)
                return code;
            await WatchAsync(children, ct);
            return dead.Count == children.Count ? ExitCode.Refused : ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Done;
        }
        finally
        {
            await Task.WhenAll(children.Select(child => child.EndAsync()));
            children.ForEach(child => child.Dispose());
        }
    }

    private async Task<int> WaitUntilReadyAsync(NodeClient client, List<ChildNode> children, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(StartTimeout);
        using var timer = new PeriodicTimer(PollInterval);
        var waiting = children.ToList();
        var ready = new List<ChildNode>();
        while (waiting.Count > 0)
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return Failed(waiting[0], $"was not ready within {StartTimeout.TotalSeconds} seconds", ExitCode.Refused);
            }
            foreach (var child in waiting.ToList())
            {
                if (child.Exited.IsCompleted)
                    return Failed(child, $"ended with exit code {await child.Exited}", await child.Exited == ExitCode.Usage ? ExitCode.Usage : ExitCode.Refused);
                var (status, _) = await client.StatusAsync(child.Node.Endpoint, deadline.Token);
                if (status is { State: "running" } && status.Groups.All(group => group.QuorumConnected))
                    ready.Add(child);
                else if (status is not { State: "refused" or "failed" })
                    continue;
                waiting.Remove(child);
            }
        }
        if (ready.Count < plan.Majority)
            return Failed(children.First(child => !ready.Contains(child)), "takes no part, and too few are left", ExitCode.Refused);
        Announce(ready);
        return ExitCode.Done;
    }

    private void Announce(List<ChildNode> ready)
    {
        output.WriteLine();
        output.WriteLine(ready.Count == plan.Nodes.Count ? $"{ready.Count} nodes are ready:" : $"{ready.Count} of {plan.Nodes.Count} nodes are ready:");
        foreach (var child in ready)
            output.WriteLine($"  {child.Node.Id}  http://{child.Node.Http}  data in {child.Node.Data}");
        List<string> example = ["decide", "t-shirt/color", "blue"];
        if (plan.Nodes[0].Http.Port != Commands.UpCommand.DefaultHttpPort)
            example.AddRange(["--endpoints", string.Join(',', ready.Select(child => $"http://{child.Node.Http}"))]);
        output.WriteLine("Try, in another terminal:");
        output.WriteLine($"  {Launcher.CommandLine(example)}");
        output.WriteLine($"  curl http://{ready[0].Node.Http}/v1/decisions/t-shirt/color");
        output.WriteLine("Ctrl-C ends them all; what is decided stays.");
        output.WriteLine();
    }

    // Until Ctrl-C, or until no node is left.
    private async Task WatchAsync(List<ChildNode> children, CancellationToken ct)
    {
        while (dead.Count < children.Count)
        {
            var alive = children.Where(child => !dead.Contains(child)).ToList();
            await Task.WhenAny(alive.Select(child => child.Exited)).WaitAsync(ct);
            foreach (var child in alive.Where(child => child.Exited.IsCompleted))
            {
                dead.Add(child);
                output.WriteLine($"node {child.Node.Id} ended with exit code {await child.Exited}. To start it again:");
                output.WriteLine($"  {Launcher.CommandLine(plan.Arguments(child.Node))}");
            }
        }
        output.WriteLine("no node is left");
    }

    private int Failed(ChildNode child, string what, int code)
    {
        error.WriteLine($"paxos up: node {child.Node.Id} {what}. Its last lines:");
        foreach (var line in child.LastLines)
            error.WriteLine($"  {line}");
        return code;
    }
}
