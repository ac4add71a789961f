using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Scenarios;

/// <summary>What one role did in one go, or what the network did to one message: a line of the course.</summary>
public sealed record Turn(Cause Cause, IReadOnlyList<Outcome> Outcomes);

/// <summary>Why a role acted, or what happened on the way.</summary>
public abstract record Cause
{
    private Cause() { }

    public sealed record Began(Place Place, string What) : Cause;

    /// <param name="Changed">False where the role is in the same state as before.</param>
    /// <param name="Alone">True where no other role of the node got the same arrow.</param>
    public sealed record Received(Place Place, Packet Packet, bool Changed, bool Alone) : Cause;

    public sealed record Retried(Place Place) : Cause;

    public sealed record Slowed(Place Place) : Cause;

    public sealed record Synced(Place Place) : Cause;

    /// <param name="Kept">The writes that were under way and reached the journal all the same.</param>
    /// <param name="Forgotten">The writes that were under way and did not.</param>
    /// <param name="Unsaid">What waited for a write, and is never sent or told.</param>
    public sealed record Crashed(
        Place Place, IReadOnlyList<Event> Kept, IReadOnlyList<Event> Forgotten, IReadOnlyList<Effect> Unsaid) : Cause
    {
        /// <summary>No role of the node is up any more.</summary>
        public bool WholeNode { get; init; }

        /// <summary>It speaks for all roles of the node.</summary>
        public bool Together { get; init; }
    }

    public sealed record Restarted(Place Place, IReadOnlyList<Event> Recovered) : Cause
    {
        /// <summary>Of a log's learner, which has a snapshot and no journal: up to which slot it goes; 0: there is none.</summary>
        public ulong? Snapshot { get; init; }
    }

    public sealed record Lost(Packet Packet) : Cause;

    public sealed record Duplicated(Packet Packet) : Cause;

    /// <summary>Rounds of heartbeats have passed, and the node hears these.</summary>
    public sealed record Heard(NodeId Node, IReadOnlyList<NodeId> Nodes) : Cause;

    /// <summary>Messages arrived, and messages that those brought about; only what came of it at this node is told.</summary>
    public sealed record Ran(NodeId Node) : Cause;

    /// <summary>Something about no node in particular.</summary>
    /// <param name="Caption">The same for a chart, which has no line of commands beside it.</param>
    public sealed record Noted(string Text, string Caption) : Cause;
}

/// <summary>What a role did.</summary>
public abstract record Outcome
{
    private Outcome() { }

    public sealed record Persists(Event Event, bool Durable) : Outcome;

    /// <summary>A write that was under way is durable.</summary>
    public sealed record IsDurable(Event Event) : Outcome;

    public sealed record Sends(NodeId To, Message Message) : Outcome
    {
        /// <summary>The link is cut.</summary>
        public bool IsLost { get; init; }
    }

    /// <summary>A message, or an answer to a caller, waits for a write.</summary>
    public sealed record HoldsBack(Effect Effect) : Outcome;

    public sealed record StartsTimer(TimeSpan Min, TimeSpan Max) : Outcome;

    /// <summary>Whoever asked is told what is chosen.</summary>
    public sealed record TellsChosen(Value Value) : Outcome;

    /// <summary>Whoever asked is told that nothing is chosen.</summary>
    public sealed record TellsUndecided : Outcome;

    /// <summary>A learner applied what a slot of the log holds.</summary>
    public sealed record Applies(ulong Slot, Entry Entry) : Outcome;

    /// <summary>Who leads, as far as the node knows: itself, another, or nobody (default).</summary>
    public sealed record Follows(NodeId Node, NodeId Leader) : Outcome;

    /// <summary>The node waits, and stands for leader if nobody leads until then.</summary>
    public sealed record WaitsToStand(TimeSpan Min, TimeSpan Max) : Outcome;

    /// <summary>Who called the node's client is answered.</summary>
    public sealed record Answers(string Call, string Answer) : Outcome;

    /// <summary>Everything up to the slot is in a durable snapshot of the node.</summary>
    public sealed record KeepsSnapshot(ulong Slot) : Outcome;

    /// <summary>The node took over another's snapshot.</summary>
    public sealed record Restores(ulong Slot) : Outcome;
}
