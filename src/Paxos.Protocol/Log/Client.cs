using System.Collections.Immutable;

namespace Paxos.Protocol.Log;

/// <summary>
/// A node's own client of one group: gets commands to whoever leads, again and again, and tells of each how it ended. Its
/// point is to be exactly right about "certainly not applied": that is told only where every copy that left was refused, or
/// none left. Results come from the learner of this node, not from the leader.
/// </summary>
/// <remarks>
/// It relies on a transport that delivers a <see cref="Log.Submit"/> at most once: were it delivered twice, one copy could be
/// refused and the other proposed.
/// </remarks>
public sealed class Client(UInt128 token, ClientSettings settings, LogSettings log)
{
    /// <summary>So often one refusal after another sends a command on at once; then it waits for the timer.</summary>
    internal const int MaxHops = 3;

    private readonly ClientSession session = new(token, settings, log);
    private readonly ClientReads reads = new(settings);
    private readonly Dictionary<ulong, ClientCall> byCall = [];
    private readonly Dictionary<CommandId, ClientCall> byId = [];
    private readonly Dictionary<ulong, Try> tries = [];
    private readonly List<ClientCall> queue = [];
    private NodeId leader;

    // What the proposer of this node last said: where to turn when a node that was named by another refuses.
    private NodeId announced;
    private ulong acknowledged;
    private ulong orders;

    // Begins anywhere: what a process before this one asked may be answered to this one.
    private ulong lastId = (ulong)(token >> 64) >> 1;
    private ulong openingTry;
    private int openingHops;
    private long pendingBytes;
    private bool isTimerRunning;

    /// <summary>Calls that wait, reads included.</summary>
    public int Pending => byCall.Count + reads.Count;

    /// <summary>A command for the machine; sent by <see cref="Flush"/>.</summary>
    /// <param name="callId">The host's own number for the call, never used before.</param>
    public void Submit(ulong callId, Value payload, Now now, Effects effects) => Add(callId, key: null, payload, now, effects);

    /// <summary>The same under a key of the caller's own, instead of the client's session.</summary>
    public void SubmitKeyed(ulong callId, string key, Value payload, Now now, Effects effects) => Add(callId, key, payload, now, effects);

    /// <summary>A linearizable read; asked for by <see cref="Flush"/>.</summary>
    public void Read(ulong callId, Now now, Effects effects)
    {
        if (reads.Count >= settings.MaxPending)
            effects.Tell(new ReadFailed(callId, NotAppliedReason.Overloaded));
        else
            reads.Add(callId);
    }

    /// <summary>Sends what was called since. The host calls it at the end of a step: calls of one step share a message.</summary>
    public void Flush(Now now, Effects effects)
    {
        if (leader != default)
        {
            if (queue.Count > 0)
            {
                if (queue.Any(call => NeedsSession(call, now)) && !session.IsOpening)
                    Open(now, effects, atOnce: true);
                SendQueue(now, effects);
            }
            reads.Flush(leader, ref lastId, now, effects);
        }
        if (!isTimerRunning && (Pending > 0 || session.IsUsed(now)))
        {
            isTimerRunning = true;
            effects.StartTimer(Timer.Retry, settings.RetryAfter, settings.RetryAfter * 1.25);
        }
    }

    /// <summary>Takes <see cref="Refused"/>, <see cref="ReadConfirmed"/> and <see cref="LeaderIs"/>.</summary>
    public void On(NodeId from, Message message, Now now, Effects effects)
    {
        switch (message)
        {
            case LeaderIs m:
                announced = m.Leader;
                if (m.Leader != leader)
                {
                    leader = m.Leader;
                    ResendAll(now, effects);
                }
                break;
            case ReadConfirmed m when m.Id <= lastId:
                reads.OnConfirmed(m, effects);
                break;
            case Refused m:
                OnRefused(from, m, now, effects);
                break;
        }
        Flush(now, effects);
    }

    /// <summary>The learner of this node told it.</summary>
    public void OnCompleted(Completed completed, Now now, Effects effects)
    {
        var (id, result) = completed;
        if (session.OnCompleted(id, result))
            acknowledged = 0;
        else if (id is { Key: null, Sequence: 0, Token: var ofToken } && ofToken == 0 && id.Session == session.Number && session.Number != 0)
            OnKeptAlive(result);
        else if (byId.Count > 0 && byId.TryGetValue(id, out var call))
            OnResult(call, result, effects);
        Flush(now, effects);
    }

    /// <summary>This node's learner has applied up to this slot (after it told what the slots hold).</summary>
    public void OnApplied(ulong slot, Effects effects) => reads.OnApplied(slot, effects);

    /// <summary>
    /// This node's learner restored a snapshot, another node's or after a restart its own, that holds slots whose results it did
    /// not tell.
    /// </summary>
    public void OnSkipped(ulong slot, Effects effects)
    {
        foreach (var call in byCall.Values)
            call.MayHaveMissed |= !call.IsCertainlyNotApplied;
        reads.OnApplied(slot, effects);
    }

