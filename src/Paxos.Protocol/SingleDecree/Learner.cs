namespace Paxos.Protocol.SingleDecree;

/// <summary>
/// Learns what is chosen and never forgets it ("Paxos Made Simple", section 2.3). The proposer tells it; one that was away
/// asks everyone until somebody who knows answers. Where nobody knows, a proposer's read round finds out.
/// </summary>
public sealed class Learner(NodeId self, Configuration configuration, RetryDelays delays)
{
    private Value? chosen;
    private TimeSpan patience = delays.Base;

    /// <summary>Wants to know: at once where it knows, else when somebody tells.</summary>
    public void Ask(Effects effects)
    {
        if (chosen is { } value)
        {
            effects.Tell(new Effect.Chosen(value));
            return;
        }
        foreach (var node in configuration.Everyone)
        {
            if (node != self)
                effects.Send(node, new Learn());
        }
        effects.StartTimer(Timer.Retry, patience, patience * 1.5);
    }

    public void On(NodeId from, Message message, Effects effects)
    {
        switch (message)
        {
            case Chosen m when chosen is null:
                chosen = m.Value;
                effects.Persist(new ValueChosen(m.Value));
                effects.StopTimer(Timer.Retry);
                effects.Tell(new Effect.Chosen(m.Value));
                break;
            case Learn when chosen is { } value:
                effects.Send(from, new Chosen(value));
                break;
        }
    }

    /// <summary>There are others to ask from now on.</summary>
    public void Adopt(Configuration next) => configuration = next;

    public void OnRetry(Effects effects)
    {
        if (chosen is not null)
            return;
        patience = delays.After(patience);
        Ask(effects);
    }

    public void Recover(Event @event)
    {
        if (@event is ValueChosen e)
            chosen = e.Value;
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Value(chosen);
        writer.Duration(patience);
    }

    public void Read(ref CanonicalReader reader)
    {
        chosen = reader.Value();
        patience = reader.Duration();
    }
}
