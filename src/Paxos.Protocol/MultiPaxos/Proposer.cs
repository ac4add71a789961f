using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// Leads the log, where this node is the one to: one Prepare for all slots from the first that it does not know to be chosen,
/// what a quorum reports adopted, gaps filled with no-ops, then a no-op of its own as the barrier behind which it is open for
/// commands. It counts the majority. Elsewhere it says who leads. It may be lost at any point: all that it must remember are
/// the rounds that it issued.
/// </summary>
/// <remarks>
/// A configuration is an entry and a fence: nothing is proposed behind it until it is chosen; the slots behind it belong to the
/// new configuration, in which phase 1 is asked for again, at the same ballot. A new leader that finds one in a promise does
/// the same. A leader never proposes in a slot whose configuration it does not know: where others know more to be chosen than
/// its own node has applied, it waits until that has caught up, and begins phase 1 again.
/// </remarks>
public sealed class Proposer(NodeId self, Configuration configuration, Rounds rounds, LogOptions options) : ILogProtocol
{
    // Retries without an opening after which a leader tries with another ballot, and so with another quorum.
    private const int Patience = 20;

    private enum Phase
    {
        Following,

        /// <summary>Asking the own acceptor from where on it knows nothing, and the own learner whether it has come so far.</summary>
        Looking,

        /// <summary>Phase 1.</summary>
        Preparing,

        /// <summary>Others know more to be chosen than this node has applied.</summary>
        CatchingUp,

        /// <summary>Phase 2, for every slot from here on.</summary>
        Leading,
    }

    private readonly Election election = new(self, configuration, options);
    private readonly CommandQueue queue = new(options);
    private readonly ReadRounds reads = new();
    private readonly Preparation preparation = new();
    private readonly Flights flights = new();

    // What each member said that it has of the chosen; members that are not heard are not asked.
    private readonly SortedDictionary<NodeId, ulong> learned = [];
    private Configuration configuration = configuration;
    private ulong configurationSlot;
    private HearingView view = HearingView.Nobody;
    private Phase phase;
    private Ballot ballot;
    private NodeId toldLeader;
    private int retries;

    // Where phase 1 began; then: the first slot proposed at this ballot, the next to propose, what is chosen without a gap.
    private ulong from;
    private ulong first;
    private Ballot firstOf;
    private ulong next;
    private ulong chosenThrough;
    private ulong toldThrough;
    private ulong learnersToldThrough;

    // The slot of the leader's own no-op; of a configuration under way; 0: none.
    private ulong barrier;
    private ulong fence;
    private bool isOpen;
    private Configuration? wanted;
    private NodeId successor;
    private Timestamps timestamps;
    private ulong dueMs = ulong.MaxValue;
    private bool isTickWanted;
    private bool isRetrying;

    // It led, or was about to, and does not any more; everybody else waits for it while its node is heard.
    private bool IsInTheWay => phase == Phase.Following && election.Highest.Node == self;

    // A machine whose deadline never moves must not make one slot after the other.
    private TimeSpan TickPause => options.Retry.Base / 10;

    private bool ChangeIsUnderWay => wanted is not null || fence > 0 || successor != default;

    /// <summary>In which it counts quorums now: by name. What another incarnation of a voter says must not reach it.</summary>
    public Configuration Configuration => configuration;

    public NodeId Leader => isOpen ? self : election.Leader;

    /// <summary>Bytes of commands that wait for a slot.</summary>
    public long QueuedBytes => queue.Bytes;

    /// <summary>How far this node has come to lead, in a word, for the log.</summary>
    public string Stage => phase.ToString();

    /// <summary>It has begun to lead, and serves no commands yet.</summary>
    public bool IsStanding => phase != Phase.Following && !isOpen;

    /// <summary>The ballot of this node while it stands or leads, else the highest that it has heard of.</summary>
    public Ballot Ballot => election.Highest;