    public void OnTimer(Timer timer, Now now, Effects effects)
    {
        if (timer != Timer.Retry)
            return;
        isTimerRunning = false;
        // What another node hinted holds until the next tick: the node that it named may be dead.
        if (announced != default)
            leader = announced;
        openingHops = 0;
        if (leader != default)
        {
            foreach (var call in byCall.Values.Distinct().OrderBy(call => call.Order))
            {
                if (call.Encoded is not null && now.MonotonicMs - call.SentMs >= call.PatienceMs)
                {
                    call.PatienceMs = Math.Min(call.PatienceMs * 2, settings.RetryAfterMs * 16);
                    call.Hops = 0;
                    Enqueue(call);
                }
            }
            if (session.IsOpening)
                Open(now, effects, atOnce: false);
            if (session.KeepAlive(now) is { } keepAlive)
                effects.Send(leader, new Submit(++lastId, ImmutableArray.Create(keepAlive.Encode())));
            reads.Again(leader, ref lastId, now, effects, onlyOverdue: true);
        }
        Flush(now, effects);
    }

    /// <summary>The call's deadline has come: tells whether the command may have been applied. Of an unknown call: nothing.</summary>
    public void GiveUp(ulong callId, Effects effects)
    {
        if (reads.Contains(callId))
            reads.GiveUp(callId, effects);
        if (!byCall.Remove(callId, out var call))
            return;
        effects.Tell(call.IsCertainlyNotApplied ? new CallNotApplied(callId, call.Reason) : new CallUnknown(callId));
        call.CallIds.Remove(callId);
        if (call.CallIds.Count == 0)
            Forget(call);
    }

    private void Add(ulong callId, string? key, Value payload, Now now, Effects effects)
    {
        session.UsedMs = now.MonotonicMs;
        var bytes = payload.Bytes.Length;
        // The span counts and not the number: the log keeps no result too far above the oldest that is waited for.
        Acknowledge();
        var isSpanFull = key is null && session.Sequence - acknowledged + (ulong)queue.Count >= (ulong)log.SessionMaxInFlight;
        if (isSpanFull || byCall.Count >= settings.MaxPending || pendingBytes + bytes > settings.MaxPendingBytes)
        {
            effects.Tell(new CallNotApplied(callId, NotAppliedReason.Overloaded));
            return;
        }
        var call = new ClientCall(++orders, payload, key);
        if (key is not null)
        {
            call.Bind(new Command.Keyed(key, payload));
            // The log would answer both with one result: so one copy serves both.
            if (byId.TryGetValue(call.Id, out var same))
                call = same;
            else
                byId.Add(call.Id, call);
        }
        call.CallIds.Add(callId);
        byCall.Add(callId, call);
        if (call.CallIds.Count > 1)
            return;
        pendingBytes += bytes;
        Enqueue(call);
    }

    private void Enqueue(ClientCall call)
    {
        if (call.IsQueued)
            return;
        call.IsQueued = true;
        queue.Add(call);
    }

    // Without a copy that may be in the log, a command may take another number, in another session.
    private bool NeedsSession(ClientCall call, Now now) =>
        call.Key is null && (call.Encoded is null || (call.IsCertainlyNotApplied && call.Id.Session != session.Number)) && !session.IsFresh(now);

    private void SendQueue(Now now, Effects effects)
    {
        var batch = ImmutableArray.CreateBuilder<ClientCall>();
        var bytes = 0;
        var waiting = 0;
        for (var i = 0; i < queue.Count; i++)
        {
            var call = queue[i];
            if (NeedsSession(call, now))
            {
                queue[waiting++] = call;
                continue;
            }
            Bind(call);
            var size = call.Encoded!.Value.Bytes.Length;
            if (batch.Count > 0 && (batch.Count >= settings.SubmitCommands || bytes + size > settings.SubmitBytes))
            {
                Send(batch.DrainToImmutable(), now, effects);
                bytes = 0;
            }
            call.IsQueued = false;
            batch.Add(call);
            bytes += size;
        }
        queue.RemoveRange(waiting, queue.Count - waiting);
        if (batch.Count > 0)
            Send(batch.DrainToImmutable(), now, effects);
    }

    private void Bind(ClientCall call)
    {
        if (call.Key is not null || (call.Encoded is not null && (!call.IsCertainlyNotApplied || call.Id.Session == session.Number)))
            return;
        if (call.Encoded is not null)
            byId.Remove(call.Id);
        Acknowledge();
        call.Bind(new Command.Apply(session.Number, session.NextSequence(), acknowledged, call.Payload));
        byId.Add(call.Id, call);
    }

    // What nobody waits for any more, answered or given up, will not be asked for again.
    private void Acknowledge()
    {
        while (acknowledged < session.Sequence && !byId.ContainsKey(new CommandId(0, session.Number, acknowledged + 1, null)))
            acknowledged++;
    }

