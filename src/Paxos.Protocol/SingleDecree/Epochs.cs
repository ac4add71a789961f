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
/// <item>A node votes in e only while it is open in e and has not sealed e. Votes are the answers to Prepare, Accept, Query.</item>
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
/// it has ever promised anything in e'. A read that says "undecided" heard a phase-1 quorum of e; had e' been open before
/// that read began, the sealed ones would have met that quorum, and not have answered.
/// </para>
/// <para>
/// Progress is another matter: the move from e needs a node that was open in e. So the next change of voters is not to be
/// proposed before a quorum of e is open, and then any minority may be lost. Safety never depends on that.
/// </para>
/// </remarks>
public sealed class Epochs
{
    private readonly Member self;
    private readonly RetryDelays delays;
    private readonly SortedDictionary<NodeId, Source> sources = [];

    // The last configuration that this node was open in. Votes come from there unless it is sealed.
    private Configuration? opened;
    private uint sealedThrough;

    // Where the log says that the group is.
    private Configuration target;

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
        target = first;
        patience = delays.Base;
        if (first.VoterEpoch == 1 && first.Voters.Contains(self))
            opened = first;
    }

    /// <summary>The last epoch that this node was open in; 0: none.</summary>
    public uint OpenEpoch => opened?.VoterEpoch ?? 0;

    /// <summary>The epoch in which this node votes; 0: it does not.</summary>
    public uint VotingEpoch => OpenEpoch > sealedThrough ? OpenEpoch : 0;

    /// <summary>This node is to vote in an epoch, and does not yet.</summary>
    public bool IsMoving => OpenEpoch < target.VoterEpoch && target.Voters.Contains(self);

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
        BeginWhenMoving(effects);
    }

    private void BeginWhenMoving(Effects effects)
    {
        if (IsMoving)
            Begin(effects);
    }

    /// <summary>The log has put this configuration in force.</summary>
    public void Move(Configuration next, Effects effects)
    {
        if (next.VoterEpoch <= target.VoterEpoch)
            return;
        target = next;
        BeginWhenMoving(effects);
    }

    private void Begin(Effects effects)
    {
        sources.Clear();
        patience = delays.Base;
        preceding = OpenEpoch + 1 == target.VoterEpoch ? opened : null;
        if (preceding is not null)
            Seal(target.VoterEpoch, effects);
        Ask(effects);
        OpenWhenCovered(effects);
    }

    public void On(NodeId from, Message message, Effects effects)
    {
        switch (message)
        {
            case Copy m:
                On(from, m, effects);
                break;
            case Copies m when m.Source.Id == from && IsMoving && m.Epoch == target.VoterEpoch:
                On(m, effects);
                break;
        }
    }

    private void On(NodeId from, Copy copy, Effects effects)
    {
        // Who is open in that epoch has left the ones below for ever. Who has sealed it has nothing to say to one that opens it.
        if (OpenEpoch > copy.Epoch || sealedThrough >= copy.Epoch)
            return;
        if (OpenEpoch < copy.Epoch)
        {
            if (OpenEpoch + 1 != copy.Epoch && !copy.IsPreceded)
                return;
            Seal(copy.Epoch, effects);
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

    private void On(Copies copies, Effects effects)
    {
        if (copies.After == 0 && (!sources.TryGetValue(copies.Source.Id, out var known) || known.Member != copies.Source))
            sources[copies.Source.Id] = new Source(copies.Source, copies.Opened?.VoterEpoch ?? 0);
        if (!sources.TryGetValue(copies.Source.Id, out var source)
            || source.Member != copies.Source || source.IsComplete || source.IsTaking || source.After != copies.After)
        {
            return;
        }
        source.IsTaking = true;
        source.Next = copies.Next;
        source.IsLast = copies.IsLast;
        if (preceding is null && source.OpenEpoch + 1 == target.VoterEpoch)
        {
            preceding = copies.Opened;
            Seal(target.VoterEpoch, effects);
            Ask(effects);
        }
        effects.Tell(new CopiesArrived(copies.Epoch, copies.Source, copies.After, copies.Items));
    }

    /// <summary>The host has given the page to the acceptors, and they have written it down.</summary>
    public void OnTaken(CopiesArrived page, Effects effects)
    {
        if (!IsMoving || page.Epoch != target.VoterEpoch
            || !sources.TryGetValue(page.Source.Id, out var source)
            || source.Member != page.Source || !source.IsTaking || source.After != page.After)
        {
            return;
        }
        source.IsTaking = false;
        source.After = source.Next;
        source.IsComplete = source.IsLast;
        if (!source.IsComplete)
            effects.Send(page.Source.Id, new Copy(target.VoterEpoch, source.After, preceding is not null));
        OpenWhenCovered(effects);
    }

    private void OpenWhenCovered(Effects effects)
    {
        if (!IsCovered())
            return;
        opened = target;
        sources.Clear();
        preceding = null;
        effects.Persist(new EpochOpened(target));
        effects.StopTimer(Timer.Retry);
        effects.Tell(new EpochIsOpen(target.VoterEpoch));
    }

    /// <summary>Rule 3.</summary>
    private bool IsCovered()
    {
        foreach (var source in sources.Values)
        {
            if (source.IsComplete && source.OpenEpoch == target.VoterEpoch)
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
        if (!IsMoving)
            return;
        patience = delays.After(patience);
        Ask(effects);
    }

    private void Ask(Effects effects)
    {
        foreach (var node in Voters())
        {
            if (node == self.Id)
                continue;
            var source = sources.GetValueOrDefault(node);
            if (source is null or { IsComplete: false, IsTaking: false })
                effects.Send(node, new Copy(target.VoterEpoch, source?.After ?? 0, preceding is not null));
        }
        effects.StartTimer(Timer.Retry, patience, patience * 1.5);
    }

    private ImmutableSortedSet<NodeId> Voters() =>
        [.. target.Voters.Concat(opened?.Voters ?? []).Concat(preceding?.Voters ?? []).Select(voter => voter.Id)];

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
                if (opened.VoterEpoch > target.VoterEpoch)
                    target = opened;
                break;
        }
    }

    public void Write(CanonicalWriter writer)
    {
        Write(writer, opened);
        writer.Number(sealedThrough);
        Write(writer, target);
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
        target = ReadConfiguration(ref reader)!;
        preceding = ReadConfiguration(ref reader);
        patience = reader.Duration();
        sources.Clear();
        for (var count = reader.Number(); count > 0; count--)
        {
            var source = Source.Read(ref reader);
            sources.Add(source.Member.Id, source);
        }
    }

    private static void Write(CanonicalWriter writer, Configuration? configuration) => writer.Value(configuration?.Encode());

    private static Configuration? ReadConfiguration(ref CanonicalReader reader) =>
        reader.Value() is { } value ? Configuration.Decode(value) : null;

    /// <summary>Who is copied from, and how far that is.</summary>
    /// <param name="openEpoch">As it said with its first page: what it says later may be of a state that the first page did not have.</param>
    private sealed class Source(Member member, uint openEpoch)
    {
        public Member Member => member;

        public uint OpenEpoch => openEpoch;

        public ulong After { get; set; }

        public ulong Next { get; set; }

        public bool IsLast { get; set; }

        /// <summary>A page is on its way into the acceptors.</summary>
        public bool IsTaking { get; set; }

        public bool IsComplete { get; set; }

        public void Write(CanonicalWriter writer)
        {
            writer.Node(member.Id);
            writer.Incarnation(member.Incarnation);
            writer.Number(openEpoch);
            writer.Number(After);
            writer.Number(Next);
            writer.Flag(IsLast);
            writer.Flag(IsTaking);
            writer.Flag(IsComplete);
        }

        public static Source Read(ref CanonicalReader reader) => new(new Member(reader.Node(), reader.Incarnation()), (uint)reader.Number())
        {
            After = reader.Number(),
            Next = reader.Number(),
            IsLast = reader.Flag(),
            IsTaking = reader.Flag(),
            IsComplete = reader.Flag(),
        };
    }
}
