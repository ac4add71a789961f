using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>An entry that an acceptor accepted, and the ballot at which it did.</summary>
public readonly record struct Proposal(ulong Slot, Ballot Ballot, Entry Entry)
{
    public override string ToString() => $"{Slot}: {Ballot} {Entry}";
}

/// <summary>
/// Phase 1a, proposer to acceptors, for all slots from one on: promise to accept nothing below this ballot, and say what you
/// have accepted. Asked again with a later slot for the next page.
/// </summary>
/// <param name="From">0: from the first slot that you do not know to be chosen (a proposer asks its own acceptor so).</param>
public sealed record Prepare(Ballot Ballot, ulong From) : Message
{
    public override string ToString() => $"Prepare({Ballot}, from {From})";
}

/// <summary>Phase 1b, acceptor to proposer: promised, and here is a page of what I have accepted.</summary>
/// <param name="From">The first slot that this page speaks of.</param>
/// <param name="Next">The slot at which the next page begins; 0: this was the last.</param>
/// <param name="TrimmedThrough">Slots up to here are chosen, and this acceptor has let go of them.</param>
/// <param name="ChosenThrough">Slots up to here are chosen, and those of them in this page are the chosen ones.</param>
public sealed record Promise(
    Ballot Ballot, ulong From, EquatableArray<Proposal> Accepted, ulong Next, ulong TrimmedThrough, ulong ChosenThrough) : Message
{
    public override string ToString()
    {
        var parts = new List<string> { $"{Ballot}", $"from {From}" };
        if (Accepted.Count > 0)
            parts.Add($"accepted {string.Join(" ", Accepted)}");
        if (Next > 0)
            parts.Add($"next {Next}");
        if (TrimmedThrough > 0)
            parts.Add($"trimmed {TrimmedThrough}");
        if (ChosenThrough > 0)
            parts.Add($"chosen {ChosenThrough}");
        return $"Promise({string.Join(", ", parts)})";
    }
}

/// <summary>Phase 2a, proposer to acceptors: accept this entry; and what I know to be chosen, as <see cref="Chosen"/> says it.</summary>
public sealed record Accept(Ballot Ballot, ulong Slot, Entry Entry, ulong First, ulong ChosenThrough) : Message
{
    public override string ToString() =>
        $"Accept({Ballot}, {Slot}: {Entry}{(ChosenThrough >= First ? $", chosen {First}-{ChosenThrough}" : "")})";
}

/// <summary>Phase 2b, acceptor to proposer: accepted. The proposer counts the majority.</summary>
public sealed record Accepted(Ballot Ballot, ulong Slot) : Message
{
    public override string ToString() => $"Accepted({Ballot}, {Slot})";
}

/// <summary>Acceptor to proposer: refused, I have promised a higher ballot. Nothing but speed depends on it.</summary>
public sealed record Nack(Ballot Ballot, Ballot Promised) : Message
{
    public override string ToString() => $"Nack({Ballot}, promised {Promised})";
}

/// <summary>
/// Proposer to everyone: what I proposed at this ballot in slots <paramref name="First"/> to <paramref name="Through"/> is
/// chosen, and so is all before. An entry accepted at exactly this ballot is the chosen one; any other is asked for.
/// </summary>
/// <param name="Ballot">None, with a first slot behind the last: it does not lead, and says only how far the log is.</param>
/// <param name="Through">0: nothing yet; it says only who leads.</param>
/// <param name="WantsLearned">Answer with <see cref="Learned"/>.</param>
public sealed record Chosen(Ballot Ballot, ulong First, ulong Through, bool WantsLearned = false) : Message
{
    public override string ToString() => $"Chosen({Ballot}, {First}-{Through})";
}

/// <summary>To the leader: what is chosen I have up to this slot, without a gap.</summary>
public sealed record Learned(ulong Through) : Message
{
    public override string ToString() => $"Learned({Through})";
}

/// <summary>Acceptor to the learner of the same node: more is chosen than I have.</summary>
/// <param name="From">The first slot of which I do not have the chosen entry.</param>
/// <param name="Through">What is chosen at least.</param>
/// <param name="At">Who says so.</param>
public sealed record Missing(ulong From, ulong Through, NodeId At) : Message
{
    public override string ToString() => $"Missing({From}-{Through}, at {At})";
}

/// <summary>Acceptor to its own node's learner: the journal is read, and the log is there up to this slot. What was asked before may be lost.</summary>
public sealed record LogIsRead(ulong Through) : Message
{
    public override string ToString() => $"LogIsRead({Through})";
}

/// <summary>Acceptor to its own node's learner: what another node answered to a <see cref="Fetch"/> is kept here, so the next page may come.</summary>
public sealed record Kept : Message
{
    public override string ToString() => "Kept";
}

/// <summary>Proposer to acceptors, a round of reads: is your promise still mine?</summary>
public sealed record Confirm(Ballot Ballot, ulong Round) : Message
{
    public override string ToString() => $"Confirm({Ballot}, {Round})";
}

/// <summary>Acceptor to proposer: my promise is still yours, now.</summary>
public sealed record Confirmed(Ballot Ballot, ulong Round) : Message
{
    public override string ToString() => $"Confirmed({Ballot}, {Round})";
}

/// <summary>Learner to another node's acceptor: give me what is chosen from this slot on.</summary>
public sealed record Fetch(ulong From) : Message
{
    public override string ToString() => $"Fetch({From})";
}

/// <summary>The answer to a <see cref="Fetch"/> of what was let go: ask my learner for its snapshot.</summary>
public sealed record Trimmed(ulong Through) : Message
{
    public override string ToString() => $"Trimmed({Through})";
}

/// <summary>Learner to learner: a piece of your snapshot, please.</summary>
/// <param name="Slot">Of which snapshot; 0: of your newest.</param>
/// <param name="Offset">Bytes before the piece.</param>
public sealed record FetchSnapshot(ulong Slot, ulong Offset) : Message
{
    public override string ToString() => $"FetchSnapshot({Slot}, {Offset})";
}

/// <summary>A piece of the snapshot that holds everything up to a slot. Another slot than was asked for: a newer one, begin again.</summary>
/// <param name="Total">Bytes of the whole.</param>
public sealed record SnapshotChunk(ulong Slot, ulong Offset, ulong Total, Value Bytes) : Message
{
    public override string ToString() => $"SnapshotChunk({Slot}, {Offset}+{Bytes.Bytes.Length} of {Total})";
}

/// <summary>Leader to a voter: stand now, I make way.</summary>
public sealed record TakeOver(Ballot Ballot) : Message
{
    public override string ToString() => $"TakeOver({Ballot})";
}

/// <summary>Proposer to the acceptor of the same node: whom have you promised?</summary>
public sealed record Observe : Message
{
    public override string ToString() => "Observe";
}

/// <summary>Acceptor to the proposer of the same node: this is the highest ballot I have seen, and whether its leader is at work.</summary>
/// <param name="IsRemembered">It was promised before this role started, and read from the journal.</param>
public sealed record Observed(Ballot Ballot, bool IsLeading, bool IsRemembered = false) : Message
{
    public override string ToString() => $"Observed({Ballot}{(IsLeading ? ", leading" : "")}{(IsRemembered ? ", remembered" : "")})";
}