    /// <summary>
    /// Whom this role means by a name, null: nobody. What it sends must go to that incarnation and to no other: a node that was
    /// put in the place of a lost one does not remember what that one promised.
    /// </summary>
    public Member? Find(NodeId node) => configuration.Find(node);

    public void Start(Now now, Effects effects)
    {
        effects.SendNow(self, new Observe());
        effects.SendNow(self, new WhenApplied(0));
    }

    public void On(HearingView view, Now now, Effects effects)
    {
        var before = this.view;
        this.view = view;
        election.On(view, effects);
        if (phase == Phase.Leading)
        {
            // Who was away, or has started anew, or hears only now that this node has, may not know who leads, nor what is chosen.
            foreach (var (node, pong) in view.Heard)
            {
                if (!before.Heard.TryGetValue(node, out var old) || old.Boot != pong.Boot || old.BootOf(self) != pong.BootOf(self))
                {
                    learned.Remove(node);
                    Announce(node, effects);
                }
            }
            Retry(effects);
        }
        Settle(effects);
    }

    private void OnInForce(InForce message, Effects effects)
    {
        if (message.Slot <= configurationSlot)
            return;
        // A leader has adopted its own fence when it was chosen; any other is news to it, and another leads.
        configuration = message.Configuration;
        configurationSlot = message.Slot;
        if (phase is Phase.Preparing or Phase.Leading)
            StepDown(effects);
        election.Adopt(configuration, effects);
        // Its promises were counted in the configuration before.
        if (phase == Phase.CatchingUp)
            Look(effects);
    }

    public void On(NodeId from, Message message, Now now, Effects effects)
    {
        switch (message)
        {
            case Promise m when m.Ballot == ballot:
                OnPromise(from, m, now, effects);
                break;
            case Accepted m when phase == Phase.Leading && m.Ballot == ballot:
                OnAccepted(from, m, now, effects);
                break;
            case Nack m when phase != Phase.Following && m.Ballot == ballot && m.Promised > ballot:
                election.Observe(m.Promised, isLeading: false, isRemembered: false, effects);
                StepDown(effects);
                break;
            case Confirmed m when phase == Phase.Leading && m.Ballot == ballot:
                reads.On(from, m, configuration, effects);
                StartReads(effects);
                break;
            case Learned m when phase == Phase.Leading:
                learned[from] = m.Through;
                PromoteWhoHasCaughtUp(now, effects);
                break;
            case Observed m when from == self:
                OnObserved(m, effects);
                break;
            case InForce m when from == self:
                OnInForce(m, effects);
                break;
            case Applied m when from == self:
                OnApplied(m, now, effects);
                break;
            case Due m when from == self:
                // The same again: a tick did not do all of it, or nothing at all.
                var atLeast = m.TimeMs == dueMs ? TickPause : TimeSpan.Zero;
                dueMs = m.TimeMs;
                AwaitDue(now, effects, atLeast);
                break;
            case Submit m:
                On(from, m, now, effects);
                break;
            case ConfirmRead m when phase == Phase.Following:
                effects.SendNow(from, new Refused(m.Id, Refusal.NotLeader, Leader));
                break;
            case ConfirmRead m:
                reads.Add(from, m.Id);
                StartReads(effects);
                break;
            case Reconfigure m:
                On(from, m, now, effects);
                break;
            case Transfer m:
                On(from, m, effects);
                break;
            case Resign when from == self:
                election.Resign();
                if (phase != Phase.Following)
                    StepDown(effects);
                break;
            case TakeOver m when phase == Phase.Following && m.Ballot >= election.Highest && election.MayStand:
                Stand(effects);
                break;
        }
        Settle(effects);
    }

