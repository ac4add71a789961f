using System.Collections.Immutable;
using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// The memory of the log: one promise for all slots, and of each slot the last entry that it accepted, until it is trimmed.
/// It also remembers what it was told is chosen, and hands that to its node's learner in order. It counts no quorum, so it
/// needs no configuration.
/// </summary>
public sealed class Acceptor(NodeId self, LogOptions options) : ILogRole
{
    private readonly SortedDictionary<ulong, Slotted> entries = [];
    private Ballot promised;
    private ulong trimmedThrough;

    // Everything up to here is chosen, and what of it is not trimmed stands in entries. A hint on disk: lost, it is learned again.
    private ulong chosenThrough;

    // The highest ballot whose leader was seen at work, and was told of.
    private Ballot leading;
    private ulong lastSlot;

    // The promise was in the journal: nobody has asked for it since this role started.
    private bool isRemembered;

    private readonly record struct Slotted(Ballot Ballot, Entry Entry);

    /// <summary>Called once, when the journal was read.</summary>
    public void Start(Effects effects)
    {
        isRemembered = promised != Ballot.None;
        effects.SendNow(self, new LogIsRead(chosenThrough));
    }

    public void On(NodeId from, Message message, Now now, Effects effects)
    {
        switch (message)
        {
            case Prepare m:
                On(from, m, effects);
                break;
            case Accept m:
                On(from, m, effects);
                break;
            case Chosen m:
                On(from, m, effects);
                break;
            case Confirm m:
                // True at this moment whether the promise is durable yet or not: nobody was promised more. So it may overtake.
                effects.SendNow(from, m.Ballot == promised ? new Confirmed(m.Ballot, m.Round) : new Nack(m.Ballot, promised));
                break;
            case Fetch m:
                On(from, m, effects);
                break;
            case Entries m when from != self:
                On(from, m, effects);
                break;
            case Trim m when from == self:
                Trim(m.Through, effects);
                break;
            case Observe when from == self:
                effects.SendNow(self, new Observed(promised, leading == promised, isRemembered && leading != promised));
                break;
        }
    }

    /// <summary>Phase 1b, for all slots.</summary>
    private void On(NodeId from, Prepare prepare, Effects effects)
    {
        // A promise binds: below it nothing is promised again, or a proposer could miss an entry accepted in between.
        if (prepare.Ballot < promised)
        {
            effects.SendNow(from, new Nack(prepare.Ballot, promised));
            return;
        }
        // One that comes again, for the same page or the next, is answered and written no more.
        if (prepare.Ballot > promised)
        {
            Promise(prepare.Ballot);
            effects.Persist(new Promised(promised));
            effects.SendNow(self, new Observed(promised, IsLeading: false));
        }
        effects.Send(from, Page(prepare.Ballot, prepare.From == 0 ? chosenThrough + 1 : prepare.From));
    }

    // Between two pages nothing changes that matters: below the promise nothing is accepted, at it only its own proposer
    // writes, who is still asking, and above it the next page is refused. What is learned or trimmed meanwhile is chosen.
    private Promise Page(Ballot ballot, ulong from)
    {
        var page = ImmutableArray.CreateBuilder<Proposal>();
        var next = 0UL;
        var size = 0;
        for (var slot = Math.Max(from, trimmedThrough + 1); slot <= lastSlot; slot++)
        {
            if (!entries.TryGetValue(slot, out var accepted))
                continue;
            if (page.Count > 0 && size + accepted.Entry.Size > options.PageBytes)
            {
                next = slot;
                break;
            }
            size += accepted.Entry.Size;
            page.Add(new Proposal(slot, accepted.Ballot, accepted.Entry));
        }
        return new Promise(ballot, from, page.ToImmutable(), next, trimmedThrough, chosenThrough);
    }

