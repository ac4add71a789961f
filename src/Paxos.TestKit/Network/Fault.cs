using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.TestKit.Network;

/// <summary>
/// Something that a <see cref="FaultyNetwork"/> does to the messages that match. It counts them, so that a spec can assert
/// that the fault it meant to inject did happen.
/// </summary>
public sealed class Fault
{
    private readonly Func<NodeEnvelope, bool> matches;
    private readonly string what;
    private readonly List<(int Count, TaskCompletionSource Reached)> waiting = [];
    private readonly Lock gate = new();
    private int left;
    private int fired;

    internal Fault(FaultKind kind, Func<NodeEnvelope, bool> matches, int times, string what)
    {
        Kind = kind;
        this.matches = matches;
        this.what = what;
        left = times;
    }

    internal FaultKind Kind { get; }

    /// <summary>Of <see cref="FaultKind.Delay"/>.</summary>
    internal TimeSpan By { get; init; }

    /// <summary>How many messages it has met.</summary>
    public int Fired => Volatile.Read(ref fired);

    /// <summary>No further message is affected.</summary>
    public void Stop()
    {
        lock (gate)
            left = 0;
    }

    /// <summary>Completes when it has met that many messages.</summary>
    /// <param name="count">Messages, since the fault began.</param>
    /// <param name="within">Null: 10 seconds.</param>
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
        var bound = within ?? TimeSpan.FromSeconds(10);
        try
        {
            await reached.Task.WaitAsync(bound).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Not met {count} times within {bound.TotalSeconds} s: {this}.");
        }
    }

    /// <summary>What it does to which messages, and how often it did.</summary>
    public override string ToString() => $"{what} (fired: {Fired})";

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

    internal static Fault Of<TMessage>(FaultKind kind, string? from, string? to, int times, string? group, TimeSpan by = default)
        where TMessage : Message
    {
        NodeId? sender = from is null ? null : new NodeId(from);
        NodeId? receiver = to is null ? null : new NodeId(to);
        GroupId? of = group is null ? null : new GroupId(group);
        return new Fault(
            kind,
            envelope => envelope.Message is TMessage
                && (sender is null || envelope.From.Id == sender)
                && (receiver is null || envelope.To.Id == receiver)
                && (of is null || envelope.Group == of),
            times,
            // Decisions and the log have messages of the same name: whose it is tells them apart.
            $"{kind} {(times == int.MaxValue ? "every" : $"{times}")} {typeof(TMessage).Namespace!.Split('.')[^1]}.{typeof(TMessage).Name}"
                + (by == default ? "" : $" by {by.TotalMilliseconds} ms")
                + $" from {from ?? "any node"} to {to ?? "any node"}{(group is null ? "" : $" in group {group}")}")
        {
            By = by,
        };
    }
}

internal enum FaultKind
{
    Lose,
    Duplicate,
    Hold,
    Delay,
    Watch,
}