    public void OnTimer(Timer timer, Now now, Effects effects)
    {
        switch (timer)
        {
            case Timer.Stand:
                if (election.OnTimer())
                    Stand(effects);
                break;
            case Timer.Retry:
                isRetrying = false;
                OnRetry(now, effects);
                break;
            case Timer.Tick when isOpen && timestamps.Next(now) < dueMs:
                AwaitDue(now, effects);
                break;
            case Timer.Tick when isOpen:
                isTickWanted = true;
                Propose(now, effects);
                break;
        }
        Settle(effects);
    }

    /// <summary>Raises a ballot above all it has heard of, and asks first its own acceptor: one that cannot write need not trouble others.</summary>
    private void Stand(Effects effects)
    {
        ballot = new Ballot(rounds.Next(Math.Max(election.Highest.Round, ballot.Round), effects), self);
        election.IsOwn = true;
        election.Observe(ballot, isLeading: false, isRemembered: false, effects);
        retries = 0;
        Look(effects);
    }

    private void Look(Effects effects)
    {
        phase = Phase.Looking;
        isOpen = false;
        flights.Clear();
        from = 0;
        effects.Send(self, new Prepare(ballot, 0));
        Retry(effects);
    }

    private void OnPromise(NodeId node, Promise promise, Now now, Effects effects)
    {
        if (phase == Phase.Looking && node == self && from == 0)
        {
            // The configuration of the slots from here on is known when all before them is applied here.
            from = promise.From;
            AwaitApplied(effects);
        }
        else if (phase is Phase.Preparing or Phase.CatchingUp && configuration.IndexOfVoter(node) >= 0)
        {
            if (preparation.On(node, promise, configuration))
                effects.Send(node, new Prepare(ballot, promise.Next));
            // One more may make it needless to catch up.
            if (preparation.IsComplete(configuration) && (phase == Phase.Preparing || preparation.Chosen(configuration).Through < from))
                Lead(now, effects);
        }
    }

    // A learner that began anew since it told of this configuration may not have come to it again: then it is not that of the
    // next slot.
    private ulong LookedFor => Math.Max(from - 1, configurationSlot);

    private void AwaitApplied(Effects effects) => effects.SendNow(self, new WhenApplied(LookedFor));

    private void OnApplied(Applied applied, Now now, Effects effects)
    {
        if (phase == Phase.Looking && from > 0 && applied.Slot >= LookedFor)
        {
            // The learner may be ahead of the acceptor, whose marks are only hints on disk; and it is behind what it has applied
            // that the configuration is known.
            from = applied.Slot + 1;
            Prepare(effects);
        }
        else if (phase == Phase.CatchingUp)
        {
            Look(effects);
        }
        else if (phase == Phase.Leading && !isOpen && barrier > 0 && barrier <= chosenThrough && applied.Slot >= barrier)
        {
            timestamps.Start(applied.TimeMs, now);
            isOpen = true;
            retries = 0;
            AwaitDue(now, effects);
            Propose(now, effects);
            StartReads(effects);
        }
    }

    /// <summary>Phase 1a: from the first slot that is not known to be chosen.</summary>
    private void Prepare(Effects effects)
    {
        if (!election.HasVote)
        {
            StepDown(effects);
            return;
        }
        phase = Phase.Preparing;
        preparation.Begin(from, configuration);
        foreach (var voter in configuration.Voters.AsSpan())
            effects.Send(voter.Id, new Prepare(ballot, from));
        Retry(effects);
    }

    /// <summary>A quorum has promised and told all that it accepted.</summary>
    private void Lead(Now now, Effects effects)
    {
        var (through, knows) = preparation.Chosen(configuration);
        if (through >= from)
        {
            // Never a guess at what others have let go of, nor at the configuration that may have been among it.
            phase = Phase.CatchingUp;
            effects.SendNow(self, new Missing(from, through, knows));
            effects.SendNow(self, new WhenApplied(through));
            return;
        }
        // Behind a fence it goes on at the same ballot; but of what an earlier leader had chosen there, it proposed nothing at its own.
        if (firstOf != ballot || from != next)
            (first, firstOf) = (from, ballot);
        phase = Phase.Leading;
        isOpen = false;
        barrier = 0;
        fence = 0;
        next = from;
        chosenThrough = from - 1;
        toldThrough = chosenThrough;
        learnersToldThrough = chosenThrough;
        reads.Restart();
        learned.Clear();
        Propose(now, effects);
        Retry(effects);
    }

