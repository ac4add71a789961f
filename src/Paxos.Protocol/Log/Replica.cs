// A Stream is how a snapshot is handed over; whose it is, a file or memory, is the host's affair.
#pragma warning disable RS0030

namespace Paxos.Protocol.Log;

/// <summary>
/// A machine as one node has it: takes the log's entries in order, and stands between them and the machine with what every
/// machine needs: sessions, idempotency keys, the replicated clock, expiries, and a digest that shows whether the nodes still
/// agree. Everything in it, and every result that it tells, is a function of the entries.
/// </summary>
public sealed class Replica : ILogConsumer
{
    private const int MaxErrorCharacters = 1024;
    private const int MaxConfigurations = 64;

    private readonly IStateMachine machine;
    private readonly LogSettings settings;
    private readonly Sessions sessions;
    private readonly IdempotencyKeys keys;
    private readonly RunningDigest digest;
    private readonly Output output;
    private readonly List<InForce> configurations = [];

    // The highest of the batches so far: its leader's clock counts.
    private Ballot ballot;

    // In the last slot. It is called again in the next one, whatever that is for, and none is asked for.
    private bool hasFailedOnTime;

    // All commands, those too that never reach the machine: a session's number is its opening's place.
    private ulong commands;

    public Replica(IStateMachine machine, LogSettings settings)
    {
        this.machine = machine;
        this.settings = settings;
        sessions = new Sessions(settings);
        keys = new IdempotencyKeys(settings);
        digest = new RunningDigest(settings.DigestInterval);
        output = new Output(digest);
    }

    public ulong AppliedSlot { get; private set; }

    /// <summary>The number of the last thing that reached the machine: <see cref="Context.Index"/>.</summary>
    public ulong Index { get; private set; }

    public ulong TimeMs { get; private set; }

    public ulong DueMs => Math.Min(Math.Min(sessions.DueMs, keys.DueMs), hasFailedOnTime ? ulong.MaxValue : machine.DueMs);

    /// <summary>Of all slots so far: equal on all nodes that have applied as many.</summary>
    public ulong Digest => digest.Digest;

    public int SessionCount => sessions.Count;

    /// <summary>
    /// The configurations in the log, in order, the last 64 of them. A node that starts behind a snapshot has to know through
    /// which voters the decisions have come (<see cref="SingleDecree.Epochs"/>), and not only who votes now.
    /// </summary>
    public IReadOnlyList<InForce> Configurations => configurations;

    /// <summary>The last configuration in the log; null: none yet.</summary>
    public InForce? InForce => configurations is [.., var last] ? last : null;

    /// <summary>What <see cref="Digest"/> was after a multiple of <see cref="LogSettings.DigestInterval"/>; null: it is no such, or is long ago.</summary>
    public ulong? DigestAt(ulong slot) => digest.At(slot);

    /// <summary>The last slot for which there is a <see cref="DigestAt"/>, and it; null: none yet.</summary>
    public (ulong Slot, ulong Digest)? NewestMark => digest.Newest;

    public Value Query(Value question) => machine.Query(question);

    /// <summary>The same for whoever knows the machine's type, and needs no bytes. It reads, and changes nothing.</summary>
    public TAnswer Query<TAnswer>(Func<IStateMachine, TAnswer> question) => question(machine);

    public void Apply(ulong slot, Entry entry, Effects effects)
    {
        if (slot != AppliedSlot + 1)
            throw new InvalidOperationException($"Slot {slot} cannot follow slot {AppliedSlot}: entries are applied in order, each once.");
        AppliedSlot = slot;
        digest.Mix(slot);
        switch (entry.Kind)
        {
            case EntryKind.Batch:
                Apply(Batch.Decode(entry.Value), effects);
                break;
            case EntryKind.Configuration when Protocol.Configuration.Decode(entry.Value) is var next && next.Epoch > (InForce?.Configuration.Epoch ?? 0):
                configurations.Add(new InForce(next, slot));
                if (configurations.Count > MaxConfigurations)
                    configurations.RemoveAt(0);
                break;
        }
        digest.Mark(slot);
    }

    /// <summary>The state as it is now, written out later by any thread while this one goes on.</summary>
    public ISnapshotView Freeze() => new ReplicaSnapshot(
        new ReplicaState(AppliedSlot, ballot, TimeMs, commands, Index, [.. configurations], Digest, [.. digest.Marks]),
        sessions.Freeze(),
        keys.Freeze(),
        machine.Freeze());

