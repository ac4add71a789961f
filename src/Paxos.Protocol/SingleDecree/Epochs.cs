using System.Collections.Immutable;

namespace Paxos.Protocol.SingleDecree;

/// <summary>
/// Whether the acceptors of this node vote, and in which epoch: the change of voters of the decisions, for all instances of the
/// node at once. An epoch here is <see cref="Configuration.VoterEpoch"/>: configurations that differ in their learners only
/// share one.
/// </summary>
/// <remarks>
/// <para>
/// The danger: {a, c} of {a, b, c} decided, a is replaced by an empty d, and {b, d} decides otherwise. So between two epochs
/// there is a move, from e to e' = e + 1, which each voter of e' makes for itself. It asks who may have voted in e for a seal
/// and for what they hold (<see cref="Copy"/>), takes over for every instance the decision or the highest proposal, and then
/// opens e'. The rules, each written down before anything is said that follows from it:
/// </para>
/// <list type="number">
/// <item>
/// A node votes in e only while it is open in e and has not sealed e. Votes are the answers to Prepare, Accept, Query. Before it
/// takes anything over it has sealed the epoch that it was open in.
/// </item>
/// <item>A node answers a Copy for e' when it has sealed e, for ever, or is open in e' itself; and with what it holds then.</item>
/// <item>
/// A node opens e' when it has taken over all pages of (i) one node that is open in e', or (ii) so many voters of e that have
/// sealed it that they meet every quorum of e of either phase, one of them at least having been open in e. Its own state
/// counts as taken over.
/// </item>
/// <item>Ballots of e' are above those of e (<see cref="Protocol.SingleDecree.Epoch"/>), and what was accepted in e is not counted as accepted in e'.</item>
/// </list>
/// <para>
/// Why nothing is decided twice. Say that a node covers epoch k if for each proposal (b, v) that was chosen in k or before, the node
/// knows the decision v or holds a proposal at a ballot of at least b. Claim: (A) every Accept at a ballot above a chosen (b, v) carries
/// v; (B) who is open in e covers e - 1. By induction over ballots and over the order in which nodes open. (A): a proposer of
/// epoch e adopts the highest proposal of its phase-1 quorum, all of them open in e. Within e that is Paxos. If (b, v) was
/// chosen in an earlier epoch, each of the quorum reports a proposal at b or above, by (B), and those carry v by induction.
/// (B) in case (i): the other one covers e - 1, what it holds only rises, and the pages hold that. In case (ii): a (b, v) chosen in e - 1
/// was accepted by a phase-2 quorum, which has a node in common with the sealed ones; that node accepted before it sealed, since
/// it never did afterwards, and its pages were read after that. A (b, v) chosen before e - 1 is covered by the one among them that was
/// open in e - 1. A voter that never was open in e - 1 may be among them: it has accepted nothing there, and never will.
/// </para>
/// <para>
/// A node that opens late finds e' under way, and takes over proposals of e' too: for it that is an Accept that arrives before
/// it has ever promised anything in e'. What comes after it has is dropped (<see cref="Acceptor.Take"/>). A read that says "undecided" heard a phase-1 quorum of e; had e' been open before
/// that read began, the sealed ones would have met that quorum, and not have answered.
/// </para>
/// <para>
/// Progress is another matter: the move from e needs a node that was open in e. So nodes move through every epoch that they hear
/// of, in order, and leave one out only where it is over. The next change of voters is best proposed when a quorum of e is
/// open: then any minority may be lost. Safety never depends on that.
/// </para>
/// </remarks>
public sealed class Epochs
{
    private readonly Member self;
    private readonly RetryDelays delays;
    private readonly SortedDictionary<NodeId, EpochSource> sources = [];

    // The last configuration that this node was open in. Votes come from there unless it is sealed.
    private Configuration? opened;
    private uint sealedThrough;

    // What the log has put in force and this node is to open, by epoch. The first is the one that it is moving to.
    private readonly SortedDictionary<uint, Configuration> pending = [];
    private Configuration? target;

    // Epochs up to this one are over: somebody is open in a later one.
    private uint overThrough;

    // Of the move under way: the configuration of the epoch before, once somebody who was open in it has said so.
    private Configuration? preceding;
    private TimeSpan patience;

    // What this node was formed with stands in another journal, and later configurations take its place there.
    private bool isWritten;

    /// <param name="first">
    /// What this node was formed with: in the first epoch its voters are open from the start. One that joined later is not.
    /// </param>
    public Epochs(Member self, Configuration first, RetryDelays delays)
    {
        this.self = self;
        this.delays = delays;
        patience = delays.Base;
        if (first.VoterEpoch == 1 && first.Voters.Contains(self))
            opened = first;
        else
            Hear(first);
    }

    /// <summary>The last epoch that this node was open in; 0: none.</summary>
    public uint OpenEpoch => opened?.VoterEpoch ?? 0;

    /// <summary>The epoch in which this node votes; 0: it does not.</summary>
    public uint VotingEpoch => OpenEpoch > sealedThrough ? OpenEpoch : 0;

