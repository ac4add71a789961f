using Akka.Actor;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>
/// The replies for one caller. They are put in by whoever has them, on any thread; the first one wakes the desk, and what came
/// by the time that it looks goes as one message.
/// </summary>
internal sealed class ReplyBox(IActorRef desk, IActorRef caller, ulong number) : INoSerializationVerificationNeeded
{
    private readonly Lock gate = new();
    private Queue<Proto.Reply> waiting = new();
    private Queue<Proto.Reply> sending = new();

    public IActorRef Caller => caller;

    public ulong Number => number;

    /// <summary>How many calls are not answered yet. The desk's own.</summary>
    public int Open { get; set; }

    /// <summary>The last message with calls that came from the caller. The desk's own.</summary>
    public ulong Taken { get; set; }

    public void Add(Proto.Reply reply)
    {
        lock (gate)
        {
            waiting.Enqueue(reply);
            if (waiting.Count > 1)
                return;
        }
        desk.Tell(this, ActorRefs.NoSender);
    }

    public void Send(bool isServing)
    {
        lock (gate)
            (waiting, sending) = (sending, waiting);
        Open -= sending.Count;
        while (Batches.Next(sending, static reply => reply.CalculateSize()) is { Count: > 0 } batch)
            caller.Tell(new Replies(new Proto.Replies { Caller = number, IsServing = isServing, Taken = Taken, Items = { batch } }), desk);
    }
}