    /// <summary>Replaces everything by what a view wrote. Where it throws, the replica is half of each: let it go.</summary>
    /// <exception cref="InvalidDataException">It is no snapshot of a replica.</exception>
    /// <exception cref="EndOfStreamException">It ends too soon.</exception>
    public void Restore(Stream snapshot)
    {
        sessions.Clear();
        keys.Clear();
        var state = ReplicaSnapshot.Read(snapshot, sessions, keys);
        (AppliedSlot, ballot, TimeMs, commands, Index, _, _, _) = state;
        configurations.Clear();
        configurations.AddRange(state.Configurations);
        digest.Restore(state.Digest, state.Marks);
        machine.Restore(snapshot);
    }

    private void Apply(Batch batch, Effects effects)
    {
        // One that a deposed leader left behind moves nothing, where it was adopted behind a later leader's.
        if (batch.Ballot >= ballot)
            (ballot, TimeMs) = (batch.Ballot, Math.Max(TimeMs, batch.TimeMs));
        keys.Expire(TimeMs);
        while (sessions.Expire(TimeMs) is > 0 and var expired)
            EndSession(expired, batch.WallMs, effects);
        hasFailedOnTime = false;
        for (var calls = 0; calls < settings.DueMaxPerSlot && machine.DueMs <= TimeMs && !hasFailedOnTime; calls++)
        {
            var context = NextContext(batch.WallMs, session: 0, sequence: 0);
            hasFailedOnTime = Call(effects, context, (machine, context, output) => machine.OnTime(context, output)).Kind == ResultKind.Failed;
        }
        foreach (var encoded in batch.Commands.AsSpan())
        {
            commands++;
            var command = Command.Decode(encoded);
            if (command is null)
                continue;
            var id = CommandId.Of(command);
            var result = Apply(command, id, batch.WallMs, effects);
            digest.Mix((ulong)result.Kind);
            digest.Mix(result.Value.Bytes.Span);
            effects.Tell(new Completed(id, result));
        }
    }

    private Result Apply(Command command, CommandId id, ulong wallMs, Effects effects)
    {
        switch (command)
        {
            case Command.Open m:
                var writer = new CanonicalWriter();
                writer.Number(sessions.Open(m.Token, commands, TimeMs));
                return new Result(ResultKind.Done, new Value(writer.Written.ToArray()));
            case Command.KeepAlive m:
                return new Result(sessions.KeepAlive(m.Session, TimeMs) ? ResultKind.Done : ResultKind.SessionExpired, default);
            case Command.Close m:
                if (!sessions.Close(m.Session))
                    return new Result(ResultKind.SessionExpired, default);
                EndSession(m.Session, wallMs, effects);
                return default;
            case Command.Apply m:
                if (sessions.Answer(m, TimeMs) is { } answer)
                    return answer;
                var result = Call(m.Payload, NextContext(wallMs, m.Session, m.Sequence), effects);
                sessions.Keep(m, result);
                return result;
            case Command.Keyed m:
                if (keys.Answer(m.Key, id.Token) is { } known)
                    return known;
                var first = Call(m.Payload, NextContext(wallMs, session: 0, sequence: 0), effects);
                keys.Keep(new KeptResult(m.Key, id.Token, TimeMs, first));
                return first;
            default:
                return default;
        }
    }

    private void EndSession(ulong session, ulong wallMs, Effects effects)
    {
        digest.Mix(session);
        Call(effects, NextContext(wallMs, session, sequence: 0), (machine, context, output) => machine.OnSessionClosed(context.Session, context, output));
    }

    private Context NextContext(ulong wallMs, ulong session, ulong sequence) => new(AppliedSlot, ++Index, TimeMs, wallMs, session, sequence);

    private Result Call(Value payload, in Context context, Effects effects)
    {
        output.Begin(context.Index, effects);
        try
        {
            machine.Apply(context, payload, output);
            return output.End();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Failed(e);
        }
    }

    private Result Call(Effects effects, Context context, Action<IStateMachine, Context, IOutput> call)
    {
        output.Begin(context.Index, effects);
        try
        {
            call(machine, context, output);
            return output.End();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var result = Failed(e);
            digest.Mix(result.Value.Bytes.Span);
            return result;
        }
    }

    // Memory that is short is short on this node only: not a result, and the node must not go on as if it were one.
    private static Result Failed(Exception e) => new(
        ResultKind.Failed,
        Value.FromUtf8(e.Message.Length > MaxErrorCharacters ? e.Message[..MaxErrorCharacters] : e.Message));

    private sealed class Output(RunningDigest digest) : IOutput
    {
        private ulong index;
        private Effects? effects;
        private Value result;

        public void Begin(ulong atIndex, Effects tellTo)
        {
            (index, effects, result) = (atIndex, tellTo, default);
            digest.Mix(atIndex);
        }

        public Result End() => new(ResultKind.Done, result);

        public void Result(Value value) => result = value;

        public void Notify(string topic, Value notification)
        {
            digest.Mix(topic);
            digest.Mix(notification.Bytes.Span);
            effects?.Tell(new Notified(index, topic, notification));
        }
    }
}
