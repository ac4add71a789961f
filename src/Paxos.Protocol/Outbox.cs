namespace Paxos.Protocol;

/// <summary>Who carries a role's effects out: an actor, a simulator, a scenario.</summary>
public interface IHost
{
    /// <summary>Begins to write. When the event is durable the host calls <see cref="Outbox.Persisted"/>, in the order of the calls.</summary>
    void Persist(Event @event);

    void Send(NodeId to, Message message);

    void StartTimer(Timer timer, TimeSpan min, TimeSpan max);

    void StopTimer(Timer timer);

    void Tell(Effect.Told told);
}

/// <summary>
/// The rule that everything rests on: a message leaves only after every persist that its role issued before it is durable,
/// in this step or an earlier one. A retransmitted Accept yields no new persist, and its Accepted still waits here for
/// the first one's write. What is told to a client waits likewise; timers do not, nor does what may overtake.
/// </summary>
/// <remarks>
/// A role changes its state when it handles a message and not when the write returns: an acceptor that checked an Accept
/// against its last durable promise, while a higher one is being written, would break Paxos. So a write that fails leaves a
/// state that was never durable: the host drops role and outbox, and comes back with what the journal holds.
/// </remarks>
public sealed class Outbox
{
    // In order; a Persist stands for its write that is still under way, and holds back what is behind it.
    private readonly Queue<(Effect Effect, IHost Host)> held = new();

    /// <summary>True while a write is under way.</summary>
    public bool IsWaiting => held.Count > 0;

    /// <param name="host">Who carries these effects out: roles that share what they persist share an outbox.</param>
    public void Add(Effects effects, IHost host)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.Send { Overtakes: true } send:
                    host.Send(send.To, send.Message);
                    break;
                case Effect.StartTimer start:
                    host.StartTimer(start.Timer, start.Min, start.Max);
                    break;
                case Effect.StopTimer stop:
                    host.StopTimer(stop.Timer);
                    break;
                case Effect.Persist persist:
                    held.Enqueue((persist, host));
                    host.Persist(persist.Event);
                    break;
                default:
                    if (held.Count > 0)
                        held.Enqueue((effect, host));
                    else
                        Release(effect, host);
                    break;
            }
        }
    }

    /// <summary>The oldest write under way is durable: what waited for it and for nothing younger leaves.</summary>
    public void Persisted()
    {
        held.Dequeue();
        while (held.TryPeek(out var next) && next.Effect is not Effect.Persist)
        {
            held.Dequeue();
            Release(next.Effect, next.Host);
        }
    }

    private static void Release(Effect effect, IHost host)
    {
        switch (effect)
        {
            case Effect.Send send:
                host.Send(send.To, send.Message);
                break;
            case Effect.Told told:
                host.Tell(told);
                break;
        }
    }
}
