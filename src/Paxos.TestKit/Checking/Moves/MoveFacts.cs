using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking.Moves;

internal enum MoveFactKind
{
    /// <summary>An Accept left.</summary>
    Proposed,

    /// <summary>It is in the node's journal, or has been, as a vote of the proposal's epoch.</summary>
    Accepted,

    /// <summary>Somebody said that it is chosen.</summary>
    Learned,

    /// <summary>The node voted in this epoch.</summary>
    Opened,
}

/// <summary>Something that happened, for ever.</summary>
internal readonly record struct MoveFact(MoveFactKind Kind, NodeId Node, Proposal Proposal, uint Epoch)
{
    public static MoveFact Proposed(NodeId node, Proposal proposal) => new(MoveFactKind.Proposed, node, proposal, 0);

    public static MoveFact Accepted(NodeId node, Proposal proposal) => new(MoveFactKind.Accepted, node, proposal, 0);

    public static MoveFact Learned(Value value) => new(MoveFactKind.Learned, default, new Proposal(Ballot.None, value), 0);

    public static MoveFact Opened(NodeId node, uint epoch) => new(MoveFactKind.Opened, node, new Proposal(Ballot.None, Value.FromUtf8("")), epoch);
}

/// <summary>The invariants that can be seen from what happened, whichever order it happened in, and across all epochs.</summary>
internal sealed class MoveFacts(MoveCast cast)
{
    private readonly Interner<MoveFact> facts = new();
    private readonly LetterSets sets = new();
    private readonly Dictionary<int, (bool IsChosen, bool IsOpen, BrokenInvariant? Broken)> judged = [];

    public int Id(MoveFact fact) => facts.Id(fact);

    public MoveFact this[int fact] => facts[fact];

    public int Add(int set, int fact) => sets.Add(set, fact);

    public bool IsChosen(int set) => Look(set).IsChosen;

    /// <summary>A quorum of the last epoch has opened it.</summary>
    public bool IsOpen(int set) => Look(set).IsOpen;

    public BrokenInvariant? Judge(int set) => Look(set).Broken;

    private (bool IsChosen, bool IsOpen, BrokenInvariant? Broken) Look(int set)
    {
        if (!judged.TryGetValue(set, out var known))
        {
            var all = sets[set].ToArray().Select(fact => facts[fact]).ToList();
            var chosen = Chosen(all);
            var open = all.Count(fact => fact.Kind == MoveFactKind.Opened && fact.Epoch == cast.Last.VoterEpoch);
            known = (chosen.Count > 0, open >= cast.Last.Rule.Phase2, Judge(all, chosen));
            judged.Add(set, known);
        }
        return known;
    }

    private static BrokenInvariant? Judge(List<MoveFact> all, List<Proposal> chosen)
    {
        foreach (var fact in all)
        {
            switch (fact.Kind)
            {
                case MoveFactKind.Accepted when all.Exists(other => other.Kind == MoveFactKind.Accepted
                    && other.Proposal.Ballot == fact.Proposal.Ballot && other.Proposal != fact.Proposal):
                    return new(Invariant.OneValueABallot, $"{fact.Proposal} was accepted, and another value at that ballot");
                case MoveFactKind.Proposed when chosen.Find(one =>
                    one.Ballot != Ballot.None && one.Ballot < fact.Proposal.Ballot && one.Value != fact.Proposal.Value) is { Ballot.Round: > 0 } first:
                    return new(Invariant.ChosenStaysChosen, $"{first} was chosen, but an Accept was sent for {fact.Proposal}");
                case MoveFactKind.Learned when !chosen.Exists(one => one.Value == fact.Proposal.Value):
                    return new(Invariant.AcknowledgedIsDurable, $"somebody was told {fact.Proposal.Value}, which no quorum of journals holds");
                case MoveFactKind.Learned when all.Exists(other => other.Kind == MoveFactKind.Learned && other != fact):
                    return new(Invariant.Agreement, $"{fact.Proposal.Value} was said to be chosen, and another value");
            }
        }
        return null;
    }

    private List<Proposal> Chosen(List<MoveFact> all) =>
    [
        .. all.Where(fact => fact.Kind == MoveFactKind.Accepted)
            .GroupBy(fact => fact.Proposal)
            .Where(group => IsQuorum(cast.Configurations[(int)Epoch.Of(group.Key.Ballot) - 1], group.Select(fact => fact.Node)))
            .Select(group => group.Key),
    ];

    private static bool IsQuorum(Configuration configuration, IEnumerable<NodeId> nodes) =>
        nodes.Distinct().Count(node => configuration.IndexOfVoter(node) >= 0) >= configuration.Rule.Phase2;
}
