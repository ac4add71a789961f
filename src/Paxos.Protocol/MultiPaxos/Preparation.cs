using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// What a phase 1 has gathered: of each slot the highest entry that a promise reported. An acceptor counts when its last page
/// is in. Its pages fit together: at the promised ballot nothing was accepted in between.
/// </summary>
/// <remarks>
/// Who has let go of slots from the first one on knows that they are chosen, and not what is: it is no witness for them. A quorum of
/// others is enough, and needs nothing of it. That one's snapshot may be damaged, and nobody else know what is chosen.
/// </remarks>
internal sealed class Preparation
{
    private readonly SortedDictionary<ulong, Proposal> adopted = [];
    private readonly SortedDictionary<NodeId, ulong> pages = [];
    private Quorum promised;

    // Those of them that have let go of nothing that is asked for, and how far they say that all is chosen.
    private Quorum whole;
    private ulong wholeChosenThrough;
    private NodeId wholeKnows;
    private ulong chosenThrough;
    private NodeId knows;
    private ulong from;

    /// <summary>The last slot in which anybody has accepted anything.</summary>
    public ulong Last { get; private set; }

    /// <summary>The highest slot up to which a promise of the quorum says that all is chosen, and whose promise it is.</summary>
    public (ulong Through, NodeId Knows) Chosen(Configuration configuration) =>
        IsWhole(configuration) ? (wholeChosenThrough, wholeKnows) : (chosenThrough, knows);

    public void Begin(ulong from, Configuration configuration)
    {
        this.from = from;
        adopted.Clear();
        pages.Clear();
        promised = new Quorum(configuration);
        whole = new Quorum(configuration);
        foreach (var voter in configuration.Voters.AsSpan())
            pages[voter.Id] = from;
        Last = from - 1;
        (chosenThrough, knows) = (0, default);
        (wholeChosenThrough, wholeKnows) = (0, default);
    }

    /// <summary>True where the voter has more: its next page is to be asked for.</summary>
    public bool On(NodeId node, Promise promise, Configuration configuration)
    {
        // A page that was counted before, or an answer to an earlier question.
        if (!pages.TryGetValue(node, out var awaited) || awaited != promise.From || promised.Contains(node))
            return false;
        if (promise.ChosenThrough > chosenThrough)
            (chosenThrough, knows) = (promise.ChosenThrough, node);
        foreach (var proposal in promise.Accepted.AsSpan())
        {
            if (!adopted.TryGetValue(proposal.Slot, out var known) || proposal.Ballot > known.Ballot)
                adopted[proposal.Slot] = proposal;
            Last = Math.Max(Last, proposal.Slot);
        }
        if (promise.Next > 0)
        {
            pages[node] = promise.Next;
            return true;
        }
        pages.Remove(node);
        promised.Add(node);
        if (promise.TrimmedThrough >= from)
            return false;
        whole.Add(node);
        if (promise.ChosenThrough > wholeChosenThrough)
            (wholeChosenThrough, wholeKnows) = (promise.ChosenThrough, node);
        return false;
    }

    public bool IsComplete(Configuration configuration) => promised.Count >= configuration.Rule.Phase1;

    private bool IsWhole(Configuration configuration) => whole.Count >= configuration.Rule.Phase1;

    /// <summary>The page that this voter has still to send; null: none.</summary>
    public ulong? Missing(NodeId node) => pages.TryGetValue(node, out var page) ? page : null;

    public Entry EntryAt(ulong slot) => adopted.TryGetValue(slot, out var proposal) ? proposal.Entry : Entry.NoOp;

    /// <summary>All of it is proposed: it need not be kept.</summary>
    public void Release() => adopted.Clear();

    public void Write(CanonicalWriter writer)
    {
        writer.Number(from);
        writer.Number(Last);
        writer.Number(chosenThrough);
        writer.Node(knows);
        promised.Write(writer);
        writer.Number(wholeChosenThrough);
        writer.Node(wholeKnows);
        whole.Write(writer);
        writer.Number((ulong)pages.Count);
        foreach (var (node, page) in pages)
        {
            writer.Node(node);
            writer.Number(page);
        }
        writer.Number((ulong)adopted.Count);
        foreach (var proposal in adopted.Values)
        {
            writer.Number(proposal.Slot);
            writer.Ballot(proposal.Ballot);
            proposal.Entry.Write(writer);
        }
    }

    public void Read(Configuration configuration, ref CanonicalReader reader)
    {
        from = reader.Number();
        Last = reader.Number();
        chosenThrough = reader.Number();
        knows = reader.Node();
        promised = Quorum.Read(configuration, ref reader);
        wholeChosenThrough = reader.Number();
        wholeKnows = reader.Node();
        whole = Quorum.Read(configuration, ref reader);
        pages.Clear();
        for (var count = reader.Number(); count > 0; count--)
            pages[reader.Node()] = reader.Number();
        adopted.Clear();
        for (var count = reader.Number(); count > 0; count--)
        {
            var proposal = new Proposal(reader.Number(), reader.Ballot(), Entry.Read(ref reader));
            adopted[proposal.Slot] = proposal;
        }
    }
}
