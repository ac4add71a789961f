using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking;

/// <summary>Steps of <see cref="Acceptor"/>. An acceptor has no name of its own, so all acceptors share this.</summary>
internal sealed class AcceptorModel(Cast cast, Letters letters, Facts facts) : RoleModel(letters, facts)
{
    private static readonly byte[] Newborn = Bytes(new Acceptor().Write);

    public Shell Initial { get; } = new(Newborn, Newborn, null, new AcceptorHistory(0, Ballot.None));

    public Step[] Receive(Shell shell, int letter)
    {
        var (from, _, message) = Letters[letter];
        var steps = Receive(shell, cast.Players[Math.Max(from, 0)].Place.Node, message);
        if (from == Letter.Anyone && !steps[0].After.Equals(Receive(shell, cast.Players[^1].Place.Node, message)[0].After))
            throw new InvalidOperationException($"The acceptor looks at who says {message}; the check takes all senders of it for one.");
        return steps;
    }

    private Step[] Receive(Shell shell, NodeId from, Message message)
    {
        var effects = new Effects();
        var acceptor = From(shell.Live);
        acceptor.On(from, message, effects);
        var broken = Checks.Promise(((AcceptorHistory)shell.History).Promised, effects);
        return CarryOut(shell, Bytes(acceptor.Write), shell.History, effects, broken);
    }

    protected override byte[] Recover(byte[] journal, Event @event)
    {
        var acceptor = From(journal);
        acceptor.Recover(@event);
        return Bytes(acceptor.Write);
    }

    protected override IEnumerable<Send> Address(NodeId to, Message message) => Letters.FromAcceptor(to, message);

    protected override History Remember(History history, Event durable) => durable switch
    {
        Promised e => Promise(history, e.Ballot),
        // To accept is to promise.
        ValueAccepted e => Promise(Accept(history, new Proposal(e.Ballot, e.Value)), e.Ballot),
        _ => history,
    };

    protected override History Remember(History history, Message left) =>
        left is Promise promise ? Promise(history, promise.Ballot) : history;

    private AcceptorHistory Accept(History history, Proposal proposal)
    {
        var past = (AcceptorHistory)history;
        return past with { Accepted = past.Accepted | Facts.Bit(proposal) };
    }

    private static AcceptorHistory Promise(History history, Ballot ballot)
    {
        var past = (AcceptorHistory)history;
        return ballot > past.Promised ? past with { Promised = ballot } : past;
    }

    private static Acceptor From(byte[] bytes)
    {
        var acceptor = new Acceptor();
        var reader = new CanonicalReader(bytes);
        acceptor.Read(ref reader);
        return acceptor;
    }
}
