using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>The snapshots on a node's disk: the newest two, so that one that is being fetched does not go at once.</summary>
internal sealed class SimulatedSnapshots(SimulatedNode node, LogSimulation world)
{
    private readonly SortedDictionary<ulong, byte[]> durable = [];

    // Of another node's, what has come so far.
    private readonly List<byte> incoming = [];

    private ulong Newest => durable.Count == 0 ? 0 : durable.Keys.Last();

    public void Load(JudgedReplica replica)
    {
        incoming.Clear();
        if (durable.Count > 0)
            replica.Restore(durable[Newest]);
    }

    // The same step may have applied more than the slot after which it was wanted.
    public void Write(Learner writer)
    {
        var slot = node.Replica!.AppliedSlot;
        var frozen = node.Replica.Freeze();
        AfterWrite(writer, () =>
        {
            Keep(slot, frozen);
            node.OnSnapshot(writer, (learner, effects) => learner.OnSnapshotDurable(slot, effects));
        });
    }

    public void Send(SnapshotAsked asked)
    {
        var slot = durable.ContainsKey(asked.Slot) ? asked.Slot : Newest;
        if (!durable.TryGetValue(slot, out var snapshot))
            return;
        var offset = slot == asked.Slot ? (int)Math.Min(asked.Offset, (ulong)snapshot.Length) : 0;
        var piece = snapshot.AsMemory(offset, Math.Min(world.Options.ChunkBytes, snapshot.Length - offset));
        world.Send(node, asked.To, new SnapshotChunk(slot, (ulong)offset, (ulong)snapshot.Length, new Value(piece)));
    }

    public void Receive(ChunkReceived chunk, Learner writer)
    {
        incoming.RemoveRange((int)chunk.Offset, incoming.Count - (int)chunk.Offset);
        incoming.AddRange(chunk.Bytes.Bytes.Span);
        if ((ulong)incoming.Count < chunk.Total)
            return;
        byte[] whole = [.. incoming];
        incoming.Clear();
        AfterWrite(writer, () => Restore(chunk.Slot, whole, writer));
    }

    private void Restore(ulong slot, byte[] whole, Learner writer)
    {
        Keep(slot, whole);
        var isAhead = slot > node.Replica!.AppliedSlot;
        if (isAhead)
        {
            node.Replica.Restore(whole);
            world.Marks.Hit(LogMarks.Snapshot);
        }
        world.Trace($"{node.Id} has restored the snapshot of {slot}");
        node.OnSnapshot(writer, (learner, effects) => learner.OnRestored(slot, node.Replica.InForce, effects), isAhead);
    }

    private void Keep(ulong slot, byte[] snapshot)
    {
        durable[slot] = snapshot;
        while (durable.Count > 2)
            durable.Remove(durable.Keys.First());
    }

    // A learner that crashes meanwhile leaves nothing: a file that was not finished is none.
    private void AfterWrite(Learner writer, Action then) => node.At(world.Schedule.NowUs + 5 * world.DrawWriteUs(), () =>
    {
        if (node.IsCurrent(writer))
            then();
    });
}
