namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// Judges whether somebody leads, and says when this node is to stand (after OmniPaxos' ballot leader election, EuroSys 2023,
/// section 5). Safety hangs on none of it: ballots and quorums see to that. It keeps two things: a node stands only where it
/// hears a quorum, so that one in a minority never raises ballots; and it stands only where no leader that hears a quorum is
/// heard, or vouched for by a node that it hears, so that one bad link does not depose a leader that serves the others.
/// </summary>
internal sealed class Election(NodeId self, Configuration configuration, LogOptions options)
{
    // This node, as the configuration that it began with names it, or the first that does.
    private Member? member = configuration.Find(self);
    private Configuration configuration = configuration;
    private HearingView view = HearingView.Nobody;
    private bool isWaiting;
    private bool isResigned;

    // The highest ballot was promised before this process, or the acceptor's role, started.
    private bool isRemembered;

    // The log has come to the configuration, so it is that of the slots behind. A node that was added later begins with one that its
    // log is yet to come to: until then it would ask the wrong quorum.
    private bool isInForce = configuration.Epoch == Configuration.FirstEpoch;

    // The process that the leader's ballot came from: one that has started anew does not lead any more.
    private ulong boot;

    /// <summary>The highest ballot heard of: whose it is leads, or is about to.</summary>
    public Ballot Highest { get; private set; }

    /// <summary>Its leader was seen at work, and was not only promised to.</summary>
    public bool IsProven { get; private set; }

    /// <summary>This node stands or leads itself: then there is nothing to wait for.</summary>
    public bool IsOwn { get; set; }

    public bool HearsQuorum => HearsQuorumOf(configuration);

    public bool HearsQuorumOf(Configuration other) => other.IsQuorumHeard(self, view.Hears);

    public bool Hears(NodeId node) => node == self || view.Hears(node);

    /// <summary>Who leads, where this node knows and can tell that it does; default: nobody.</summary>
    public NodeId Leader => IsProven && Highest.Node != self && IsAlive(Highest.Node) ? Highest.Node : default;

    /// <summary>A ballot was promised here, refused here, or seen at work.</summary>
    public void Observe(Ballot ballot, bool isLeading, bool isRemembered, Effects effects)
    {
        if (ballot < Highest || (ballot == Highest && (IsProven || !isLeading)))
            return;
        var isNew = ballot > Highest;
        Highest = ballot;
        IsProven = isLeading;
        this.isRemembered = isRemembered;
        boot = BootOf(ballot.Node);
        if (isNew || isLeading)
            StopWaiting(effects);
        Judge(effects);
    }

    public void On(HearingView next, Effects effects)
    {
        view = next;
        if (boot == 0)
        {
            boot = BootOf(Highest.Node);
        }
        else if (view.Heard.TryGetValue(Highest.Node, out var own) && own.Boot != boot)
        {
            // It has started anew and does not lead any more; or it leads since, and was not heard as what it is. If so it sees in
            // this node's answers that it is heard now, and shows itself.
            boot = own.Boot;
            IsProven = false;
        }
        Judge(effects);
    }

    public void Adopt(Configuration next, Effects effects)
    {
        configuration = next;
        isInForce = true;
        member ??= next.Find(self);
        Judge(effects);
    }

    /// <summary>The wait is over. True where this node is to stand now.</summary>
    public bool OnTimer()
    {
        isWaiting = false;
        return !IsOwn && MayStand;
    }

    /// <summary>True where this node has a vote, hears a quorum, knows which configuration its next slot belongs to, and has not resigned.</summary>
    public bool MayStand => isInForce && HasVote && HearsQuorum && !isResigned;

    /// <summary>This node stands no more.</summary>
    public void Resign() => isResigned = true;

    /// <summary>
    /// A vote is an incarnation's: in a configuration of before it was replaced a node must not pass for the one that it replaces.
    /// </summary>
    public bool HasVote => member is { } own && configuration.Voters.Contains(own);

    /// <summary>To be called when this node's part has changed.</summary>
    public void Judge(Effects effects)
    {
        if (IsOwn || !MayStand)
        {
            StopWaiting(effects);
            return;
        }
        var isAlive = Highest.Node != self && Highest != Ballot.None && IsAlive(Highest.Node);
        if (isAlive && IsProven)
        {
            StopWaiting(effects);
        }
        else if (!isWaiting)
        {
            isWaiting = true;
            // Somebody was promised to, and is given the time to show itself; and so is whoever has taken the place of a node that led
            // and comes back, and knows of nobody but itself. Else a draw, so that two seldom stand at once.
            if ((isAlive || Highest.Node == self) && !IsBeginning)
                effects.StartTimer(Timer.Stand, options.ElectionTimeout, options.ElectionTimeout * 2);
            else
                effects.StartTimer(Timer.Stand, TimeSpan.Zero, options.StandWithin);
        }
    }

    // Nobody leads yet: all voters that are heard have started anew, none that is heard or told of has had a quorum without this
    // node, and this one has promised nothing since it started. Whose ballot it remembers leads no more, and all would wait for that
    // in vain.
    private bool IsBeginning
    {
        get
        {
            if (!isRemembered)
                return false;
            foreach (var (node, pong) in view.Heard)
            {
                if ((!pong.IsNew && configuration.IndexOfVoter(node) >= 0) || MayLead(node, pong.Hears))
                    return false;
                foreach (var reported in pong.Reports.AsSpan())
                {
                    if (MayLead(reported.Node, reported.Hears))
                        return false;
                }
            }
            return true;
        }
    }

    private bool MayLead(NodeId node, EquatableArray<NodeId> hears) =>
        configuration.IndexOfVoter(node) >= 0 && configuration.IsQuorumHeard(node, other => other != self && hears.AsSpan().Contains(other));

    // It answers this node, or one that this node hears, and it hears a quorum itself. Two steps reach far enough: whoever
    // hears a quorum shares a node with every other that does.
    private bool IsAlive(NodeId leader)
    {
        if (view.Heard.TryGetValue(leader, out var own))
            return own.Boot == boot && configuration.IsQuorumHeard(leader, node => own.Hears.AsSpan().Contains(node));
        foreach (var (_, pong) in view.Heard)
        {
            foreach (var reported in pong.Reports.AsSpan())
            {
                if (reported.Node == leader && reported.Boot == boot && configuration.IsQuorumHeard(leader, node => reported.Hears.AsSpan().Contains(node)))
                    return true;
            }
        }
        return false;
    }

    private ulong BootOf(NodeId node)
    {
        if (view.Heard.TryGetValue(node, out var own))
            return own.Boot;
        foreach (var (_, pong) in view.Heard)
        {
            foreach (var reported in pong.Reports.AsSpan())
            {
                if (reported.Node == node)
                    return reported.Boot;
            }
        }
        return 0;
    }

    private void StopWaiting(Effects effects)
    {
        if (!isWaiting)
            return;
        isWaiting = false;
        effects.StopTimer(Timer.Stand);
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Ballot(Highest);
        writer.Flag(IsProven);
        writer.Flag(IsOwn);
        writer.Flag(isWaiting);
        writer.Flag(isInForce);
        writer.Flag(isResigned);
        writer.Flag(isRemembered);
        writer.Number(boot);
    }

    public void Read(Configuration current, ref CanonicalReader reader)
    {
        configuration = current;
        Highest = reader.Ballot();
        IsProven = reader.Flag();
        IsOwn = reader.Flag();
        isWaiting = reader.Flag();
        isInForce = reader.Flag();
        isResigned = reader.Flag();
        isRemembered = reader.Flag();
        boot = reader.Number();
    }
}
