using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit;

/// <summary>An invariant is broken; its text names which one and by what.</summary>
public abstract record Breach(string What);

/// <param name="What">Which nodes, ballots and values broke it.</param>
public sealed record BrokenInvariant(Invariant Invariant, string What) : Breach(What)
{
    public override string ToString() => $"{Invariant} is broken: {What}";
}

/// <summary>
/// Watches the history of one instance and names the first invariant that it breaks. It sees only what left a role, what
/// became durable and what callers were told, never what a role thinks: a role can't talk its way out.
/// </summary>
public sealed class Invariants(Configuration configuration)
{
    private readonly HashSet<Value> proposed = [];
    private readonly HashSet<(NodeId Node, Ballot Ballot)> issued = [];
    private readonly Dictionary<NodeId, Ballot> promises = [];
    private readonly Dictionary<NodeId, Ballot> journaledPromises = [];
    private readonly Dictionary<Ballot, Value> accepted = [];
    private readonly Dictionary<Ballot, Quorum> acceptors = [];
    private readonly Dictionary<(NodeId Node, Ballot Ballot), Value> copies = [];
    private readonly Dictionary<NodeId, bool> readsBegunTooLate = [];
    private readonly List<(NodeId Node, Accept Accept)> accepts = [];
    private readonly List<Proposal> chosen = [];
    private (NodeId Node, Value Value)? learned;

    // By epoch, counted from 1.
    private readonly List<Configuration> configurations = [configuration];

    /// <summary>The first broken invariant; null while all hold.</summary>
    public BrokenInvariant? Broken { get; private set; }

    /// <summary>A quorum of journals holds a value, whether or not anybody knows.</summary>
    public bool IsChosen => chosen.Count > 0;

    /// <summary>The configuration of the next epoch: quorums at its ballots are counted in it.</summary>
    public void Follow(Configuration next) => configurations.Add(next);

    /// <summary>Someone at the node asked for this value to be chosen.</summary>
    public void Proposed(Value value) => proposed.Add(value);

    /// <summary>A read began at the node; its latest one is meant when <see cref="ToldUndecided"/> comes.</summary>
    public void ReadBegan(NodeId node) => readsBegunTooLate[node] = chosen.Count > 0;

    /// <summary>A node's first message at a ballot left. A repetition at the ballot under way is no issue.</summary>
    public void Issued(NodeId node, Ballot ballot)
    {
        if (!issued.Add((node, ballot)))
            Break(Invariant.BallotsAreNotReused, $"{ballot} was issued before by {node}");
    }

    /// <summary>A message left its node.</summary>
    public void Sent(NodeId from, Message message)
    {
        switch (message)
        {
            case Promise m:
                Raise(promises, from, m.Ballot);
                break;
            case Accept m:
                accepts.Add((from, m));
                foreach (var proposal in chosen)
                    CheckChosenStaysChosen(proposal, from, m);
                break;
            case Accepted m:
                CheckPromise(promises, from, m.Ballot);
                CountCopied(from, m.Ballot);
                break;
            case Report { Accepted: { } held } m when Epoch.Of(held.Ballot) == Epoch.Of(m.Ballot):
                CountCopied(from, held.Ballot);
                break;
            case Chosen m:
                Learned(from, m.Value);
                break;
        }
    }

    /// <summary>What an acceptor or a learner wrote is in its journal.</summary>
    public void Durable(NodeId node, Event @event)
    {
        switch (@event)
        {
            case Promised e:
                Raise(journaledPromises, node, e.Ballot);
                break;
            case ValueAccepted e:
                CheckPromise(promises, node, e.Ballot);
                CheckPromise(journaledPromises, node, e.Ballot);
                Raise(journaledPromises, node, e.Ballot);
                CheckOneValueABallot(node, e);
                Count(node, e.Ballot, e.Value);
                break;
            case ValueCopied e:
                copies[(node, e.Ballot)] = e.Value;
                break;
            case ValueChosen e:
                Learned(node, e.Value);
                break;
        }
    }

    /// <summary>A caller was told that this is chosen.</summary>
    public void ToldChosen(NodeId node, Value value)
    {
        Learned(node, value);
        if (!chosen.Exists(proposal => proposal.Value == value))
            Break(Invariant.AcknowledgedIsDurable, $"a caller at {node} was told {value}, which no quorum of journals holds at one ballot");
    }

    /// <summary>The reader at the node was told that nothing is chosen.</summary>
    public void ToldUndecided(NodeId node)
    {
        if (readsBegunTooLate.GetValueOrDefault(node))
            Break(Invariant.Linearizable, $"the reader at {node} was told undecided, but {chosen[0].Value} was chosen before it began");
    }

    private void Learned(NodeId node, Value value)
    {
        CheckValidity(value);
        CheckAgreement(node, value);
        learned ??= (node, value);
    }

    private void CheckValidity(Value value)
    {
        if (!proposed.Contains(value))
            Break(Invariant.Validity, $"nobody proposed {value}");
    }

    private void CheckAgreement(NodeId node, Value value)
    {
        if (learned is { } first && first.Value != value)
            Break(Invariant.Agreement, $"{node} learned {value}, and {first.Node} had learned {first.Value}");
    }

    private void CheckPromise(Dictionary<NodeId, Ballot> made, NodeId node, Ballot ballot)
    {
        if (made.TryGetValue(node, out var promise) && ballot < promise)
            Break(Invariant.Promise, $"{node} accepted at {ballot}, after it had promised {promise}");
    }

    private void CheckOneValueABallot(NodeId node, ValueAccepted e)
    {
        if (!accepted.TryAdd(e.Ballot, e.Value) && accepted[e.Ballot] != e.Value)
            Break(Invariant.OneValueABallot, $"{node} accepted {e.Value} at {e.Ballot}, where {accepted[e.Ballot]} was accepted");
    }

    private void CheckChosenStaysChosen(Proposal proposal, NodeId node, Accept accept)
    {
        if (accept.Ballot > proposal.Ballot && accept.Value != proposal.Value)
            Break(Invariant.ChosenStaysChosen, $"{node} sent {accept}, but {proposal.Value} was chosen at {proposal.Ballot}");
    }

    // It took this over from another voter of the epoch before it was asked: whoever holds it, and says so, has accepted it.
    private void CountCopied(NodeId node, Ballot ballot)
    {
        if (copies.TryGetValue((node, ballot), out var value))
            Count(node, ballot, value);
    }

    // A value is chosen when a quorum of journals holds it at one ballot, whether or not anybody knows.
    private void Count(NodeId node, Ballot ballot, Value value)
    {
        var inForce = configurations[(int)Epoch.Of(ballot) - 1];
        var quorum = acceptors.GetValueOrDefault(ballot, new Quorum(inForce));
        var complete = quorum.Add(node) && quorum.Count == inForce.Rule.Phase2;
        acceptors[ballot] = quorum;
        if (!complete)
            return;
        var proposal = new Proposal(ballot, value);
        chosen.Add(proposal);
        CheckValidity(value);
        foreach (var (sender, accept) in accepts)
            CheckChosenStaysChosen(proposal, sender, accept);
    }

    private static void Raise(Dictionary<NodeId, Ballot> made, NodeId node, Ballot ballot)
    {
        if (ballot > made.GetValueOrDefault(node))
            made[node] = ballot;
    }

    private void Break(Invariant invariant, string what) => Broken ??= new BrokenInvariant(invariant, what);
}