    /// <summary>Phase 2b.</summary>
    private void On(NodeId from, Accept accept, Effects effects)
    {
        // The promise: a proposer with a higher ballot may have counted on this entry not being accepted any more.
        if (accept.Ballot < promised)
        {
            effects.SendNow(from, new Nack(accept.Ballot, promised));
            return;
        }
        See(accept.Ballot, effects);
        // First, so that what is chosen does not wait for the write of what follows.
        Learn(from, accept.Ballot, accept.First, accept.ChosenThrough, effects);
        if (accept.Slot <= chosenThrough)
        {
            // Chosen stays chosen: this can only be the same entry again. The promise is all that is new.
            if (accept.Ballot > promised)
            {
                Promise(accept.Ballot);
                effects.Persist(new Promised(promised));
            }
        }
        else if (!entries.TryGetValue(accept.Slot, out var accepted) || accepted.Ballot != accept.Ballot)
        {
            // Accepting promises too: this acceptor may not have been in the ballot's phase-1 quorum.
            Promise(accept.Ballot);
            Put(accept.Slot, new Slotted(accept.Ballot, accept.Entry));
            effects.Persist(new EntryAccepted(accept.Ballot, accept.Slot, accept.Entry, chosenThrough));
        }
        effects.Send(from, new Accepted(accept.Ballot, accept.Slot));
    }

    private void On(NodeId from, Chosen chosen, Effects effects)
    {
        // What is chosen is chosen at any ballot; who leads is only the highest.
        if (chosen.Ballot >= promised)
            See(chosen.Ballot, effects, again: chosen.WantsLearned);
        Learn(from, chosen.Ballot, chosen.First, chosen.Through, effects);
        if (chosen.WantsLearned)
            effects.SendNow(from, new Learned(chosenThrough));
    }

    // An entry accepted at exactly the leader's ballot is the one that it proposed: one value a ballot. Any other may be
    // another's, and the learner asks for it.
    private void Learn(NodeId from, Ballot ballot, ulong first, ulong through, Effects effects)
    {
        var before = chosenThrough;
        while (chosenThrough < through
            && chosenThrough + 1 >= first
            && entries.TryGetValue(chosenThrough + 1, out var accepted)
            && accepted.Ballot == ballot)
        {
            chosenThrough++;
        }
        if (chosenThrough > before)
        {
            KeepFences(before + 1, effects);
            TellLearner(before + 1, effects);
        }
        if (chosenThrough < through)
            effects.SendNow(self, new Missing(chosenThrough + 1, through, from));
    }

    // A mark is only a hint on disk, but not that a configuration is chosen: once enough of its voters know it for good, those
    // that it leaves out are needed no more, and go.
    private void KeepFences(ulong from, Effects effects)
    {
        for (var slot = from; slot <= chosenThrough; slot++)
        {
            if (entries[slot].Entry is { Kind: EntryKind.Configuration } entry)
                effects.Persist(new EntryLearned(slot, entry));
        }
    }

    /// <summary>What is chosen, from a node that knows.</summary>
    private void On(NodeId from, Entries message, Effects effects)
    {
        // It was asked for on behalf of a learner that believes to know how far this log is: it began anew since, and its mark with it.
        if (message.First > chosenThrough + 1)
        {
            effects.SendNow(self, new Missing(chosenThrough + 1, message.Last, from));
            return;
        }
        var before = chosenThrough;
        for (var i = 0; i < message.Items.Count; i++)
        {
            var slot = message.First + (ulong)i;
            if (slot != chosenThrough + 1)
                continue;
            chosenThrough = slot;
            if (entries.TryGetValue(slot, out var accepted) && accepted.Entry == message.Items[i] && accepted.Entry.Kind != EntryKind.Configuration)
                continue;
            // The ballot of what was accepted here stays with it: it was never more than a proposal, and now it is known to be
            // chosen, which every promise says.
            Put(slot, new Slotted(accepted.Ballot, message.Items[i]));
            effects.Persist(new EntryLearned(slot, message.Items[i]));
        }
        // This log has let go of it, behind a snapshot that turned out to be damaged: the learner goes on from an older one.
        if (message.First <= trimmedThrough)
            effects.Send(self, message);
        if (chosenThrough > before)
            TellLearner(before + 1, effects);
        // Behind the writes: a node that catches up asks for no more than its disk takes.
        effects.Send(self, new Kept());
    }

    private void On(NodeId from, Fetch fetch, Effects effects)
    {
        if (fetch.From <= trimmedThrough)
            effects.SendNow(from, new Trimmed(trimmedThrough));
        else if (from == self)
            TellLearner(fetch.From, effects);
        else if (fetch.From <= chosenThrough)
            effects.SendNow(from, ChosenFrom(fetch.From, options.PageBytes));
    }