    /// <summary>This node is to vote in an epoch, and does not yet.</summary>
    public bool IsMoving => target is not null;

    /// <summary>
    /// What an acceptor of this node may be given in place of this message: a vote is asked of it in the epoch that it votes in.
    /// In every other one it says what it knows to be chosen, and else nothing.
    /// </summary>
    public static Message Admit(Message message, uint votingEpoch) => message switch
    {
        Prepare m when Epoch.Of(m.Ballot) != votingEpoch => new Learn(),
        Accept m when Epoch.Of(m.Ballot) != votingEpoch => new Learn(),
        Query m when Epoch.Of(m.Ballot) != votingEpoch => new Learn(),
        _ => message,
    };

    /// <summary>The journal has been read: this node votes where it did, and a move that was under way is begun again.</summary>
    public void Start(Effects effects)
    {
        if (opened is not null && !isWritten)
            effects.Persist(new EpochOpened(opened));
        isWritten = true;
        if (VotingEpoch > 0)
            effects.Tell(new EpochIsOpen(VotingEpoch));
        target = null;
        Advance(effects);
    }

    /// <summary>The log has put this configuration in force.</summary>
    public void Move(Configuration next, Effects effects)
    {
        Hear(next);
        Advance(effects);
    }

    private void Hear(Configuration next)
    {
        if (next.Voters.Contains(self))
            pending.TryAdd(next.VoterEpoch, next);
    }

    // What is open, or sealed, or over elsewhere needs no move any more.
    private void Advance(Effects effects)
    {
        var done = Math.Max(Math.Max(OpenEpoch, sealedThrough), overThrough);
        foreach (var epoch in pending.Keys.Where(epoch => epoch <= done).ToArray())
            pending.Remove(epoch);
        var next = pending.Values.FirstOrDefault();
        if (next?.VoterEpoch == target?.VoterEpoch)
            return;
        target = next;
        sources.Clear();
        preceding = null;
        if (target is null)
            effects.StopTimer(Timer.Retry);
        else
            Begin(target, effects);
    }

    private void Begin(Configuration next, Effects effects)
    {
        patience = delays.Base;
        // Whatever it moves to: what it takes over must not pass for a vote in the epoch that it leaves.
        Seal(OpenEpoch + 1, effects);
        if (OpenEpoch + 1 == next.VoterEpoch)
            preceding = opened;
        Ask(next, effects);
        OpenWhenCovered(next, effects);
    }

    public void On(NodeId from, Message message, Effects effects)
    {
        switch (message)
        {
            case Copy m:
                On(from, m, effects);
                break;
            case Copies m when m.Source.Id == from && m.Epoch == target?.VoterEpoch:
                On(m, target, effects);
                break;
        }
    }

    private void On(NodeId from, Copy copy, Effects effects)
    {
        // Whoever still moves there need not: all that was decided there is here, and that is to be copied.
        if (OpenEpoch > copy.Epoch)
            effects.Send(from, new Copies(copy.Epoch, self, opened, copy.After, 0, false, default));
        if (OpenEpoch > copy.Epoch)
            return;
        // Who is open in that epoch, or has sealed later ones, has left the ones below for ever.
        if (OpenEpoch < copy.Epoch && sealedThrough + 1 < copy.Epoch)
        {
            if (OpenEpoch + 1 != copy.Epoch && !copy.IsPreceded)
                return;
            Seal(copy.Epoch, effects);
            Advance(effects);
        }
        effects.Tell(new PageWanted(from, copy.Epoch, opened, copy.After));
    }

    private void Seal(uint next, Effects effects)
    {
        if (sealedThrough >= next - 1)
            return;
        sealedThrough = next - 1;
        effects.Persist(new EpochSealed(sealedThrough));
    }

    /// <summary>The host has read a page of the own instances, each as its acceptor holds it, durably.</summary>
    public void OnPage(PageWanted page, ulong next, bool isLast, EquatableArray<InstanceCopy> items, Effects effects) =>
        effects.Send(page.To, new Copies(page.Epoch, self, page.Opened, page.After, next, isLast, items));

    private void On(Copies copies, Configuration next, Effects effects)
    {
        if (copies.Opened is { } later && later.VoterEpoch > next.VoterEpoch)
        {
            overThrough = later.VoterEpoch - 1;
            Hear(later);
            Advance(effects);
            return;
        }
        if (copies.After == 0 && (!sources.TryGetValue(copies.Source.Id, out var known) || known.Member != copies.Source))
            sources[copies.Source.Id] = new EpochSource(copies.Source, copies.Opened?.VoterEpoch ?? 0);
        if (!sources.TryGetValue(copies.Source.Id, out var source)
            || source.Member != copies.Source || source.IsComplete || source.IsTaking || source.After != copies.After)
        {
            return;
        }
        source.IsTaking = true;
        source.Next = copies.Next;
        source.IsLast = copies.IsLast;
        if (preceding is null && source.OpenEpoch + 1 == next.VoterEpoch)
        {
            preceding = copies.Opened;
            Seal(next.VoterEpoch, effects);
            Ask(next, effects);
        }
        effects.Tell(new CopiesArrived(copies.Epoch, copies.Source, copies.After, copies.Items));
    }

