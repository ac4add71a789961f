using Paxos.Protocol;

namespace Paxos.Actors.Decisions;

/// <summary>
/// Decisions by message, for actors: tell <see cref="PaxosExtension.Decisions"/> a <see cref="Decide"/> or a
/// <see cref="Read"/>; the answer is one of the others, within <c>paxos.operation-timeout</c>.
/// </summary>
public static class Decision
{
    public abstract record Request(string Name)
    {
        /// <summary>What is wrong with it and what to do, or null.</summary>
        internal virtual string? Problem => InstanceName.Problem(Name);
    }

    /// <summary>Get a value chosen for this name. Answer: <see cref="Decided"/>, with this value or another, or <see cref="Failed"/>.</summary>
    /// <param name="Value">1 to 65,536 bytes as UTF-8.</param>
    public sealed record Decide(string Name, string Value) : Request(Name)
    {
        internal override string? Problem => base.Problem ?? TextRules.Problem("value", Value, PaxosExtension.MaxDecisionBytes);
    }

    /// <summary>What is decided? Answer: <see cref="Decided"/>, <see cref="Undecided"/> or <see cref="Failed"/>.</summary>
    public sealed record Read(string Name) : Request(Name);

    public abstract record Response(string Name);

    /// <summary>The name has this value, for ever.</summary>
    public sealed record Decided(string Name, string Value) : Response(Name);

    /// <summary>Nothing was decided when the read began.</summary>
    public sealed record Undecided(string Name) : Response(Name);

    /// <summary>There is no answer.</summary>
    public sealed record Failed(string Name, Failure Failure, string Message) : Response(Name);

    public enum Failure
    {
        /// <summary>The name or the value is empty, too long or not UTF-8.</summary>
        Invalid,

        /// <inheritdoc cref="NotAppliedReason.Overloaded"/>
        Overloaded,

        /// <inheritdoc cref="NotAppliedReason.NoQuorum"/>
        NoQuorum,

        /// <inheritdoc cref="NotAppliedReason.NotMember"/>
        NotMember,

        /// <inheritdoc cref="NotAppliedReason.Forming"/>
        Forming,

        /// <summary>The deadline passed when an Accept had left: the value may be chosen, or may still be.</summary>
        OutcomeUnknown,
    }
}
