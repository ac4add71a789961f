namespace Paxos.Protocol.SingleDecree;

/// <summary>
/// Gets one value chosen ("Paxos Made Simple", section 2.2), or finds out which one is. It may be lost at any point: all
/// that it must remember are the rounds it issued, and those are the node's (<see cref="Rounds"/>).
/// </summary>
/// <remarks>One proposer serves one call, <see cref="Propose"/> or <see cref="Read(Effects)"/>; it is then spent.</remarks>
public sealed class Proposer(NodeId self, Configuration configuration, Rounds rounds, RetryDelays delays)
{
    private enum Phase
    {
        Idle,
        Querying,
        Preparing,
        Accepting,
        Done,
    }

    private Phase phase;
    private Quorum answered = new(configuration);

    // What it would like to be chosen: nothing, for a read.
    private Value? wish;

    // The highest proposal that was reported in this phase: what phase 2 must carry on with.
    private Proposal? adopted;

    // Of a read round: every report so far is of one and the same proposal.
    private bool unanimous;

    // The highest ballot that this proposer lost to.
    private Ballot outbid;
    private TimeSpan patience = delays.Base;

    /// <summary>The ballot of the round under way; <see cref="Ballot.None"/> before the first.</summary>
    public Ballot Ballot { get; private set; }

    /// <summary>True once an Accept was sent: from then on the value may be chosen even if nobody is ever told.</summary>
    public bool MayHaveHappened { get; private set; }

    public void Propose(Value value, Effects effects)
    {
        wish = value;
        Prepare(effects);
    }

    /// <summary>
    /// Asks a quorum what it has accepted. Nothing: undecided. One proposal, by a quorum: that is chosen. Anything else: the
    /// instance is finished first, since what some have accepted may be chosen. Never "undecided" from local absence.
    /// </summary>
    public void Read(Effects effects) => Begin(Phase.Querying, effects);

    public void On(NodeId from, Message message, Effects effects)
    {
        switch (message)
        {
            case Promise m when phase == Phase.Preparing && m.Ballot == Ballot:
                OnPromise(from, m, effects);
                break;
            case Accepted m when phase == Phase.Accepting && m.Ballot == Ballot:
                OnAccepted(from, effects);
                break;
            case Report m when phase == Phase.Querying && m.Ballot == Ballot:
                OnReport(from, m, effects);
                break;
            case Nack m when phase is Phase.Preparing or Phase.Accepting && m.Ballot == Ballot:
                OnNack(m, effects);
                break;
            case Chosen m when phase is not (Phase.Idle or Phase.Done):
                Finish(effects);
                effects.Tell(new Effect.Chosen(m.Value));
                break;
        }
    }

    /// <summary>Phase 2a begins when a phase-1 quorum has promised.</summary>
    private void OnPromise(NodeId from, Promise promise, Effects effects)
    {
        if (!answered.Add(from))
            return;
        Adopt(promise.Accepted);
        if (answered.Count < configuration.Rule.Phase1)
            return;
        // The heart of Paxos: what may have been chosen at a lower ballot was accepted by someone in this quorum, and the
        // highest of it is the only value that can have been. The own wish is free only where nothing was accepted.
        if ((adopted?.Value ?? wish) is { } value)
            Accept(value, effects);
        else
            FinishUndecided(effects);
    }

    private void OnAccepted(NodeId from, Effects effects)
    {
        if (answered.Add(from) && answered.Count == configuration.Rule.Phase2)
            FinishChosen(adopted!.Value.Value, effects);
    }

    private void OnReport(NodeId from, Report report, Effects effects)
    {
        if (!answered.Add(from))
            return;
        unanimous = answered.Count == 1 || (unanimous && report.Accepted == adopted);
        Adopt(report.Accepted);
        // What was accepted before the voters changed was copied since, and copies are not counted.
        var isOfNow = adopted is { } highest && Epoch.Of(highest.Ballot) == configuration.VoterEpoch;
        if (unanimous && isOfNow && adopted is { } proposal && answered.Count >= configuration.Rule.Phase2)
            FinishChosen(proposal.Value, effects);
        else if (answered.Count >= configuration.Rule.Phase1 && adopted is null)
            FinishUndecided(effects);
        else if (answered.Count >= configuration.Rule.Phase1)
            Prepare(effects);
    }