    /// <summary>The host has given the page to the acceptors, and they have written it down.</summary>
    public void OnTaken(CopiesArrived page, Effects effects)
    {
        if (target is not { } next || page.Epoch != next.VoterEpoch
            || !sources.TryGetValue(page.Source.Id, out var source)
            || source.Member != page.Source || !source.IsTaking || source.After != page.After)
        {
            return;
        }
        source.IsTaking = false;
        source.After = source.Next;
        source.IsComplete = source.IsLast;
        if (!source.IsComplete)
            effects.Send(page.Source.Id, new Copy(next.VoterEpoch, source.After, preceding is not null));
        OpenWhenCovered(next, effects);
    }

    private void OpenWhenCovered(Configuration next, Effects effects)
    {
        if (!IsCovered(next))
            return;
        opened = next;
        effects.Persist(new EpochOpened(next));
        effects.Tell(new EpochIsOpen(next.VoterEpoch));
        Advance(effects);
    }

    /// <summary>Rule 3.</summary>
    private bool IsCovered(Configuration next)
    {
        foreach (var source in sources.Values)
        {
            if (source.IsComplete && source.OpenEpoch == next.VoterEpoch)
                return true;
        }
        if (preceding is null)
            return false;
        var quorum = new Quorum(preceding);
        var wasOpen = false;
        if (preceding.Voters.Contains(self))
        {
            quorum.Add(self.Id);
            wasOpen = OpenEpoch == preceding.VoterEpoch;
        }
        foreach (var source in sources.Values)
        {
            // By incarnation: a node that lost its disk has not voted, whatever its name.
            if (!source.IsComplete || !preceding.Voters.Contains(source.Member))
                continue;
            quorum.Add(source.Member.Id);
            wasOpen |= source.OpenEpoch == preceding.VoterEpoch;
        }
        var (phase1, phase2) = preceding.Rule;
        var most = preceding.Voters.Length - Math.Min(phase1, phase2) + 1;
        return wasOpen && quorum.Count >= most;
    }

    /// <summary>Somebody has not answered in time.</summary>
    public void OnRetry(Effects effects)
    {
        if (target is null)
            return;
        patience = delays.After(patience);
        Ask(target, effects);
    }

    private void Ask(Configuration next, Effects effects)
    {
        foreach (var node in Voters(next))
        {
            if (node == self.Id)
                continue;
            // Those too that have given all: they may be open in a later epoch by now, and then this move is over.
            var source = sources.GetValueOrDefault(node);
            if (source is null or { IsTaking: false })
                effects.Send(node, new Copy(next.VoterEpoch, source?.After ?? 0, preceding is not null));
        }
        effects.StartTimer(Timer.Retry, patience, patience * 1.5);
    }

    private ImmutableSortedSet<NodeId> Voters(Configuration next) =>
        [.. next.Voters.Concat(opened?.Voters ?? []).Concat(preceding?.Voters ?? []).Select(voter => voter.Id)];

    public void Recover(Event @event)
    {
        switch (@event)
        {
            case EpochSealed e:
                sealedThrough = Math.Max(sealedThrough, e.Epoch);
                break;
            case EpochOpened e when e.Configuration.VoterEpoch == OpenEpoch:
                isWritten = true;
                break;
            case EpochOpened e when e.Configuration.VoterEpoch > OpenEpoch:
                opened = e.Configuration;
                isWritten = true;
                break;
        }
    }

    public void Write(CanonicalWriter writer)
    {
        Write(writer, opened);
        writer.Number(sealedThrough);
        writer.Number((ulong)pending.Count);
        foreach (var configuration in pending.Values)
            Write(writer, configuration);
        Write(writer, target);
        writer.Number(overThrough);
        Write(writer, preceding);
        writer.Duration(patience);
        writer.Number((ulong)sources.Count);
        foreach (var source in sources.Values)
            source.Write(writer);
    }

    /// <summary>Takes the state that another one of the same node wrote.</summary>
    public void Read(ref CanonicalReader reader)
    {
        opened = ReadConfiguration(ref reader);
        sealedThrough = (uint)reader.Number();
        pending.Clear();
        for (var count = reader.Number(); count > 0; count--)
            Hear(ReadConfiguration(ref reader)!);
        target = ReadConfiguration(ref reader);
        overThrough = (uint)reader.Number();
        preceding = ReadConfiguration(ref reader);
        patience = reader.Duration();
        sources.Clear();
        for (var count = reader.Number(); count > 0; count--)
        {
            var source = EpochSource.Read(ref reader);
            sources.Add(source.Member.Id, source);
        }
    }

    private static void Write(CanonicalWriter writer, Configuration? configuration) => writer.Value(configuration?.Encode());

    private static Configuration? ReadConfiguration(ref CanonicalReader reader) =>
        reader.Value() is { } value ? Configuration.Decode(value) : null;
}
