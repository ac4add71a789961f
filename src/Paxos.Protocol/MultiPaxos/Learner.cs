using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// Applies what is chosen, slot by slot, to what stands on the log. Its node's acceptor hands it the entries; what that one
/// missed it asks for at other nodes, and their snapshot where they have let go of the entries. It persists snapshots, not
/// entries.
/// </summary>
/// <param name="hasAcceptor">False on a node without a vote: then everything comes from other nodes.</param>
public sealed class Learner(
    NodeId self, Configuration configuration, ILogConsumer consumer, LogOptions options, bool hasAcceptor) : ILogRole
{
    private Configuration configuration = configuration;
    private ulong configurationSlot;

    // The highest slot that is said to be chosen, and by whom.
    private ulong mark;
    private NodeId leader;

    // What the acceptor of this node has of the chosen, as far as it said: it is asked for on its behalf.
    private ulong logThrough;

    // A question to another node is under way: to which, and for which slot.
    private NodeId asked;
    private ulong askedFrom;
    private int turn;

    // Of another node's snapshot that is coming in.
    private ulong snapshotSlot;
    private ulong snapshotOffset;
    private ulong snapshotAt;
    private long bytesSinceSnapshot;

    // Of the entries before that, on average: 1 or more.
    private long bytesASlot = 1;

    // The newest snapshot that is durable here, and whether another is wanted for the log's sake.
    private ulong durableThrough;
    private bool isSnapshotWanted;

    // How large the last one was, of here or of another node.
    private long snapshotBytes;

    // What the proposer of this node waits for; null: nothing.
    private ulong? awaited;
    private ulong dueTold = ulong.MaxValue;

    /// <summary>Everything up to this slot is applied here.</summary>
    public ulong AppliedThrough { get; private set; }

    // Up to where nothing is missing here.
    private ulong Through => hasAcceptor ? Math.Min(logThrough, AppliedThrough) : AppliedThrough;

    /// <summary>The highest slot that this node has heard to be chosen.</summary>
    public ulong ChosenThrough => Math.Max(mark, AppliedThrough);

    /// <summary>Called once, with the slot of the snapshot that the consumer holds; 0: none.</summary>
    /// <param name="inForce">The configuration after that slot, and the slot of its entry; null: the first.</param>
    /// <param name="bytes">How large that snapshot is.</param>
    public void Start(ulong snapshotThrough, InForce? inForce, Effects effects, long bytes = 0)
    {
        Adopt(inForce);
        snapshotBytes = bytes;
        AppliedThrough = snapshotThrough;
        durableThrough = snapshotThrough;
        snapshotAt = snapshotThrough;
        if (!hasAcceptor)
            return;
        TellProposer(effects);
        AskOwnLog(effects);
    }

    public void On(NodeId from, Message message, Now now, Effects effects)
    {
        switch (message)
        {
            case Chosen m:
                if (m.WantsLearned)
                    effects.SendNow(from, new Learned(AppliedThrough));
                // Without an acceptor nobody else here hears who leads.
                if (!hasAcceptor)
                    effects.SendNow(self, new Observed(m.Ballot, IsLeading: true));
                OnMark(m.Through, from, effects);
                break;
            case Missing m when from == self:
                logThrough = m.From - 1;
                if (logThrough < AppliedThrough)
                    BringLogUp(effects);
                OnMark(m.Through, m.At, effects);
                break;
            case LogIsRead m when from == self && m.Through > AppliedThrough:
                AskOwnLog(effects);
                break;
            case Entries m:
                On(from, m, effects);
                break;
            case Kept when from == self:
                GoOn(effects);
                break;
            case Trimmed m:
                OnTrimmed(from, m, effects);
                break;
            case FetchSnapshot m:
                effects.Tell(new SnapshotAsked(from, m.Slot, m.Offset));
                break;
            case SnapshotChunk m:
                On(from, m, effects);
                break;
            case WhenApplied m when from == self:
                awaited = m.Slot;
                if (AppliedThrough < m.Slot)
                    AskOwnLog(effects);
                TellApplied(effects);
                break;
        }
    }

    private void OnMark(ulong through, NodeId at, Effects effects)
    {
        leader = at;
        mark = Math.Max(mark, through);
        if (mark > Through && asked == default)
            Ask(at, effects);
    }

    private void On(NodeId from, Entries entries, Effects effects)
    {
        if (from == self)
            logThrough = Math.Max(logThrough, entries.Last);
        // A hole: what the acceptor told was lost while this role was down, and it has it still.
        if (entries.First > AppliedThrough + 1)
        {
            if (from == self)
                AskOwnLog(effects);
            return;
        }
        for (var i = 0; i < entries.Items.Count; i++)
        {
            if (entries.First + (ulong)i == AppliedThrough + 1)
                Apply(entries.Items[i], effects);
        }
        // What the own log tells is as often a slot that went the usual way as one of a page: to ask for a page at each would be to get
        // each slot a hundred times.
        if (from != self || mark <= Through)
            GoOn(effects);
    }

    // An answer has come, or what made it needless: on with the next page, or done.
    private void GoOn(Effects effects)
    {
        if (asked == default || Through < askedFrom)
            return;
        if (mark > Through)
        {
            Ask(asked, effects);
        }
        else
        {
            asked = default;
            effects.StopTimer(Timer.Retry);
        }
    }

    private void Apply(Entry entry, Effects effects)
    {
        AppliedThrough++;
        consumer.Apply(AppliedThrough, entry, effects);
        // One that is no newer was left behind by a leader that was deposed, while another change was made; or this node was added
        // later, by a newer one, and comes to that in time.
        if (entry.Kind == EntryKind.Configuration && Configuration.Decode(entry.Value) is var next && IsNext(next))
        {
            Adopt(new InForce(next, AppliedThrough));
            effects.Tell(new Reconfigured(configuration, configurationSlot));
            effects.SendNow(self, new InForce(configuration, configurationSlot));
        }
        bytesSinceSnapshot += entry.Size;
        TellApplied(effects);
        // A slot does no more than so much: what is left of one deadline is due still, and is told again.
        if (hasAcceptor && (consumer.DueMs != dueTold || consumer.DueMs <= consumer.TimeMs))
        {
            dueTold = consumer.DueMs;
            effects.SendNow(self, new Due(dueTold));
        }
        if (AppliedThrough - snapshotAt is var slots && IsSnapshotDue(slots))
        {
            bytesASlot = Math.Max(1, bytesSinceSnapshot / (long)slots);
            snapshotAt = AppliedThrough;
            bytesSinceSnapshot = 0;
            effects.Tell(new SnapshotWanted(AppliedThrough));
        }
    }

    private bool IsSnapshotDue(ulong slots) =>
        slots >= (ulong)Stretched(options.SnapshotEverySlots, snapshotBytes / LogOptions.SlotBytes)
        || bytesSinceSnapshot >= Stretched(options.SnapshotEveryBytes, snapshotBytes)
        || (slots >= (ulong)options.SnapshotSoonestSlots && bytesSinceSnapshot >= snapshotBytes);

    // Until the log is worth a snapshot of a state so large, or so far behind it that it is time.
    private static long Stretched(long every, long worth) =>
        worth / LogOptions.MaxStretch >= every ? every * LogOptions.MaxStretch : Math.Max(every, worth);

    private void TellApplied(Effects effects)
    {
        if (awaited is not { } slot || AppliedThrough < slot)
            return;
        awaited = null;
        TellProposer(effects);
        effects.SendNow(self, new Applied(AppliedThrough, consumer.TimeMs));
    }

    // What it told while this role was down, or was asked while it was down itself.
    private void AskOwnLog(Effects effects)
    {
        if (hasAcceptor)
            effects.SendNow(self, new Fetch(AppliedThrough + 1));
    }

    // Either of them may have started anew: what is told at a change alone is lost then.
    private void TellProposer(Effects effects)
    {
        dueTold = consumer.DueMs;
        effects.SendNow(self, new InForce(configuration, configurationSlot));
        effects.SendNow(self, new Due(dueTold));
    }

    /// <summary>A snapshot of this slot is durable here: the log behind it may go, but for what a node a little behind may ask for.</summary>
    /// <param name="bytes">How large it is.</param>
    public void OnSnapshotDurable(ulong slot, long bytes, Effects effects)
    {
        var sinceLast = slot - Math.Min(durableThrough, slot);
        durableThrough = Math.Max(durableThrough, slot);
        snapshotBytes = bytes;
        isSnapshotWanted = false;
        if (!hasAcceptor)
            return;
        if (logThrough < slot)
            BringLogUp(effects);
        else if (Retained(sinceLast) is var retained && slot > retained)
            effects.SendNow(self, new Trim(slot - retained));
    }

    // As much as from the last snapshot, since some node may just have got that one. More where it is little.
    private ulong Retained(ulong sinceLast)
    {
        var little = Math.Min((ulong)options.SnapshotSoonestSlots, (ulong)(Math.Max(options.RetainBytes, snapshotBytes) / bytesASlot));
        return Math.Min((ulong)options.RetainSlots, Math.Max(little, sinceLast));
    }

    /// <summary>A snapshot could not be written: the next one is wanted as if this one had not been, and no later because it is large.</summary>
    public void OnSnapshotFailed() => (isSnapshotWanted, snapshotBytes) = (false, Math.Min(snapshotBytes, options.SnapshotEveryBytes));

    // The log's marks are only hints on disk: after a crash it may be behind what was applied here, and so may everybody's, so that
    // nobody could tell what is chosen there. What is in a durable snapshot it need not have.
    private void BringLogUp(Effects effects)
    {
        if (durableThrough > logThrough)
        {
            logThrough = durableThrough;
            effects.SendNow(self, new Trim(durableThrough));
            AskOwnLog(effects);
        }
        else if (!isSnapshotWanted)
        {
            isSnapshotWanted = true;
            effects.Tell(new SnapshotWanted(AppliedThrough));
        }
    }

    /// <summary>The consumer has been restored from another node's snapshot, which is durable here.</summary>
    /// <param name="inForce">As for <see cref="Start"/>.</param>
    /// <param name="bytes">As for <see cref="Start"/>.</param>
    public void OnRestored(ulong slot, InForce? inForce, Effects effects, long bytes = 0)
    {
        snapshotBytes = bytes;
        snapshotSlot = 0;
        snapshotOffset = 0;
        if (slot > AppliedThrough)
            BeginAt(slot, inForce, effects);
        // Else the own log was quicker, where the host restores in a later step.
        if (mark > Through)
            Ask(asked, effects);
        else
            asked = default;
    }

    private void BeginAt(ulong slot, InForce? inForce, Effects effects)
    {
        if (Adopt(inForce))
            effects.Tell(new Reconfigured(configuration, configurationSlot));
        TellProposer(effects);
        AppliedThrough = slot;
        durableThrough = slot;
        snapshotAt = slot;
        bytesSinceSnapshot = 0;
        TellApplied(effects);
        if (hasAcceptor)
        {
            effects.SendNow(self, new Trim(slot));
            AskOwnLog(effects);
            logThrough = Math.Max(logThrough, slot);
        }
    }

    /// <summary>The pieces did not make a whole snapshot, or it could not be kept: asked for anew, elsewhere.</summary>
    public void OnRestoreFailed(Effects effects)
    {
        snapshotSlot = 0;
        snapshotOffset = 0;
        effects.StartTimer(Timer.Retry, options.Retry.Base, options.Retry.Base * 1.5);
    }

    private bool IsNext(Configuration next) =>
        next.Epoch > configuration.Epoch || (configurationSlot == 0 && next.Epoch == configuration.Epoch && next.Epoch > Configuration.FirstEpoch);

    private bool Adopt(InForce? inForce)
    {
        if (inForce is null || inForce.Configuration.Epoch < configuration.Epoch)
            return false;
        configuration = inForce.Configuration;
        configurationSlot = inForce.Slot;
        return true;
    }

    public void OnTimer(Timer timer, Now now, Effects effects)
    {
        if (timer != Timer.Retry)
            return;
        if (mark <= Through)
        {
            asked = default;
            return;
        }
        // Whoever was asked does not know, or is not there: the next one in turn.
        Ask(Other(), effects, isRepeated: true);
    }

    private void OnTrimmed(NodeId from, Trimmed trimmed, Effects effects)
    {
        // The log was let go further than the newest snapshot here goes: only others have what was in it.
        if (from == self && trimmed.Through > AppliedThrough)
        {
            mark = Math.Max(mark, trimmed.Through);
            logThrough = Math.Max(logThrough, trimmed.Through);
            // To ask anew at each answer of the own log would be to get none of the others'.
            if (asked == default)
                Ask(Other(), effects);
        }
        else if (from == asked && trimmed.Through > AppliedThrough)
        {
            AskSnapshot(from, 0, 0, effects);
        }
        else if (from == asked && trimmed.Through >= askedFrom)
        {
            BringLogUp(effects);
        }
    }

    private void On(NodeId from, SnapshotChunk chunk, Effects effects)
    {
        if (from != asked || chunk.Slot <= AppliedThrough)
            return;
        // Another one than was coming in begins at its beginning; anything else is late or lost its place.
        if (chunk.Slot != snapshotSlot && chunk.Offset == 0)
        {
            snapshotSlot = chunk.Slot;
            snapshotOffset = 0;
        }
        if (chunk.Slot != snapshotSlot || chunk.Offset != snapshotOffset)
            return;
        snapshotOffset += (ulong)chunk.Bytes.Bytes.Length;
        effects.Tell(new ChunkReceived(chunk.Slot, chunk.Offset, chunk.Total, chunk.Bytes));
        if (snapshotOffset < chunk.Total)
            AskSnapshot(from, snapshotSlot, snapshotOffset, effects);
        else
            effects.StopTimer(Timer.Retry);
    }

    private void Ask(NodeId node, Effects effects, bool isRepeated = false)
    {
        asked = node == default || node == self ? Other() : node;
        askedFrom = Through + 1;
        snapshotSlot = 0;
        snapshotOffset = 0;
        // It is known to have more than is applied here; or may have it by now, and what it told be lost.
        if (AppliedThrough < logThrough || isRepeated)
            AskOwnLog(effects);
        effects.SendNow(asked, new Fetch(askedFrom));
        effects.StartTimer(Timer.Retry, options.Retry.Base, options.Retry.Base * 1.5);
    }

    private void AskSnapshot(NodeId node, ulong slot, ulong offset, Effects effects)
    {
        asked = node;
        snapshotSlot = slot;
        snapshotOffset = offset;
        effects.SendNow(node, new FetchSnapshot(slot, offset));
        effects.StartTimer(Timer.Retry, options.Retry.Max, options.Retry.Max * 1.5);
    }

    // The members in turn, and who says what is chosen: all members of the configuration that this log has come to may be gone.
    private NodeId Other()
    {
        var members = configuration.Everyone;
        for (var i = 0; i <= members.Length; i++)
        {
            var place = turn++ % (members.Length + 1);
            var node = place < members.Length ? members[place] : leader;
            if (node != self && node != default)
                return node;
        }
        return self;
    }

    public void Recover(Event @event) { }

    public void Write(CanonicalWriter writer)
    {
        writer.Bytes(configuration.Encode().Bytes.Span);
        writer.Number(configurationSlot);
        writer.Number(AppliedThrough);
        writer.Number(mark);
        writer.Node(leader);
        writer.Number(logThrough);
        writer.Node(asked);
        writer.Number(askedFrom);
        writer.Number((ulong)turn);
        writer.Number(snapshotSlot);
        writer.Number(snapshotOffset);
        writer.Number(snapshotAt);
        writer.Number((ulong)bytesSinceSnapshot);
        writer.Number((ulong)bytesASlot);
        writer.Number(durableThrough);
        writer.Flag(isSnapshotWanted);
        writer.Number((ulong)snapshotBytes);
        writer.Number(awaited is { } slot ? slot + 1 : 0);
        writer.Number(dueTold);
    }

    public void Read(ref CanonicalReader reader)
    {
        configuration = Configuration.Decode(new Value(reader.Bytes().ToArray()));
        configurationSlot = reader.Number();
        AppliedThrough = reader.Number();
        mark = reader.Number();
        leader = reader.Node();
        logThrough = reader.Number();
        asked = reader.Node();
        askedFrom = reader.Number();
        turn = (int)reader.Number();
        snapshotSlot = reader.Number();
        snapshotOffset = reader.Number();
        snapshotAt = reader.Number();
        bytesSinceSnapshot = (long)reader.Number();
        bytesASlot = (long)reader.Number();
        durableThrough = reader.Number();
        isSnapshotWanted = reader.Flag();
        snapshotBytes = (long)reader.Number();
        awaited = reader.Number() is > 0 and var slot ? slot - 1 : null;
        dueTold = reader.Number();
    }
}
