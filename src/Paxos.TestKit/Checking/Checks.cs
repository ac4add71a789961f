using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking;

/// <summary>
/// The invariants, each a check of its own. Those of one role's past are looked at in its step; those of the whole in each
/// state. Sets of ballots, values and proposals are bits (<see cref="Facts"/>).
/// </summary>
internal sealed class Checks(Facts facts)
{
    /// <summary>No two who learn ever learn different values.</summary>
    public BrokenInvariant? Agreement(ulong said) => (said & (said - 1)) == 0
        ? null
        : new(Invariant.Agreement, $"both {facts.ValueOf(said)} and {facts.ValueOf(said & (said - 1))} were said to be chosen");

    /// <summary>A value that is chosen, or said to be, was proposed by someone.</summary>
    public BrokenInvariant? Validity(ulong said, ulong proposed) => (said & ~proposed) == 0
        ? null
        : new(Invariant.Validity, $"nobody proposed {facts.ValueOf(said & ~proposed)}");

    /// <summary>An acceptor that promised a ballot, or accepted at it, never again accepts below it.</summary>
    public static BrokenInvariant? Promise(Ballot promised, Effects effects)
    {
        foreach (var effect in effects)
        {
            var accepted = effect switch
            {
                Effect.Persist { Event: ValueAccepted e } => e.Ballot,
                Effect.Send { Message: Accepted m } => m.Ballot,
                _ => promised,
            };
            if (accepted < promised)
                return new(Invariant.Promise, $"an acceptor accepted at {accepted}, after it had promised {promised}");
        }
        return null;
    }

    /// <summary>No two different values are ever accepted at the same ballot.</summary>
    /// <param name="accepted">What any journal holds, or has held.</param>
    public BrokenInvariant? OneValueABallot(ulong accepted)
    {
        for (var rest = accepted; rest != 0; rest &= rest - 1)
        {
            if ((accepted & facts.Rivals(rest)) is not 0 and var rivals)
                return new(Invariant.OneValueABallot, $"{facts.ProposalOf(rest)} was accepted, and {facts.ProposalOf(rivals)}");
        }
        return null;
    }

    /// <summary>Once a quorum accepted (b, v), every Accept at b' above b carries v.</summary>
    /// <param name="chosen">What a quorum of journals holds, or has held.</param>
    /// <param name="asked">What Accepts were sent for.</param>
    public BrokenInvariant? ChosenStaysChosen(ulong chosen, ulong asked)
    {
        for (var rest = chosen; rest != 0; rest &= rest - 1)
        {
            if ((asked & facts.Contradictions(rest)) is not 0 and var others)
            {
                var what = $"{facts.ProposalOf(rest)} was chosen, but an Accept was sent for {facts.ProposalOf(others)}";
                return new(Invariant.ChosenStaysChosen, what);
            }
        }
        return null;
    }

    /// <summary>A proposer that restarts never issues a ballot that it issued before.</summary>
    public static BrokenInvariant? BallotsAreNotReused(Ballot ballot, bool issued) => issued
        ? new(Invariant.BallotsAreNotReused, $"{ballot} was issued before")
        : null;

    /// <summary>What a caller was told is in a quorum of journals, at one ballot.</summary>
    /// <param name="durable">What a quorum of journals holds, or has held.</param>
    public BrokenInvariant? AcknowledgedIsDurable(ulong acknowledged, ulong durable)
    {
        for (var rest = acknowledged; rest != 0; rest &= rest - 1)
        {
            if ((facts.ProposalsOf(rest) & durable) == 0)
                return new(Invariant.AcknowledgedIsDurable, $"a caller was told {facts.ValueOf(rest)}, which no quorum of journals holds");
        }
        return null;
    }

    /// <summary>A read says "undecided" only if nothing had been chosen when it began.</summary>
    public static BrokenInvariant? Linearizable(Player reader, PlayerHistory past, Effects effects) =>
        past.IsLate && effects.Any(effect => effect is Effect.Undecided)
            ? new(Invariant.Linearizable, $"the reader at {reader.Place.Node} was told undecided, but something was chosen before it began")
            : null;
}
