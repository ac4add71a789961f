namespace Paxos.Protocol.SingleDecree;

/// <summary>What the roles of one instance say to each other.</summary>
public abstract record InstanceMessage : Message;

/// <summary>A value that an acceptor accepted, and the ballot at which it did.</summary>
public readonly record struct Proposal(Ballot Ballot, Value Value)
{
    public override string ToString() => $"{Ballot} {Value}";
}

/// <summary>Phase 1a, proposer to acceptors: promise to accept nothing below this ballot, and say what you have accepted.</summary>
public sealed record Prepare(Ballot Ballot) : InstanceMessage
{
    public override string ToString() => $"Prepare({Ballot})";
}

/// <summary>Phase 1b, acceptor to proposer: promised, and this is what I accepted at my highest ballot so far, if anything.</summary>
public sealed record Promise(Ballot Ballot, Proposal? Accepted) : InstanceMessage
{
    public override string ToString() => Accepted is { } accepted ? $"Promise({Ballot}, accepted {accepted})" : $"Promise({Ballot})";
}

/// <summary>Phase 2a, proposer to acceptors: accept this value.</summary>
public sealed record Accept(Ballot Ballot, Value Value) : InstanceMessage
{
    public override string ToString() => $"Accept({Ballot}, {Value})";
}

/// <summary>Phase 2b, acceptor to proposer: accepted. The proposer counts the majority.</summary>
public sealed record Accepted(Ballot Ballot) : InstanceMessage
{
    public override string ToString() => $"Accepted({Ballot})";
}

/// <summary>Acceptor to proposer: refused, I have promised a higher ballot. Nothing but speed depends on it.</summary>
/// <param name="Ballot">The ballot that was refused.</param>
/// <param name="Promised">The ballot that it lost to.</param>
public sealed record Nack(Ballot Ballot, Ballot Promised) : InstanceMessage
{
    public override string ToString() => $"Nack({Ballot}, promised {Promised})";
}

/// <summary>Proposer to acceptors, the read round: what have you accepted? It asks for no promise and disturbs nobody.</summary>
/// <param name="Ballot">A ballot of the reader's that serves as the round's id: a reply to an older round is told apart by it.</param>
public sealed record Query(Ballot Ballot) : InstanceMessage
{
    public override string ToString() => $"Query({Ballot})";
}

/// <summary>Acceptor to proposer: the answer to a <see cref="Query"/>.</summary>
public sealed record Report(Ballot Ballot, Proposal? Accepted) : InstanceMessage
{
    public override string ToString() => Accepted is { } accepted ? $"Report({Ballot}, accepted {accepted})" : $"Report({Ballot})";
}

/// <summary>Learner to everyone: do you know what is chosen? Who does not know stays silent.</summary>
public sealed record Learn : InstanceMessage
{
    public override string ToString() => "Learn";
}

/// <summary>The value is chosen. Told by a proposer that counted its quorum, or by anyone who knows, in answer to any message.</summary>
public sealed record Chosen(Value Value) : InstanceMessage
{
    public override string ToString() => $"Chosen({Value})";
}
