using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>An acceptor promised, for all slots: it accepts nothing below this ballot.</summary>
public sealed record Promised(Ballot Ballot) : Event
{
    public override string ToString() => $"Promised({Ballot})";
}

/// <summary>An acceptor accepted; the promise of the same ballot is implied.</summary>
/// <param name="ChosenThrough">What it knew to be chosen by then: a hint, so that a restart need not ask for everything again.</param>
public sealed record EntryAccepted(Ballot Ballot, ulong Slot, Entry Entry, ulong ChosenThrough) : Event
{
    public override string ToString() => $"EntryAccepted({Ballot}, {Slot}: {Entry})";
}

/// <summary>An acceptor that had missed it was told what is chosen.</summary>
public sealed record EntryLearned(ulong Slot, Entry Entry) : Event
{
    public override string ToString() => $"EntryLearned({Slot}: {Entry})";
}

/// <summary>
/// Everything up to the slot is chosen and in a durable snapshot here. It repeats the promise, so that the journal before it
/// may go as far as no entry that is left stands in it.
/// </summary>
public sealed record LogTrimmed(ulong Through, Ballot Promised, ulong ChosenThrough) : Event
{
    public override string ToString() => $"LogTrimmed({Through})";
}
