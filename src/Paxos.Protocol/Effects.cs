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

    /// <summary>Stand for leader, where nobody leads.</summary>
    Stand,

    /// <summary>Something that the log waits for is due: a tick of its clock is to be proposed.</summary>
    Tick,
}

/// <summary>Something that a role wants done. A role never does it: its host does.</summary>
public abstract record Effect
{
    private Effect() { }

    public sealed record Persist(Event Event) : Effect;

    /// <param name="Overtakes">
    /// It need not wait for the writes before it: a refusal, or what is true whether they become durable or not.
    /// </param>
    public sealed record Send(NodeId To, Message Message, bool Overtakes = false) : Effect;

    /// <summary>The host draws the delay, uniform from <paramref name="Min"/> to <paramref name="Max"/>.</summary>
    public sealed record StartTimer(Timer Timer, TimeSpan Min, TimeSpan Max) : Effect;

    public sealed record StopTimer(Timer Timer) : Effect;

    /// <summary>What the host is told, for whoever waits there. It waits for the writes before it, as a message does.</summary>
    public abstract record Told : Effect;

    /// <summary>The instance has chosen this value, for ever. Whoever asked may be told.</summary>
    public sealed record Chosen(Value Value) : Told;

    /// <summary>The answer to a read: nothing had been chosen when the read began.</summary>
    public sealed record Undecided : Told;
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

    /// <inheritdoc cref="Effect.Send.Overtakes"/>
    public void SendNow(NodeId to, Message message) => effects.Add(new Effect.Send(to, message, Overtakes: true));

    public void StartTimer(Timer timer, TimeSpan min, TimeSpan max) => effects.Add(new Effect.StartTimer(timer, min, max));

    public void StopTimer(Timer timer) => effects.Add(new Effect.StopTimer(timer));

    public void Tell(Effect.Told told) => effects.Add(told);

    /// <summary>Empties the list, so that one serves every step of a role.</summary>
    public void Clear() => effects.Clear();

    public List<Effect>.Enumerator GetEnumerator() => effects.GetEnumerator();

    IEnumerator<Effect> IEnumerable<Effect>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