    /// <summary>Phase 2a, while there is room in the window and something to propose.</summary>
    private void Propose(Now now, Effects effects)
    {
        if (phase != Phase.Leading)
            return;
        while (flights.Count < options.Window && fence == 0 && NextEntry(now) is { } entry)
        {
            if (entry.Kind == EntryKind.Configuration)
                fence = next;
            var slot = next++;
            flights.Add(slot, entry, configuration);
            toldThrough = chosenThrough;
            foreach (var voter in configuration.Voters.AsSpan())
                effects.Send(voter.Id, new Accept(ballot, slot, entry, first, chosenThrough));
            Retry(effects);
        }
        if (toldThrough < chosenThrough)
            Announce(effects);
        else if (learnersToldThrough < chosenThrough)
            AnnounceToLearners(effects);
    }

    private Entry? NextEntry(Now now)
    {
        // The heart of Paxos: what may have been chosen in a slot at a lower ballot was accepted by someone in the quorum, and
        // the highest of it is the only entry that can have been. Where nobody accepted anything nothing was chosen, and nobody's
        // command must come to stand before a later one: a no-op.
        if (next <= preparation.Last)
            return preparation.EntryAt(next);
        if (barrier == 0)
        {
            preparation.Release();
            barrier = next;
            return Entry.NoOp;
        }
        if (!isOpen || successor != default)
            return null;
        if (wanted is { } configuration)
        {
            wanted = null;
            return Entry.Of(configuration);
        }
        if (queue.IsEmpty && !isTickWanted)
            return null;
        // What comes by the time that one of those under way is chosen shares the slot.
        if (flights.Count >= options.EagerSlots && !queue.FillsSlot)
            return null;
        isTickWanted = false;
        return Entry.Of(new Batch(ballot, timestamps.Next(now), now.WallMs, queue.IsEmpty ? default : queue.Take()));
    }

    private void OnAccepted(NodeId node, Accepted accepted, Now now, Effects effects)
    {
        flights.On(node, accepted);
        var before = chosenThrough;
        while (flights.TakeChosen(configuration) is { } flight)
        {
            chosenThrough = flight.Slot;
            retries = 0;
            if (flight.Slot == barrier)
                effects.SendNow(self, new WhenApplied(barrier));
            if (flight.Slot != fence)
                continue;
            if (Configuration.Decode(flight.Entry.Value) is var next && next.Epoch > configuration.Epoch)
            {
                PassFence(next, effects);
                return;
            }
            // Left behind by a leader that was deposed, and another change was made since: every learner passes over it too.
            fence = 0;
        }
        if (chosenThrough == before)
            return;
        Propose(now, effects);
        if (successor != default && flights.Count == 0)
            effects.SendNow(successor, new TakeOver(ballot));
    }

    // What is behind it is the new configuration's, and its voters may have accepted there already, for a leader that died.
    private void PassFence(Configuration next, Effects effects)
    {
        Announce(effects);
        configuration = next;
        configurationSlot = fence;
        Announce(effects);
        election.Adopt(configuration, effects);
        from = this.next;
        isOpen = false;
        reads.Restart();
        if (election.HasVote)
        {
            Prepare(effects);
            return;
        }
        StepDown(effects);
        MakeWay(effects);
    }

