namespace Paxos.Protocol.Log;

/// <summary>A role of a log protocol as its hosts know it: an actor, the simulator, the exhaustive check.</summary>
public interface ILogRole
{
    /// <param name="from">Who sent it: another node, or another role of this one.</param>
    void On(NodeId from, Message message, Now now, Effects effects);

    void OnTimer(Timer timer, Now now, Effects effects);

    /// <summary>The journal holds this event. Idempotent.</summary>
    void Recover(Event @event);

    void Write(CanonicalWriter writer);

    /// <summary>Takes the state that another role of the same node wrote.</summary>
    void Read(ref CanonicalReader reader);
}

/// <summary>
/// The side of a log protocol that is asked for something: it takes <see cref="Submit"/>, <see cref="ConfirmRead"/>,
/// <see cref="Reconfigure"/> and <see cref="Transfer"/>, on any node, and answers what it refuses. What is chosen comes out on
/// every node as <see cref="Entries"/> to the learner. Multi-Paxos is one; another protocol would be a sibling folder.
/// </summary>
public interface ILogProtocol : ILogRole
{
    /// <summary>Called once, when the journal was read.</summary>
    void Start(Now now, Effects effects);

    /// <summary>Whom the nodes hear has changed.</summary>
    void On(HearingView view, Now now, Effects effects);

    /// <summary>Who leads as far as this node knows, itself included once it is open for commands; default: nobody.</summary>
    NodeId Leader { get; }
}

/// <summary>What stands on a log: takes the chosen entries in order, each once.</summary>
public interface ILogConsumer
{
    /// <summary>Slot by slot, from 1 or from the snapshot's next: no gap, none twice.</summary>
    void Apply(ulong slot, Entry entry, Effects effects);

    /// <summary>
    /// The log's time after the last applied entry, in milliseconds: the highest that a batch carried whose round was not below
    /// that of a batch before it.
    /// </summary>
    ulong TimeMs { get; }

    /// <summary>The next time at which something is due; <see cref="ulong.MaxValue"/>: nothing.</summary>
    ulong DueMs { get; }
}