    // That an entry is chosen depends on no write of this acceptor: a quorum of others may have chosen it. But that a
    // configuration is in force is told when it is kept here.
    private void TellLearner(ulong from, Effects effects)
    {
        if (from > chosenThrough)
            return;
        var told = ChosenFrom(from, int.MaxValue);
        if (HoldsFence(told))
            effects.Send(self, told);
        else
            effects.SendNow(self, told);
    }

    private static bool HoldsFence(Entries told)
    {
        foreach (var entry in told.Items.AsSpan())
        {
            if (entry.Kind == EntryKind.Configuration)
                return true;
        }
        return false;
    }

    private Entries ChosenFrom(ulong from, int maxBytes)
    {
        var items = ImmutableArray.CreateBuilder<Entry>();
        var size = 0;
        for (var slot = from; slot <= chosenThrough; slot++)
        {
            var entry = entries[slot].Entry;
            if (items.Count > 0 && size + entry.Size > maxBytes)
                break;
            size += entry.Size;
            items.Add(entry);
        }
        return new Entries(from, items.ToImmutable());
    }

    private void Trim(ulong through, Effects effects)
    {
        if (through <= trimmedThrough)
            return;
        Forget(through);
        effects.Persist(new LogTrimmed(trimmedThrough, promised, chosenThrough));
    }

    private void Forget(ulong through)
    {
        while (entries.Count > 0 && entries.First().Key is var slot && slot <= through)
            entries.Remove(slot);
        trimmedThrough = through;
        chosenThrough = Math.Max(chosenThrough, through);
    }

    private void See(Ballot ballot, Effects effects, bool again = false)
    {
        if (ballot < leading || (ballot == leading && !again))
            return;
        leading = ballot;
        effects.SendNow(self, new Observed(ballot, IsLeading: true));
    }

    private void Promise(Ballot ballot)
    {
        if (ballot <= promised)
            return;
        promised = ballot;
        isRemembered = false;
    }

    private void Put(ulong slot, Slotted accepted)
    {
        entries[slot] = accepted;
        lastSlot = Math.Max(lastSlot, slot);
    }

    public void OnTimer(Timer timer, Now now, Effects effects) { }

    public void Recover(Event @event)
    {
        switch (@event)
        {
            case Promised e:
                Promise(e.Ballot);
                break;
            case EntryAccepted e:
                Promise(e.Ballot);
                if (e.Slot > chosenThrough && (!entries.TryGetValue(e.Slot, out var accepted) || e.Ballot >= accepted.Ballot))
                    Put(e.Slot, new Slotted(e.Ballot, e.Entry));
                Rechoose(e.ChosenThrough);
                break;
            case EntryLearned e when e.Slot > trimmedThrough:
                Put(e.Slot, new Slotted(entries.TryGetValue(e.Slot, out var old) ? old.Ballot : Ballot.None, e.Entry));
                // It was written when everything before it was known to be chosen.
                Rechoose(e.Slot);
                break;
            case LogTrimmed e:
                Promise(e.Promised);
                if (e.Through > trimmedThrough)
                    Forget(e.Through);
                Rechoose(e.ChosenThrough);
                break;
        }
    }

    // What was chosen when the event was written stood in earlier events.
    private void Rechoose(ulong through)
    {
        while (chosenThrough < through && entries.ContainsKey(chosenThrough + 1))
            chosenThrough++;
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Ballot(promised);
        writer.Ballot(leading);
        writer.Flag(isRemembered);
        writer.Number(trimmedThrough);
        writer.Number(chosenThrough);
        writer.Number((ulong)entries.Count);
        foreach (var (slot, accepted) in entries)
        {
            writer.Number(slot);
            writer.Ballot(accepted.Ballot);
            accepted.Entry.Write(writer);
        }
    }

    public void Read(ref CanonicalReader reader)
    {
        promised = reader.Ballot();
        leading = reader.Ballot();
        isRemembered = reader.Flag();
        trimmedThrough = reader.Number();
        chosenThrough = reader.Number();
        entries.Clear();
        lastSlot = 0;
        for (var count = reader.Number(); count > 0; count--)
            Put(reader.Number(), new Slotted(reader.Ballot(), Entry.Read(ref reader)));
    }
}
