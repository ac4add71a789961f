namespace Paxos.Protocol.Log;

/// <summary>
/// A client's linearizable reads. One round is asked for at a time, and what arrives meanwhile waits for the next: a read must
/// only use a round that started after it arrived. Rounds are numbered upwards, so an answer serves all reads whose first
/// round is not younger than it.
/// </summary>
internal sealed class ClientReads(ClientSettings settings)
{
    // In the order of their calls, so what is told is told in that order.
    private readonly SortedDictionary<ulong, Waiting> reads = [];
    private ulong round;
    private ulong sentMs;
    private ulong patienceMs;
    private int hops;
    private ulong applied;

    public int Count => reads.Count;

    public bool Contains(ulong callId) => reads.ContainsKey(callId);

    public void Add(ulong callId) => reads.Add(callId, new Waiting());

    public bool IsRound(ulong id) => round != 0 && id == round;

    /// <summary>Starts a round for what waits, where none is under way.</summary>
    public void Flush(NodeId leader, ref ulong lastId, Now now, Effects effects)
    {
        if (round == 0 && leader != default && reads.Values.Any(read => read.Slot is null))
            Ask(leader, ref lastId, now, effects);
    }

    /// <summary>Asks once more where a round is under way: its answer may be lost, or its leader gone.</summary>
    public void Again(NodeId leader, ref ulong lastId, Now now, Effects effects, bool onlyOverdue)
    {
        if (round == 0 || leader == default || (onlyOverdue && now.MonotonicMs - sentMs < patienceMs))
            return;
        patienceMs = onlyOverdue ? Math.Min(patienceMs * 2, settings.RetryAfterMs * 16) : settings.RetryAfterMs;
        hops = 0;
        Restart(leader, ref lastId, now, effects);
    }

    /// <summary>The round was sent to a node that does not lead: ask the one that does, unless the nodes send us round in circles.</summary>
    public void Redirect(NodeId leader, ref ulong lastId, Now now, Effects effects)
    {
        if (leader != default && ++hops <= Client.MaxHops)
            Restart(leader, ref lastId, now, effects);
    }

    public void OnConfirmed(ReadConfirmed confirmed, Effects effects)
    {
        foreach (var read in reads.Values)
        {
            if (read.Slot is null && read.FirstRound != 0 && read.FirstRound <= confirmed.Id)
                read.Slot = confirmed.Slot;
        }
        // Also where an older round, asked again since, has served all that wait for this one.
        if (confirmed.Id == round || !reads.Values.Any(read => read.Slot is null && read.FirstRound != 0))
            (round, patienceMs, hops) = (0, 0, 0);
        TellReady(effects);
    }

    /// <summary>Set and not raised: a learner that restarted may be behind where it was.</summary>
    public void OnApplied(ulong slot, Effects effects)
    {
        applied = slot;
        if (reads.Count > 0)
            TellReady(effects);
    }

    /// <summary>The leader has too much to do: the reads of this round fail.</summary>
    public void OnOverloaded(Effects effects)
    {
        foreach (var callId in reads.Where(read => read.Value.Slot is null && read.Value.FirstRound != 0).Select(read => read.Key).ToList())
            Fail(callId, NotAppliedReason.Overloaded, effects);
        round = 0;
    }

    public void GiveUp(ulong callId, Effects effects) =>
        // Confirmed, and still not ready: the leader was there, and this node is behind.
        Fail(callId, reads[callId].Slot is null ? NotAppliedReason.NoLeader : NotAppliedReason.Overloaded, effects);

    private void Fail(ulong callId, NotAppliedReason reason, Effects effects)
    {
        reads.Remove(callId);
        effects.Tell(new ReadFailed(callId, reason));
        if (!reads.Values.Any(read => read.Slot is null))
            round = 0;
    }

    private void Ask(NodeId leader, ref ulong lastId, Now now, Effects effects)
    {
        patienceMs = settings.RetryAfterMs;
        hops = 0;
        Restart(leader, ref lastId, now, effects);
    }

    private void Restart(NodeId leader, ref ulong lastId, Now now, Effects effects)
    {
        round = ++lastId;
        sentMs = now.MonotonicMs;
        foreach (var read in reads.Values)
        {
            if (read.FirstRound == 0)
                read.FirstRound = round;
        }
        effects.Send(leader, new ConfirmRead(round));
    }

    private void TellReady(Effects effects)
    {
        List<ulong>? ready = null;
        foreach (var (callId, read) in reads)
        {
            if (read.Slot <= applied)
                (ready ??= []).Add(callId);
        }
        foreach (var callId in ready ?? [])
        {
            reads.Remove(callId, out var read);
            effects.Tell(new ReadReady(callId, read!.Slot!.Value));
        }
    }

    private sealed class Waiting
    {
        /// <summary>The first round that started after the read arrived; 0: none yet.</summary>
        public ulong FirstRound { get; set; }

        /// <summary>Known once a round is confirmed: the state to answer from.</summary>
        public ulong? Slot { get; set; }
    }
}