    private void Send(ImmutableArray<ClientCall> batch, Now now, Effects effects)
    {
        var id = ++lastId;
        tries.Add(id, new Try(batch));
        foreach (var call in batch)
        {
            call.OpenTries.Add(id);
            call.SentMs = now.MonotonicMs;
            if (call.PatienceMs == 0)
                (call.FirstSentMs, call.PatienceMs) = (now.MonotonicMs, settings.RetryAfterMs);
        }
        effects.Send(leader, new Submit(id, batch.Select(call => call.Encoded!.Value).ToImmutableArray()));
    }

    private void Open(Now now, Effects effects, bool atOnce)
    {
        if (session.Open(now, atOnce) is not { } open)
            return;
        openingTry = ++lastId;
        effects.Send(leader, new Submit(openingTry, ImmutableArray.Create(open.Encode())));
    }

    private void ResendAll(Now now, Effects effects)
    {
        if (leader == default)
            return;
        foreach (var call in byCall.Values.Distinct().OrderBy(call => call.Order))
        {
            call.Hops = 0;
            Enqueue(call);
        }
        openingHops = 0;
        if (session.IsOpening)
            Open(now, effects, atOnce: true);
        reads.Again(leader, ref lastId, now, effects, onlyOverdue: false);
    }

    private void OnRefused(NodeId from, Refused refused, Now now, Effects effects)
    {
        if (refused.Why == Refusal.NotLeader)
        {
            if (refused.Leader != default && refused.Leader != from)
                leader = refused.Leader;
            else if (leader == from)
                leader = default;
        }
        if (tries.Remove(refused.Id, out var refusedTry))
        {
            foreach (var call in refusedTry.Calls)
            {
                // False: it has its outcome already.
                if (call.OpenTries.Remove(refused.Id))
                    OnRefused(call, refused.Why, from, effects);
            }
        }
        else if (refused.Id == openingTry && session.IsOpening)
        {
            if (refused.Why == Refusal.NotLeader && leader != default && leader != from && ++openingHops <= MaxHops)
                Open(now, effects, atOnce: true);
            foreach (var call in queue)
                call.Reason = ReasonOf(refused.Why);
        }
        else if (reads.IsRound(refused.Id))
        {
            if (refused.Why == Refusal.Overloaded)
                reads.OnOverloaded(effects);
            else if (refused.Why == Refusal.NotLeader && leader != from)
                reads.Redirect(leader, ref lastId, now, effects);
        }
    }

    private void OnRefused(ClientCall call, Refusal why, NodeId from, Effects effects)
    {
        call.Reason = ReasonOf(why);
        if (why == Refusal.Overloaded && call.IsCertainlyNotApplied)
        {
            foreach (var callId in call.CallIds)
                effects.Tell(new CallNotApplied(callId, NotAppliedReason.Overloaded));
            Complete(call);
        }
        else if (why == Refusal.NotLeader && call.IsCertainlyNotApplied && leader != default && leader != from && ++call.Hops <= MaxHops)
        {
            Enqueue(call);
        }
    }

    private static NotAppliedReason ReasonOf(Refusal why) =>
        why == Refusal.Overloaded ? NotAppliedReason.Overloaded : NotAppliedReason.NoLeader;

    private void OnKeptAlive(Result result)
    {
        if (result.Kind == ResultKind.SessionExpired)
            session.Drop();
        else
            session.OnKeptAlive();
    }

    private void OnResult(ClientCall call, Result result, Effects effects)
    {
        // Not final: another copy may find room. It is asked again by the timer.
        if (result.Kind == ResultKind.TooFarAhead)
            return;
        if (result.Kind == ResultKind.SessionExpired && call.Id.Session == session.Number)
            session.Drop();
        else if (call.Key is null && call.Id.Session == session.Number)
            session.Renew(call.FirstSentMs);
        // An earlier copy may have been applied in what this node skipped, and its result be lost with the session.
        var isLost = result.Kind == ResultKind.Forgotten || (result.Kind == ResultKind.SessionExpired && call.MayHaveMissed);
        foreach (var callId in call.CallIds)
            effects.Tell(isLost ? new CallUnknown(callId) : new CallCompleted(callId, result));
        Complete(call);
    }

    private void Complete(ClientCall call)
    {
        foreach (var callId in call.CallIds)
            byCall.Remove(callId);
        Forget(call);
    }

    private void Forget(ClientCall call)
    {
        if (call.Encoded is not null)
            byId.Remove(call.Id);
        if (call.IsQueued)
            queue.Remove(call);
        pendingBytes -= call.Payload.Bytes.Length;
        foreach (var id in call.OpenTries)
        {
            if (--tries[id].Unfinished == 0)
                tries.Remove(id);
        }
        call.OpenTries.Clear();
    }

    private sealed class Try(ImmutableArray<ClientCall> calls)
    {
        public ImmutableArray<ClientCall> Calls { get; } = calls;

        /// <summary>Calls that wait for their outcome: when none does, nobody need know what becomes of it.</summary>
        public int Unfinished { get; set; } = calls.Length;
    }
}
