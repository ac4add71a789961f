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
