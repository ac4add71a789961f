// A Stream is how a snapshot is handed over; whose it is, a file or memory, is the host's affair.
#pragma warning disable RS0030

namespace Paxos.Protocol.Log;

/// <summary>What a replica is beside its sessions, its keys and its machine.</summary>
internal sealed record ReplicaState(
    ulong AppliedSlot,
    Ballot Ballot,
    ulong TimeMs,
    ulong Commands,
    ulong Index,
    InForce[] Configurations,
    ulong Digest,
    (ulong Slot, ulong Digest)[] Marks);

/// <summary>A replica, frozen. Equal replicas write equal bytes.</summary>
internal sealed class ReplicaSnapshot(ReplicaState state, SessionState[] sessions, KeptResult[] keys, ISnapshotView machine) : ISnapshotView
{
    private const ulong Format = 3;

    public void Write(Stream snapshot)
    {
        var writer = new CanonicalWriter();
        writer.Number(Format);
        writer.Number(state.AppliedSlot);
        writer.Ballot(state.Ballot);
        writer.Number(state.TimeMs);
        writer.Number(state.Commands);
        writer.Number(state.Index);
        writer.Number((ulong)state.Configurations.Length);
        foreach (var (configuration, slot) in state.Configurations)
        {
            writer.Bytes(configuration.Encode().Bytes.Span);
            writer.Number(slot);
        }
        writer.Number(state.Digest);
        writer.Number((ulong)state.Marks.Length);
        foreach (var (slot, digest) in state.Marks)
        {
            writer.Number(slot);
            writer.Number(digest);
        }
        writer.Number((ulong)sessions.Length);
        writer.Number((ulong)keys.Length);
        SnapshotFrames.Write(snapshot, writer);
        foreach (var session in sessions)
        {
            Write(writer, session);
            SnapshotFrames.Write(snapshot, writer);
        }
        foreach (var kept in keys)
        {
            writer.Text(kept.Key);
            writer.Incarnation(new Incarnation(kept.Payload));
            writer.Number(kept.TimeMs);
            Write(writer, kept.Result);
            SnapshotFrames.Write(snapshot, writer);
        }
        machine.Write(snapshot);
    }

    /// <summary>Reads up to where the machine's part begins.</summary>
    public static ReplicaState Read(Stream snapshot, Sessions sessions, IdempotencyKeys keys)
    {
        try
        {
            var reader = new CanonicalReader(SnapshotFrames.Read(snapshot));
            if (reader.Number() is not Format and var format)
                throw new InvalidDataException($"The snapshot has format {format}: this version reads format {Format}.");
            var (slot, ballot) = (reader.Number(), reader.Ballot());
            var (time, commands, index) = (reader.Number(), reader.Number(), reader.Number());
            var configurations = new InForce[reader.Count(leastBytes: 2)];
            for (var i = 0; i < configurations.Length; i++)
                configurations[i] = new InForce(Configuration.Decode(new Value(reader.Bytes().ToArray())), reader.Number());
            var digest = reader.Number();
            var marks = new (ulong, ulong)[reader.Count(leastBytes: 2)];
            for (var i = 0; i < marks.Length; i++)
                marks[i] = (reader.Number(), reader.Number());
            var (sessionCount, keyCount) = (reader.Number(), reader.Number());
            for (; sessionCount > 0; sessionCount--)
                sessions.Restore(ReadSession(SnapshotFrames.Read(snapshot)));
            for (; keyCount > 0; keyCount--)
                keys.Keep(ReadKey(SnapshotFrames.Read(snapshot)));
            return new ReplicaState(slot, ballot, time, commands, index, configurations, digest, marks);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new InvalidDataException("The snapshot holds bytes that are no state of a replica.", e);
        }
    }

    private static void Write(CanonicalWriter writer, SessionState session)
    {
        writer.Number(session.Number);
        writer.Incarnation(new Incarnation(session.Token));
        writer.Number(session.DeadlineMs);
        writer.Number(session.AcknowledgedThrough);
        writer.Number((ulong)session.Results.Length);
        foreach (var (sequence, result) in session.Results)
        {
            writer.Number(sequence);
            Write(writer, result);
        }
    }

    private static SessionState ReadSession(byte[] frame)
    {
        var reader = new CanonicalReader(frame);
        var (number, token, deadline, acknowledged) = (reader.Number(), reader.Incarnation().Number, reader.Number(), reader.Number());
        var results = new (ulong, Result)[reader.Count(leastBytes: 3)];
        for (var i = 0; i < results.Length; i++)
            results[i] = (reader.Number(), ReadResult(ref reader));
        return new SessionState(number, token, deadline, acknowledged, results);
    }

    private static KeptResult ReadKey(byte[] frame)
    {
        var reader = new CanonicalReader(frame);
        return new KeptResult(reader.Text(), reader.Incarnation().Number, reader.Number(), ReadResult(ref reader));
    }

    private static void Write(CanonicalWriter writer, Result result)
    {
        writer.Number((ulong)result.Kind);
        writer.Bytes(result.Value.Bytes.Span);
    }

    private static Result ReadResult(ref CanonicalReader reader)
    {
        var kind = (ResultKind)reader.Number();
        return new Result(kind, new Value(reader.Bytes().ToArray()));
    }
}
