using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>What a line makes happen in a scenario of the replicated log.</summary>
public abstract record LogCommand : Command
{
    private LogCommand() { }

    /// <summary>The node has waited long enough for a leader, and stands itself.</summary>
    public sealed record Stand(NodeId Node) : LogCommand;

    /// <summary>The client on the node is called with a change of a register.</summary>
    public sealed record Submit(NodeId Node, string Text) : LogCommand;

    /// <summary>The client on the node is asked for a register, linearizably.</summary>
    public sealed record ReadKey(NodeId Node, string Key) : LogCommand;

    /// <summary>The client on the node sends again what is unanswered for too long.</summary>
    public sealed record Again(NodeId Node) : LogCommand;

    /// <summary>The log waits for a time that has come.</summary>
    public sealed record Tick(NodeId Node) : LogCommand;

    /// <summary>Everything in flight arrives, and what comes of it, until nothing moves.</summary>
    public sealed record Run : LogCommand;

    /// <summary>What is sent between the two from now on is lost.</summary>
    /// <param name="Others">Those that the node is cut off from.</param>
    public sealed record Cut(NodeId Node, IReadOnlyList<NodeId> Others) : LogCommand;

    /// <summary>No link is cut any more.</summary>
    public sealed record Heal : LogCommand;

    /// <summary>Rounds of heartbeats pass: every node knows whom it hears, and whom those hear.</summary>
    public sealed record Hear : LogCommand;

    /// <summary>The node is told to make way for another.</summary>
    public sealed record Transfer(NodeId Node, NodeId To) : LogCommand;

    /// <summary>The node is told to change the members.</summary>
    /// <param name="Action">add, remove or promote.</param>
    public sealed record Members(NodeId Node, string Action, NodeId Member) : LogCommand;

    /// <summary>The slot is chosen, and holds this; null: it is not chosen.</summary>
    public sealed record ExpectChosen(ulong Slot, string? Entry) : LogCommand;

    /// <summary>Exactly this node leads, as far as it knows itself; null: none does.</summary>
    public sealed record ExpectLeader(NodeId? Node) : LogCommand;

    /// <summary>Exactly these nodes wait to stand.</summary>
    public sealed record ExpectWaiting(IReadOnlyList<NodeId> Nodes) : LogCommand;

    /// <summary>The node has applied everything up to this slot, and no more.</summary>
    public sealed record ExpectApplied(NodeId Node, ulong Slot) : LogCommand;

    /// <summary>The node's acceptor has let go of everything up to this slot, and of no more.</summary>
    public sealed record ExpectTrimmed(NodeId Node, ulong Slot) : LogCommand;

    /// <summary>The node's state holds this register; a null value: it does not hold the key.</summary>
    public sealed record ExpectHolds(NodeId Node, string Key, string? Value) : LogCommand;

    /// <summary>This was the last answer of the node's client.</summary>
    public sealed record ExpectAnswer(NodeId Node, string Answer) : LogCommand;

    /// <summary>Exactly these vote, as far as the node has applied.</summary>
    public sealed record ExpectVoters(NodeId Node, IReadOnlyList<NodeId> Voters) : LogCommand;
}
