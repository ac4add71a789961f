using System.Collections;

namespace Paxos.Protocol;

/// <summary>What one role says to another.</summary>
public abstract record Message;

/// <summary>
/// What a role must remember across a crash. Events are idempotent: replayed onto a state that holds them already, they
/// change nothing.
/// </summary>
public abstract record Event;

/// <summary>The timers that roles ask for. Starting one that runs starts it anew.</summary>
public enum Timer
{
    /// <summary>Ask again those who have not answered, or try a higher ballot.</summary>
    Retry,
}

/// <summary>Something that a role wants done. A role never does it: its host does.</summary>
public abstract record Effect
{
    private Effect() { }

    public sealed record Persist(Event Event) : Effect;

    public sealed record Send(NodeId To, Message Message) : Effect;

    /// <summary>The host draws the delay, uniform from <paramref name="Min"/> to <paramref name="Max"/>.</summary>
    public sealed record StartTimer(Timer Timer, TimeSpan Min, TimeSpan Max) : Effect;

    public sealed record StopTimer(Timer Timer) : Effect;

    /// <summary>The instance has chosen this value, for ever. Whoever asked may be told.</summary>
    public sealed record Chosen(Value Value) : Effect;

    /// <summary>The answer to a read: nothing had been chosen when the read began.</summary>
    public sealed record Undecided : Effect;
}

/// <summary>
/// The effects of one step, in order. The order matters: a message leaves only after every persist before it, in this step
/// and in all earlier ones, is durable. <see cref="Outbox"/> keeps that rule for a host.
/// </summary>
public sealed class Effects : IReadOnlyList<Effect>
{
    private readonly List<Effect> effects = [];

    public int Count => effects.Count;

    public Effect this[int index] => effects[index];

    public void Persist(Event @event) => effects.Add(new Effect.Persist(@event));

    public void Send(NodeId to, Message message) => effects.Add(new Effect.Send(to, message));

    public void StartTimer(Timer timer, TimeSpan min, TimeSpan max) => effects.Add(new Effect.StartTimer(timer, min, max));

    public void StopTimer(Timer timer) => effects.Add(new Effect.StopTimer(timer));

    public void Chosen(Value value) => effects.Add(new Effect.Chosen(value));

    public void Undecided() => effects.Add(new Effect.Undecided());

    /// <summary>Empties the list, so that one serves every step of a role.</summary>
    public void Clear() => effects.Clear();

    public List<Effect>.Enumerator GetEnumerator() => effects.GetEnumerator();

    IEnumerator<Effect> IEnumerable<Effect>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
