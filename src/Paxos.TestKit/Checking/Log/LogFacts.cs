using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Checking.Log;

internal enum FactKind
{
    /// <summary>A client asked for this entry: a command, or a configuration.</summary>
    Wanted,

    /// <summary>A proposer issued this ballot: its first message left.</summary>
    Issued,

    /// <summary>An Accept left.</summary>
    Proposed,

    /// <summary>It is in the node's journal, or has been.</summary>
    Accepted,

    /// <summary>A learner applied it.</summary>
    Learned,
}

/// <summary>Something that happened, for ever.</summary>
internal readonly record struct Fact(FactKind Kind, NodeId Node, ulong Slot, Ballot Ballot, Entry Entry);

/// <summary>The invariants that can be seen from what happened, whichever order it happened in.</summary>
internal sealed class LogFacts(Configuration genesis, int slots)
{
    private readonly Interner<Fact> facts = new();
    private readonly LetterSets sets = new();
    private readonly Dictionary<int, BrokenInvariant?> judged = [];

    public int Id(Fact fact) => facts.Id(fact);

    public int Add(int set, int fact) => sets.Add(set, fact);

    public bool Contains(int set, int fact) => sets[set].Contains(fact);

    public Fact this[int fact] => facts[fact];

    /// <summary>Each set is looked at once.</summary>
    public BrokenInvariant? Judge(int set)
    {
        if (!judged.TryGetValue(set, out var broken))
        {
            broken = Judge([.. sets[set].ToArray().Select(fact => facts[fact])]);
            judged.Add(set, broken);
        }
        return broken;
    }

    private BrokenInvariant? Judge(List<Fact> all)
    {
        var chosen = Chosen(all);
        var learned = all.FindAll(fact => fact.Kind == FactKind.Learned);
        return OneValueABallot(all)
            ?? ChosenStaysChosen(all, chosen)
            ?? AcknowledgedIsDurable(learned, chosen)
            ?? Agreement(learned)
            ?? Validity(all, [.. learned, .. chosen]);
    }

    // A slot's configuration is the last one chosen before it.
    private List<Fact> Chosen(List<Fact> all)
    {
        var chosen = new List<Fact>();
        var configuration = genesis;
        for (var slot = 1UL; slot <= (ulong)slots; slot++)
        {
            var before = chosen.Count;
            foreach (var group in all
                .Where(fact => fact.Kind == FactKind.Accepted && fact.Slot == slot)
                .GroupBy(fact => fact with { Node = default }))
            {
                if (group.Count(fact => configuration.IndexOfVoter(fact.Node) >= 0) >= configuration.Rule.Phase2)
                    chosen.Add(group.Key);
            }
            if (chosen.Count > before && chosen[before].Entry is { Kind: EntryKind.Configuration } entry)
                configuration = Configuration.Decode(entry.Value);
        }
        return chosen;
    }

    private static BrokenInvariant? OneValueABallot(List<Fact> all)
    {
        var entries = new Dictionary<(ulong, Ballot), Entry>();
        foreach (var fact in all)
        {
            if (fact.Kind is FactKind.Accepted
                && !entries.TryAdd((fact.Slot, fact.Ballot), fact.Entry)
                && entries[(fact.Slot, fact.Ballot)] != fact.Entry)
            {
                return new(
                    Invariant.OneValueABallot,
                    $"in slot {fact.Slot} at {fact.Ballot} both {fact.Entry} and {entries[(fact.Slot, fact.Ballot)]} were accepted");
            }
        }
        return null;
    }

    private static BrokenInvariant? ChosenStaysChosen(List<Fact> all, List<Fact> chosen)
    {
        foreach (var first in chosen)
        {
            foreach (var fact in all)
            {
                if (fact.Kind == FactKind.Proposed && fact.Slot == first.Slot && fact.Ballot > first.Ballot && fact.Entry != first.Entry)
                {
                    return new(
                        Invariant.ChosenStaysChosen,
                        $"in slot {first.Slot} {first.Entry} was chosen at {first.Ballot}, but an Accept was sent for {fact.Entry} at {fact.Ballot}");
                }
            }
        }
        return null;
    }

    private static BrokenInvariant? AcknowledgedIsDurable(List<Fact> learned, List<Fact> chosen)
    {
        foreach (var fact in learned)
        {
            if (!chosen.Exists(one => one.Slot == fact.Slot && one.Entry == fact.Entry))
            {
                return new(
                    Invariant.AcknowledgedIsDurable,
                    $"a learner applied {fact.Entry} in slot {fact.Slot}, which no quorum of journals holds");
            }
        }
        return null;
    }

    private static BrokenInvariant? Agreement(List<Fact> learned)
    {
        foreach (var fact in learned)
        {
            if (learned.Find(other => other.Slot == fact.Slot && other.Entry != fact.Entry) is { Slot: > 0 } other)
                return new(Invariant.Agreement, $"in slot {fact.Slot} both {fact.Entry} and {other.Entry} were applied");
        }
        return null;
    }

    private static BrokenInvariant? Validity(List<Fact> all, List<Fact> known)
    {
        foreach (var fact in known)
        {
            if (!Parts(fact.Entry).All(part => all.Exists(other => other.Kind == FactKind.Wanted && other.Entry == part)))
                return new(Invariant.Validity, $"nobody asked for {fact.Entry}, chosen in slot {fact.Slot}");
        }
        return null;
    }

    /// <summary>What clients asked for, one by one: the commands of a batch.</summary>
    private static IEnumerable<Entry> Parts(Entry entry) => entry.Kind switch
    {
        EntryKind.NoOp => [],
        EntryKind.Batch => Batch.Decode(entry.Value).Commands.Select(command => new Entry(EntryKind.Batch, command)),
        _ => [entry],
    };
}
