using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>Writes the snapshots that a learner wants, hands them to others in pieces, and restores what came in pieces.</summary>
internal sealed class SnapshotHost(SimulatedNode node, LogSimulation world)
{
    private readonly SimulatedSnapshots snapshots = new();

    public void Load(JudgedReplica replica)
    {
        snapshots.ForgetIncoming();
        if (snapshots.Find(snapshots.Newest) is { } newest)
            replica.Restore(newest);
    }

    // The same step may have applied more than the slot after which it was wanted.
    public void Write(Learner writer)
    {
        var slot = node.Replica!.AppliedSlot;
        var frozen = node.Replica.Freeze();
        AfterWrite(writer, () =>
        {
            snapshots.Keep(slot, frozen);
            node.OnSnapshot(writer, (learner, effects) => learner.OnSnapshotDurable(slot, effects));
        });
    }

    public void Send(SnapshotAsked asked)
    {
        var slot = snapshots.Find(asked.Slot) is null ? snapshots.Newest : asked.Slot;
        if (snapshots.Find(slot) is not { } snapshot)
            return;
        var offset = slot == asked.Slot ? (int)Math.Min(asked.Offset, (ulong)snapshot.Length) : 0;
        var piece = snapshot.AsMemory(offset, Math.Min(world.Options.ChunkBytes, snapshot.Length - offset));
        world.Send(node, asked.To, new SnapshotChunk(slot, (ulong)offset, (ulong)snapshot.Length, new Value(piece)));
    }

    public void Receive(ChunkReceived chunk, Learner writer)
    {
        if (snapshots.Add(chunk.Offset, chunk.Total, chunk.Bytes.Bytes.Span) is not { } whole)
            return;
        snapshots.ForgetIncoming();
        AfterWrite(writer, () => Restore(chunk.Slot, whole, writer));
    }

    private void Restore(ulong slot, byte[] whole, Learner writer)
    {
        snapshots.Keep(slot, whole);
        var isAhead = slot > node.Replica!.AppliedSlot;
        if (isAhead)
        {
            node.Replica.Restore(whole);
            world.Marks.Hit(LogMarks.Snapshot);
        }
        world.Trace($"{node.Id} has restored the snapshot of {slot}");
        node.OnSnapshot(writer, (learner, effects) => learner.OnRestored(slot, node.Replica.InForce, effects), isAhead);
    }

    // A learner that crashes meanwhile leaves nothing: a file that was not finished is none.
    private void AfterWrite(Learner writer, Action then) => node.At(world.Schedule.NowUs + 5 * world.DrawWriteUs(), () =>
    {
        if (node.IsCurrent(writer))
            then();
    });
}
