using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// What a phase 1 has gathered: of each slot the highest entry that a promise reported. An acceptor counts when its last page
/// is in. Its pages fit together: at the promised ballot nothing was accepted in between.
/// </summary>
internal sealed class Preparation
{
    private readonly SortedDictionary<ulong, Proposal> adopted = [];
    private readonly SortedDictionary<NodeId, ulong> pages = [];
    private Quorum promised;
    private ulong from;

    /// <summary>The last slot in which anybody has accepted anything.</summary>
    public ulong Last { get; private set; }

    /// <summary>The highest slot up to which a promise says that all is chosen, and whose promise it is.</summary>
    public ulong ChosenThrough { get; private set; }

    public NodeId Knows { get; private set; }

    public void Begin(ulong from, Configuration configuration)
    {
        this.from = from;
        adopted.Clear();
        pages.Clear();
        promised = new Quorum(configuration);
        foreach (var voter in configuration.Voters.AsSpan())
            pages[voter.Id] = from;
        Last = from - 1;
        ChosenThrough = 0;
        Knows = default;
    }

    /// <summary>True where the voter has more: its next page is to be asked for.</summary>
    public bool On(NodeId node, Promise promise, Configuration configuration)
    {
        // A page that was counted before, or an answer to an earlier question.
        if (!pages.TryGetValue(node, out var awaited) || awaited != promise.From || promised.Contains(node))
            return false;
        if (promise.ChosenThrough > ChosenThrough)
            (ChosenThrough, Knows) = (promise.ChosenThrough, node);
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
        return false;
    }

    public bool IsComplete(Configuration configuration) => promised.Count >= configuration.Rule.Phase1;

    /// <summary>The page that this voter has still to send; null: none.</summary>
    public ulong? Missing(NodeId node) => pages.TryGetValue(node, out var page) ? page : null;

    public Entry EntryAt(ulong slot) => adopted.TryGetValue(slot, out var proposal) ? proposal.Entry : Entry.NoOp;

    /// <summary>All of it is proposed: it need not be kept.</summary>
    public void Release() => adopted.Clear();

    public void Write(CanonicalWriter writer)
    {
        writer.Number(from);
        writer.Number(Last);
        writer.Number(ChosenThrough);
        writer.Node(Knows);
        promised.Write(writer);
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
        ChosenThrough = reader.Number();
        Knows = reader.Node();
        promised = Quorum.Read(configuration, ref reader);
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
