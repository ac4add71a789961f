using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>A line of a scenario file.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Text">The command as the file has it, without its comment.</param>
/// <param name="Comments">The comment lines above the command, and the comment behind it.</param>
public sealed record Step(int Line, string Text, IReadOnlyList<string> Comments, Command Command);

/// <summary>What a line of a scenario file makes happen.</summary>
public abstract record Command
{
    private protected Command() { }

    /// <summary>The proposer at the node begins to propose a value.</summary>
    public sealed record Decide(NodeId Node, Value Value) : Command;

    /// <summary>The proposer at the node begins a read round.</summary>
    public sealed record Read(NodeId Node) : Command;

    /// <summary>The learner at the node asks everyone.</summary>
    public sealed record Learn(NodeId Node) : Command;

    /// <summary>The node hears, from the log, that these vote from now on.</summary>
    public sealed record Change(NodeId Node, Configuration Next) : Command;

    /// <summary>Messages in flight arrive.</summary>
    public sealed record Deliver(Selector Selector) : Command;

    /// <summary>Messages in flight are lost.</summary>
    public sealed record Drop(Selector Selector) : Command;

    /// <summary>Of each message in flight there is one copy more.</summary>
    public sealed record Duplicate(Selector Selector) : Command;

    /// <summary>The role's retry timer fires.</summary>
    public sealed record Retry(Place Place) : Command;

    /// <summary>From here on what the role writes is durable only after a <see cref="Sync"/>.</summary>
    /// <param name="Role">Null: every role of the node.</param>
    public sealed record Slow(NodeId Node, Role? Role) : Command;

    /// <param name="Count">How many pending writes become durable, the oldest first. Null: all.</param>
    public sealed record Sync(NodeId Node, Role? Role, int? Count) : Command;

    /// <param name="Keep">How many pending writes of each role reach its journal all the same, the oldest first. Null: all.</param>
    public sealed record Crash(NodeId Node, Role? Role, int? Keep) : Command;

    /// <summary>The role comes back with what its journal holds.</summary>
    public sealed record Restart(NodeId Node, Role? Role) : Command;
}

/// <summary>
/// Which messages in flight a step is about. One that names kind, sender and receiver means the oldest that matches; one
/// with a <c>*</c> in it means each that matches.
/// </summary>
/// <param name="Kind">Null: any.</param>
/// <param name="Argument">A ballot, or all that stands in the message's parentheses. Null: any.</param>
/// <param name="From">Null: any.</param>
/// <param name="To">Null: any.</param>
/// <param name="Role">The only role of the receiver that is meant. Null: every role there that takes the message.</param>
public sealed record Selector(string? Kind, string? Argument, NodeId? From, NodeId? To, Role? Role)
{
    public bool IsOne => Kind is not null && From is not null && To is not null;
}
