using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Scenarios;

/// <summary>
/// A node whose voters change, in a scenario: whether its acceptor votes, and what it takes over. Both write to one journal, so
/// that no answer leaves before what it rests on.
/// </summary>
internal sealed class NodeEpochs
{
    private const string Name = "it";

    private readonly Acceptor acceptor;
    private readonly Epochs epochs;
    private readonly Effects effects = new();

    /// <param name="events">What the node's journal holds.</param>
    public NodeEpochs(NodeId node, Configuration first, Acceptor acceptor, IReadOnlyList<Event> events)
    {
        this.acceptor = acceptor;
        epochs = new Epochs(new Member(node, default), first, RetryDelays.Default);
        foreach (var @event in events)
            epochs.Recover(@event);
    }

    public void On(NodeId from, Message message, Effects yields)
    {
        if (message is EpochMessage)
            epochs.On(from, message, effects);
        else
            acceptor.On(from, Epochs.Admit(message, epochs.VotingEpoch), effects);
        CarryOut(yields);
    }

    public void Move(Configuration next, Effects yields)
    {
        epochs.Move(next, effects);
        CarryOut(yields);
    }

    public void OnRetry(Effects yields)
    {
        epochs.OnRetry(effects);
        CarryOut(yields);
    }

    // Pages are read and taken over at once: there is one instance.
    private void CarryOut(Effects yields)
    {
        var work = new Queue<Effect>();
        do
        {
            foreach (var effect in effects)
                work.Enqueue(effect);
            effects.Clear();
            if (work.TryDequeue(out var next))
                Do(next, yields);
        }
        while (work.Count > 0 || effects.Count > 0);
    }

    private void Do(Effect effect, Effects yields)
    {
        switch (effect)
        {
            case PageWanted page:
                epochs.OnPage(page, 1, isLast: true, acceptor.Copy(Name) is { } held ? new([held]) : default, effects);
                break;
            case CopiesArrived page:
                foreach (var item in page.Items)
                    acceptor.Take(item, page.Epoch, effects);
                epochs.OnTaken(page, effects);
                break;
            case EpochIsOpen:
                break;
            case Effect.Persist persist:
                yields.Persist(persist.Event);
                break;
            case Effect.Send send:
                yields.Send(send.To, send.Message);
                break;
            case Effect.StartTimer timer:
                yields.StartTimer(timer.Timer, timer.Min, timer.Max);
                break;
            case Effect.StopTimer timer:
                yields.StopTimer(timer.Timer);
                break;
        }
    }

    public void Write(CanonicalWriter writer) => epochs.Write(writer);
}