    // It led and does not any more: without a vote, or because it cannot go on. Whoever does not know that waits for it, so one who
    // has a vote is told how far the log is at least, and asked to lead; and the next one if nothing comes of that.
    private void MakeWay(Effects effects)
    {
        var voters = configuration.Voters;
        for (var i = 0; i < voters.Length; i++)
        {
            var voter = voters[retries++ % voters.Length].Id;
            if (!view.Hears(voter))
                continue;
            effects.SendNow(voter, new Chosen(Ballot.None, configurationSlot + 1, configurationSlot));
            effects.SendNow(voter, new TakeOver(election.Highest));
            break;
        }
    }

    private void On(NodeId node, Submit submit, Now now, Effects effects)
    {
        if (phase == Phase.Following || successor != default)
            effects.SendNow(node, new Refused(submit.Id, Refusal.NotLeader, successor != default ? successor : Leader));
        else if (!election.HearsQuorum)
            effects.SendNow(node, new Refused(submit.Id, Refusal.NoQuorum, default));
        else if (queue.IsFull)
            effects.SendNow(node, new Refused(submit.Id, Refusal.Overloaded, self));
        else
        {
            queue.Add(node, submit);
            Propose(now, effects);
        }
    }

    private void On(NodeId node, Reconfigure message, Now now, Effects effects)
    {
        if (!isOpen)
        {
            effects.SendNow(node, new Refused(message.Id, Refusal.NotLeader, Leader));
        }
        else if (ChangeIsUnderWay || message.Next.Epoch <= configuration.Epoch)
        {
            effects.SendNow(node, new Refused(message.Id, Refusal.Conflict, self));
        }
        else if (!election.HearsQuorumOf(message.Next))
        {
            // Chosen it would stop the log until enough of its voters are there.
            effects.SendNow(node, new Refused(message.Id, Refusal.NoQuorum, self));
        }
        else if (configuration.Learners.Any(learner => message.Next.IndexOfVoter(learner.Id) >= 0 && !HasCaughtUp(learner.Id)))
        {
            effects.SendNow(node, new Refused(message.Id, Refusal.Behind, self));
        }
        else
        {
            wanted = message.Next;
            Propose(now, effects);
        }
    }

    private void On(NodeId node, Transfer message, Effects effects)
    {
        if (!isOpen)
        {
            effects.SendNow(node, new Refused(message.Id, Refusal.NotLeader, Leader));
        }
        else if (fence > 0 || wanted is not null || configuration.IndexOfVoter(message.To) < 0)
        {
            effects.SendNow(node, new Refused(message.Id, Refusal.Conflict, self));
        }
        else if (message.To != self && !election.Hears(message.To))
        {
            effects.SendNow(node, new Refused(message.Id, Refusal.NoQuorum, self));
        }
        else if (message.To != self)
        {
            successor = message.To;
            queue.RefuseAll(successor, effects);
            if (flights.Count == 0)
                effects.SendNow(successor, new TakeOver(ballot));
            Retry(effects);
        }
    }

    // A voter that lags, or is not there, only makes the quorum smaller that others can still make.
    private bool HasCaughtUp(NodeId node) =>
        learned.TryGetValue(node, out var through) && through + (ulong)options.PromoteWithin >= chosenThrough && election.Hears(node);

    private void PromoteWhoHasCaughtUp(Now now, Effects effects)
    {
        if (!isOpen || ChangeIsUnderWay || !options.Promotes)
            return;
        foreach (var node in configuration.Joining)
        {
            if (HasCaughtUp(node))
            {
                wanted = configuration.Promote(node);
                Propose(now, effects);
                return;
            }
        }
    }

    private void OnObserved(Observed observed, Effects effects)
    {
        election.Observe(observed.Ballot, observed.IsLeading, observed.IsRemembered, effects);
        // The own acceptor promised to another, or accepted from it.
        if (phase != Phase.Following && observed.Ballot > ballot)
            StepDown(effects);
    }

    private void StartReads(Effects effects)
    {
        if (!isOpen || !reads.HasWaiting || reads.IsUnderWay)
            return;
        reads.Start(ballot, configuration, chosenThrough, effects);
        Retry(effects);
    }

