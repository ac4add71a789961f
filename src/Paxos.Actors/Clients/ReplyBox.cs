using Akka.Actor;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>
/// The replies for one caller. They are put in by whoever has them, on any thread; the first one wakes the desk, and what came
/// by the time that it looks goes as one message.
/// </summary>
internal sealed class ReplyBox(IActorRef desk, IActorRef caller, ulong number) : INoSerializationVerificationNeeded
{
    // Far below the smallest frame that a node takes, and small enough not to hold up the heartbeats behind it.
    private const int MaxBytes = 256 * 1024;

    private readonly Lock gate = new();
    private List<Proto.Reply> waiting = [];
    private List<Proto.Reply> sending = [];

    public IActorRef Caller => caller;

    public ulong Number => number;

    /// <summary>How many calls are not answered yet. The desk's own.</summary>
    public int Open { get; set; }

    public void Add(Proto.Reply reply)
    {
        lock (gate)
        {
            waiting.Add(reply);
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
        var message = New();
        var bytes = 0;
        foreach (var reply in sending)
        {
            var size = reply.CalculateSize();
            if (bytes > 0 && bytes + size > MaxBytes)
            {
                caller.Tell(new Replies(message), desk);
                (message, bytes) = (New(), 0);
            }
            message.Items.Add(reply);
            bytes += size;
        }
        sending.Clear();
        caller.Tell(new Replies(message), desk);

        Proto.Replies New() => new() { Caller = number, IsServing = isServing };
    }
}
