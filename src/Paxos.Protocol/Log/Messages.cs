namespace Paxos.Protocol.Log;

// What is said across the seam between a log and the protocol that keeps it, whichever protocol that is.

/// <summary>Client to the node that leads: get these commands chosen, in this order.</summary>
/// <param name="Id">The client's own number for this try; a <see cref="Refused"/> names it.</param>
/// <param name="Commands">Each encoded by <see cref="Command.Encode"/>.</param>
public sealed record Submit(ulong Id, EquatableArray<Value> Commands) : Message
{
    public override string ToString() => $"Submit({string.Join(" + ", Commands.Select(Command.Describe))})";
}

/// <summary>Client to the node that leads: from where on does a read see all that was acknowledged before it was asked?</summary>
public sealed record ConfirmRead(ulong Id) : Message
{
    public override string ToString() => $"ConfirmRead({Id})";
}

/// <summary>The answer to a <see cref="ConfirmRead"/>: whoever has applied this slot may answer the read.</summary>
public sealed record ReadConfirmed(ulong Id, ulong Slot) : Message
{
    public override string ToString() => $"ReadConfirmed({Id}, {Slot})";
}

public enum Refusal : byte
{
    /// <summary>This node does not lead, or not any more.</summary>
    NotLeader,

    /// <summary>The leader's queue is full.</summary>
    Overloaded,

    /// <summary>The leader hears no quorum.</summary>
    NoQuorum,

    /// <summary>Of a <see cref="Reconfigure"/>: a change is under way, or a newer configuration is in force.</summary>
    Conflict,

    /// <summary>Of a <see cref="Reconfigure"/>: a learner that is to vote has not caught up, or is not heard by the leader.</summary>
    Behind,
}

/// <summary>
/// The answer to a <see cref="Submit"/>, a <see cref="ConfirmRead"/> or a <see cref="Reconfigure"/> with this id: nothing of it
/// was proposed here, and nothing of it will be.
/// </summary>
/// <param name="Leader">Who leads, as far as this node knows; default where it does not.</param>
public sealed record Refused(ulong Id, Refusal Why, NodeId Leader) : Message
{
    public override string ToString() => $"Refused({Id}, {Why}{(Leader == default ? "" : $", leader {Leader}")})";
}

/// <summary>
/// To the node that leads: make this the next configuration. It is chosen like any entry, and is in force where its epoch is higher
/// than that of the one before it.
/// </summary>
public sealed record Reconfigure(ulong Id, Configuration Next) : Message
{
    public override string ToString() => $"Reconfigure({Id}, {Next})";
}

/// <summary>To the node that leads: let this voter lead.</summary>
public sealed record Transfer(ulong Id, NodeId To) : Message
{
    public override string ToString() => $"Transfer({To})";
}

/// <summary>To the protocol of the same node: what this node applies is not to be trusted, and it must not lead any more. Others are asked to.</summary>
public sealed record Resign : Message
{
    public override string ToString() => "Resign";
}

/// <summary>To the clients of the same node: who leads now; default: nobody that this node could reach.</summary>
public sealed record LeaderIs(NodeId Leader, Ballot Ballot) : Message
{
    public override string ToString() => $"LeaderIs({(Leader == default ? "nobody" : Leader)})";
}

/// <summary>
/// Chosen entries, from <paramref name="First"/> on without a gap. To the learner of the same node: apply them. To another
/// node: the answer to its question.
/// </summary>
public sealed record Entries(ulong First, EquatableArray<Entry> Items) : Message
{
    public ulong Last => First + (ulong)Items.Count - 1;

    public override string ToString() => $"Entries({First}: {string.Join(", ", Items)})";
}

/// <summary>Learner to the log of the same node: everything up to this slot is in a durable snapshot here, and may go.</summary>
public sealed record Trim(ulong Through) : Message
{
    public override string ToString() => $"Trim({Through})";
}

/// <summary>Proposer to the learner of the same node: tell me when you have applied this slot.</summary>
public sealed record WhenApplied(ulong Slot) : Message
{
    public override string ToString() => $"WhenApplied({Slot})";
}

/// <summary>The answer to <see cref="WhenApplied"/>.</summary>
/// <param name="TimeMs">The log's time after that slot: where the next leader's time goes on from.</param>
public sealed record Applied(ulong Slot, ulong TimeMs) : Message
{
    public override string ToString() => $"Applied({Slot}, {TimeMs})";
}

/// <summary>Learner to the proposer of the same node: from the slot behind this one on the configuration is this.</summary>
public sealed record InForce(Configuration Configuration, ulong Slot) : Message
{
    public override string ToString() => $"InForce({Configuration}, since {Slot})";
}

/// <summary>
/// Learner to the proposer of the same node: at this time of the log something is due, an expiry say. Who leads then
/// proposes a tick. <see cref="ulong.MaxValue"/>: nothing.
/// </summary>
public sealed record Due(ulong TimeMs) : Message
{
    public override string ToString() => $"Due({TimeMs})";
}
