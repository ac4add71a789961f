using Paxos.Actors.Wire;

namespace Paxos.TestKit.Network;

/// <summary>
/// Something that a <see cref="FaultyNetwork"/> does to the messages that match. It counts them, so that a spec can assert
/// that the fault it meant to inject did happen.
/// </summary>
public sealed class Fault
{
    private readonly Func<NodeEnvelope, bool> matches;
    private readonly List<(int Count, TaskCompletionSource Reached)> waiting = [];
    private readonly Lock gate = new();
    private int left;
    private int fired;

    internal Fault(FaultKind kind, Func<NodeEnvelope, bool> matches, int times)
    {
        Kind = kind;
        this.matches = matches;
        left = times;
    }

    internal FaultKind Kind { get; }

    /// <summary>How many messages it has met.</summary>
    public int Fired => Volatile.Read(ref fired);

    /// <summary>No further message is affected.</summary>
    public void Stop()
    {
        lock (gate)
            left = 0;
    }

    /// <summary>Completes when it has met that many messages.</summary>
    /// <exception cref="TimeoutException">It did not happen in time: the spec does not test what it says.</exception>
    public async Task FiredAsync(int count = 1, TimeSpan? within = null)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (fired >= count)
                return;
            waiting.Add((count, reached));
        }
        await reached.Task.WaitAsync(within ?? TimeSpan.FromSeconds(10)).ConfigureAwait(false);
    }

    internal bool Meets(NodeEnvelope envelope)
    {
        if (!matches(envelope))
            return false;
        lock (gate)
        {
            if (left == 0)
                return false;
            left--;
            fired++;
            foreach (var (_, reached) in waiting.FindAll(wait => wait.Count <= fired))
                reached.TrySetResult();
            return true;
        }
    }
}

internal enum FaultKind
{
    Lose,
    Duplicate,
    Hold,
    Watch,
}
