namespace Paxos.Protocol.SingleDecree;

/// <summary>
/// The memory of Paxos ("Paxos Made Simple", section 2.2). It remembers the highest ballot that it promised and the last
/// value that it accepted, across every crash; that is what makes a chosen value stay chosen.
/// </summary>
public sealed class Acceptor
{
    private Ballot promised;
    private Proposal? accepted;
    private Value? chosen;

    public void On(NodeId from, Message message, Effects effects)
    {
        switch (message)
        {
            case Chosen m:
                On(m, effects);
                break;
            // What is known to be chosen is answered at once, whatever was asked: no ballot can change it.
            case Prepare or Accept or Query or Learn when chosen is { } value:
                effects.Send(from, new Chosen(value));
                break;
            case Prepare m:
                On(from, m, effects);
                break;
            case Accept m:
                On(from, m, effects);
                break;
            case Query m:
                effects.Send(from, new Report(m.Ballot, accepted));
                break;
        }
    }

    /// <summary>Phase 1b.</summary>
    private void On(NodeId from, Prepare prepare, Effects effects)
    {
        // A promise binds: below it nothing is promised again, or a proposer could miss a value accepted in between.
        if (prepare.Ballot < promised)
        {
            effects.Send(from, new Nack(prepare.Ballot, promised));
            return;
        }
        // A Prepare that comes again is answered again: the first Promise may have been lost.
        if (prepare.Ballot > promised)
        {
            promised = prepare.Ballot;
            effects.Persist(new Promised(promised));
        }
        effects.Send(from, new Promise(prepare.Ballot, accepted));
    }

    /// <summary>Phase 2b.</summary>
    private void On(NodeId from, Accept accept, Effects effects)
    {
        // The promise: a proposer with a higher ballot may have counted on this value not being accepted any more.
        if (accept.Ballot < promised)
        {
            effects.Send(from, new Nack(accept.Ballot, promised));
            return;
        }
        if (accepted?.Ballot != accept.Ballot)
        {
            // Accepting promises too: this acceptor may not have been in the ballot's phase-1 quorum.
            promised = accept.Ballot;
            accepted = new Proposal(accept.Ballot, accept.Value);
            effects.Persist(new ValueAccepted(accept.Ballot, accept.Value));
        }
        effects.Send(from, new Accepted(accept.Ballot));
    }

    private void On(Chosen message, Effects effects)
    {
        if (chosen is not null)
            return;
        Remember(message.Value);
        effects.Persist(new ValueChosen(message.Value));
    }

    /// <summary>What a new voter takes over from this one; null: nothing.</summary>
    public InstanceCopy? Copy(string name) =>
        accepted is null && chosen is null ? null : new InstanceCopy(name, accepted, chosen);

    /// <summary>
    /// Takes over what another acceptor held, in a change of the voters and before this one votes in the new epoch. The highest
    /// proposal is the only one that can have been chosen, and a decision is one for ever.
    /// </summary>
    /// <param name="epoch">
    /// The new epoch. Who has promised in it votes there, and needs no copy any more: one that comes late may be of a ballot
    /// below that promise, and would pass for a vote.
    /// </param>
    public void Take(InstanceCopy copy, uint epoch, Effects effects)
    {
        if (copy.Chosen is { } value)
        {
            On(new Chosen(value), effects);
        }
        else if (chosen is null && Epoch.Of(promised) < epoch && copy.Accepted is { } proposal && proposal.Ballot > (accepted?.Ballot ?? Ballot.None))
        {
            Hold(proposal);
            effects.Persist(new ValueCopied(proposal.Ballot, proposal.Value));
        }
    }

    // What was promised in the epoch before binds nobody any more, but below what is held nothing is to be accepted.
    private void Hold(Proposal proposal)
    {
        accepted = proposal;
        if (proposal.Ballot > promised)
            promised = proposal.Ballot;
    }

    // A known decision replaces promise and accept: no proposer can learn more from them.
    private void Remember(Value value)
    {
        chosen = value;
        promised = Ballot.None;
        accepted = null;
    }

    public void Recover(Event @event)
    {
        switch (@event)
        {
            case Promised e when chosen is null && e.Ballot > promised:
                promised = e.Ballot;
                break;
            case ValueAccepted e when chosen is null && e.Ballot >= promised:
                promised = e.Ballot;
                accepted = new Proposal(e.Ballot, e.Value);
                break;
            case ValueCopied e when chosen is null && e.Ballot > (accepted?.Ballot ?? Ballot.None):
                Hold(new Proposal(e.Ballot, e.Value));
                break;
            case ValueChosen e:
                Remember(e.Value);
                break;
        }
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Ballot(promised);
        writer.Ballot(accepted?.Ballot ?? Ballot.None);
        writer.Value(accepted?.Value);
        writer.Value(chosen);
    }

    /// <summary>Takes the state that another acceptor wrote.</summary>
    public void Read(ref CanonicalReader reader)
    {
        promised = reader.Ballot();
        var ballot = reader.Ballot();
        accepted = reader.Value() is { } value ? new Proposal(ballot, value) : null;
        chosen = reader.Value();
    }
}