    private void StepDown(Effects effects)
    {
        phase = Phase.Following;
        isOpen = false;
        wanted = null;
        fence = 0;
        flights.Clear();
        successor = default;
        isTickWanted = false;
        learned.Clear();
        election.IsOwn = false;
        queue.RefuseAll(election.Leader, effects);
        reads.RefuseAll(election.Leader, effects);
        if (isRetrying)
            effects.StopTimer(Timer.Retry);
        isRetrying = false;
        effects.StopTimer(Timer.Tick);
        election.Judge(effects);
    }

    private void AwaitDue(Now now, Effects effects, TimeSpan atLeast = default)
    {
        if (!isOpen || dueMs == ulong.MaxValue)
        {
            effects.StopTimer(Timer.Tick);
            return;
        }
        var time = timestamps.Next(now);
        var delay = TimeSpan.FromMilliseconds(dueMs > time ? Math.Min(dueMs - time, int.MaxValue) : 0);
        if (delay < atLeast)
            delay = atLeast;
        effects.StartTimer(Timer.Tick, delay, delay);
    }

    private void Announce(Effects effects)
    {
        toldThrough = chosenThrough;
        foreach (var voter in configuration.Voters.AsSpan())
            effects.SendNow(voter.Id, new Chosen(ballot, first, chosenThrough));
        AnnounceToLearners(effects);
    }

    // They get no Accept on which the news could ride.
    private void AnnounceToLearners(Effects effects)
    {
        learnersToldThrough = chosenThrough;
        foreach (var learner in configuration.Learners.AsSpan())
            effects.SendNow(learner.Id, new Chosen(ballot, first, chosenThrough));
    }

    private void Announce(NodeId node, Effects effects) =>
        effects.SendNow(node, new Chosen(ballot, first, chosenThrough, WantsLearned: true));

    /// <summary>The same messages at the same ballot to those who have not answered.</summary>
    private void OnRetry(Now now, Effects effects)
    {
        // Another quorum may do what this one does not: with a new ballot, since an old promise may come late.
        if (phase != Phase.Following && !isOpen && ++retries > Patience)
        {
            StepDown(effects);
            return;
        }
        switch (phase)
        {
            case Phase.Following when IsInTheWay:
                MakeWay(effects);
                break;
            case Phase.Looking when from == 0:
                effects.Send(self, new Prepare(ballot, 0));
                break;
            case Phase.Looking:
                // This leader saw the fence chosen, and its acceptor forgot that it was told: nobody else may know.
                if (configurationSlot >= from && chosenThrough >= configurationSlot)
                    effects.SendNow(self, new Chosen(firstOf, first, chosenThrough));
                AwaitApplied(effects);
                break;
            case Phase.CatchingUp:
                effects.SendNow(self, new WhenApplied(preparation.Chosen(configuration).Through));
                AskForPromises(effects);
                break;
            case Phase.Preparing:
                AskForPromises(effects);
                break;
            case Phase.Leading:
                RetryLeading(now, effects);
                break;
        }
        if (phase != Phase.Following && (phase != Phase.Leading || !isOpen || flights.Count > 0 || reads.IsUnderWay || successor != default || SomebodyIsBehind()))
            Retry(effects);
    }

    private void AskForPromises(Effects effects)
    {
        foreach (var voter in configuration.Voters.AsSpan())
        {
            if (preparation.Missing(voter.Id) is { } page)
                effects.Send(voter.Id, new Prepare(ballot, page));
        }
    }