    // A nack does not end the round: a quorum may still answer. It says that the next try needs a higher ballot, and soon.
    private void OnNack(Nack nack, Effects effects)
    {
        var first = outbid <= Ballot;
        if (nack.Promised > outbid)
            outbid = nack.Promised;
        // Uniform from nothing: of two that duel, one is soon well ahead of the other.
        if (first && outbid > Ballot)
            effects.StartTimer(Timer.Retry, TimeSpan.Zero, patience);
    }

    /// <summary>Nobody answered in time, or a rival has had its head start.</summary>
    public void OnRetry(Effects effects)
    {
        if (phase is Phase.Idle or Phase.Done)
            return;
        patience = delays.After(patience);
        if (outbid > Ballot)
            Prepare(effects);
        else
            SendToSilent(effects);
    }

    private void Prepare(Effects effects) => Begin(Phase.Preparing, effects);

    private void Begin(Phase next, Effects effects)
    {
        // The voters are those of before, so the epoch is too, and a node of this name may have issued ballots in it: that one's
        // rounds are lost with its disk. It waits for the epoch in which it votes, which none of them has seen.
        if (configuration.Joining.Contains(self))
        {
            phase = Phase.Idle;
            return;
        }
        var above = Math.Max(Math.Max(outbid.Round, Ballot.Round), Epoch.Floor(configuration.VoterEpoch));
        var round = rounds.Next(above, effects);
        // This node has issued ballots of a later epoch, so this one is over: a ballot of another epoch would not mean here what
        // it says. It waits for the configuration that it has missed.
        if (Epoch.Of(round) != configuration.VoterEpoch)
        {
            phase = Phase.Idle;
            return;
        }
        Ballot = new Ballot(round, self);
        adopted = null;
        Enter(next, effects);
    }

    /// <summary>The voters have changed: what is under way begins again, with them. What was accepted before stays.</summary>
    public void Move(Configuration next, Effects effects)
    {
        var changes = next.VoterEpoch > configuration.VoterEpoch;
        configuration = next;
        if (!changes || phase == Phase.Done)
            return;
        patience = delays.Base;
        Begin(wish is null ? Phase.Querying : Phase.Preparing, effects);
    }

    private void Accept(Value value, Effects effects)
    {
        adopted = new Proposal(Ballot, value);
        MayHaveHappened = true;
        Enter(Phase.Accepting, effects);
    }

    private void Enter(Phase next, Effects effects)
    {
        phase = next;
        answered = new Quorum(configuration);
        SendToSilent(effects);
    }

    // The same message at the same ballot to those who have not answered: harmless to who has seen it, needed by who has not.
    private void SendToSilent(Effects effects)
    {
        Message message = phase switch
        {
            Phase.Querying => new Query(Ballot),
            Phase.Preparing => new Prepare(Ballot),
            _ => new Accept(Ballot, adopted!.Value.Value),
        };
        foreach (var voter in configuration.Voters)
        {
            if (!answered.Contains(voter.Id))
                effects.Send(voter.Id, message);
        }
        effects.StartTimer(Timer.Retry, patience, patience * 1.5);
    }

    private void Adopt(Proposal? reported)
    {
        if (reported is { } proposal && proposal.Ballot > (adopted?.Ballot ?? Ballot.None))
            adopted = proposal;
    }

    private void FinishChosen(Value value, Effects effects)
    {
        Finish(effects);
        foreach (var node in configuration.Everyone)
            effects.Send(node, new Chosen(value));
        effects.Tell(new Effect.Chosen(value));
    }

    private void FinishUndecided(Effects effects)
    {
        Finish(effects);
        effects.Tell(new Effect.Undecided());
    }

    private void Finish(Effects effects)
    {
        phase = Phase.Done;
        effects.StopTimer(Timer.Retry);
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Number((ulong)phase);
        answered.Write(writer);
        writer.Value(wish);
        writer.Ballot(adopted?.Ballot ?? Ballot.None);
        writer.Value(adopted?.Value);
        writer.Flag(unanimous);
        writer.Ballot(outbid);
        writer.Duration(patience);
        writer.Ballot(Ballot);
        writer.Flag(MayHaveHappened);
    }

    /// <summary>Takes the state that another proposer of the same node and configuration wrote.</summary>
    public void Read(ref CanonicalReader reader)
    {
        phase = (Phase)reader.Number();
        answered = Quorum.Read(configuration, ref reader);
        wish = reader.Value();
        var ballot = reader.Ballot();
        adopted = reader.Value() is { } value ? new Proposal(ballot, value) : null;
        unanimous = reader.Flag();
        outbid = reader.Ballot();
        patience = reader.Duration();
        Ballot = reader.Ballot();
        MayHaveHappened = reader.Flag();
    }
}
