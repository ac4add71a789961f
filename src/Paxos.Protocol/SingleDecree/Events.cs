namespace Paxos.Protocol.SingleDecree;

/// <summary>An acceptor promised: it accepts nothing below this ballot.</summary>
public sealed record Promised(Ballot Ballot) : Event
{
    public override string ToString() => $"Promised({Ballot})";
}

/// <summary>An acceptor accepted; the promise of the same ballot is implied.</summary>
public sealed record ValueAccepted(Ballot Ballot, Value Value) : Event
{
    public override string ToString() => $"ValueAccepted({Ballot}, {Value})";
}

/// <summary>An acceptor or a learner learned what is chosen.</summary>
public sealed record ValueChosen(Value Value) : Event
{
    public override string ToString() => $"ValueChosen({Value})";
}

/// <summary>An acceptor took over what another one accepted, when the voters changed.</summary>
public sealed record ValueCopied(Ballot Ballot, Value Value) : Event
{
    public override string ToString() => $"ValueCopied({Ballot}, {Value})";
}

/// <summary>The acceptors of this node never vote again in this epoch or one before.</summary>
public sealed record EpochSealed(uint Epoch) : Event
{
    public override string ToString() => $"EpochSealed({Epoch})";
}

/// <summary>The acceptors of this node hold what the epochs before left, and vote in this configuration's.</summary>
public sealed record EpochOpened(Configuration Configuration) : Event
{
    public override string ToString() => $"EpochOpened({Configuration.VoterEpoch})";
}