    private void RetryLeading(Now now, Effects effects)
    {
        var size = 0;
        foreach (var flight in flights)
        {
            if (size > options.PageBytes)
                break;
            size += flight.Entry.Size;
            foreach (var voter in configuration.Voters.AsSpan())
            {
                if (!flight.Accepted.Contains(voter.Id))
                    effects.Send(voter.Id, new Accept(ballot, flight.Slot, flight.Entry, first, chosenThrough));
            }
        }
        if (reads.IsUnderWay)
            reads.Ask(ballot, configuration, effects);
        if (!isOpen && barrier > 0 && barrier <= chosenThrough)
            effects.SendNow(self, new WhenApplied(barrier));
        if (successor != default && ++retries > Patience / 2)
        {
            // What fell due meanwhile waits no longer.
            (successor, retries) = (default, 0);
            Propose(now, effects);
        }
        else if (successor != default && flights.Count == 0)
            effects.SendNow(successor, new TakeOver(ballot));
        foreach (var node in configuration.Everyone.AsSpan())
        {
            if (IsBehind(node))
                Announce(node, effects);
        }
    }

    private bool IsBehind(NodeId node) =>
        election.Hears(node) && (!learned.TryGetValue(node, out var through) || through < chosenThrough);

    private bool SomebodyIsBehind()
    {
        foreach (var node in configuration.Everyone.AsSpan())
        {
            if (IsBehind(node))
                return true;
        }
        return false;
    }

    private void Retry(Effects effects)
    {
        if (isRetrying)
            return;
        isRetrying = true;
        effects.StartTimer(Timer.Retry, options.Retry.Base, options.Retry.Base * 1.5);
    }

    private void Settle(Effects effects)
    {
        if (IsInTheWay)
            Retry(effects);
        if (Leader == toldLeader)
            return;
        toldLeader = Leader;
        effects.SendNow(self, new LeaderIs(toldLeader, Ballot));
    }

    public void Recover(Event @event)
    {
        if (@event is RoundsReserved reserved)
            rounds.Recover(reserved);
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Bytes(configuration.Encode().Bytes.Span);
        writer.Number(configurationSlot);
        rounds.Write(writer);
        election.Write(writer);
        queue.Write(writer);
        reads.Write(writer);
        preparation.Write(writer);
        writer.Number((ulong)phase);
        writer.Ballot(ballot);
        writer.Ballot(firstOf);
        writer.Node(toldLeader);
        writer.Number((ulong)retries);
        foreach (var number in (ReadOnlySpan<ulong>)[from, first, next, chosenThrough, toldThrough, learnersToldThrough, barrier, fence, dueMs])
            writer.Number(number);
        writer.Flag(isOpen);
        writer.Value(wanted?.Encode());
        writer.Node(successor);
        timestamps.Write(writer);
        writer.Flag(isTickWanted);
        writer.Flag(isRetrying);
        writer.Number((ulong)learned.Count);
        foreach (var (node, through) in learned)
        {
            writer.Node(node);
            writer.Number(through);
        }
        flights.Write(writer);
    }

    public void Read(ref CanonicalReader reader)
    {
        configuration = Configuration.Decode(new Value(reader.Bytes().ToArray()));
        configurationSlot = reader.Number();
        rounds.Read(ref reader);
        election.Read(configuration, ref reader);
        queue.Read(ref reader);
        reads.Read(configuration, ref reader);
        preparation.Read(configuration, ref reader);
        phase = (Phase)reader.Number();
        ballot = reader.Ballot();
        firstOf = reader.Ballot();
        toldLeader = reader.Node();
        retries = (int)reader.Number();
        from = reader.Number();
        first = reader.Number();
        next = reader.Number();
        chosenThrough = reader.Number();
        toldThrough = reader.Number();
        learnersToldThrough = reader.Number();
        barrier = reader.Number();
        fence = reader.Number();
        dueMs = reader.Number();
        isOpen = reader.Flag();
        wanted = reader.Value() is { } value ? Configuration.Decode(value) : null;
        successor = reader.Node();
        timestamps.Read(ref reader);
        isTickWanted = reader.Flag();
        isRetrying = reader.Flag();
        learned.Clear();
        for (var count = reader.Number(); count > 0; count--)
            learned[reader.Node()] = reader.Number();
        flights.Read(configuration, ref reader);
    }
}
