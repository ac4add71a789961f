using System.Buffers.Binary;
using System.IO.Hashing;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>Writes the snapshots that a learner wants, hands them to others in pieces, and restores what came in pieces. Each file has a checksum.</summary>
internal sealed class SnapshotHost(SimulatedNode node, LogSimulation world)
{
    private readonly SimulatedSnapshots snapshots = new();
    private (ulong Slot, byte[] Whole)? arrived;

    public bool HasDamage => snapshots.Find(snapshots.Newest) is { } newest && Open(newest) is null;

    /// <summary>The newest is damaged, where there is another; false: there is not.</summary>
    public bool Damage() => snapshots.Damage();

    /// <summary>As it is on the disk now: to be put back later.</summary>
    public Action Copy() => snapshots.Copy();

    /// <summary>How large the one that is restored is; 0: there is none.</summary>
    public int Load(JudgedReplica replica)
    {
        snapshots.ForgetIncoming();
        arrived = null;
        foreach (var file in snapshots.All)
        {
            if (Open(file) is { } snapshot)
            {
                replica.Restore(snapshot);
                return file.Length;
            }
            world.Marks.Hit(LogMarks.PassedOver);
        }
        return 0;
    }

    // The same step may have applied more than the slot after which it was wanted. A learner that crashes meanwhile leaves nothing: a
    // file that was not finished is none.
    public void Write(Learner writer)
    {
        var slot = node.Replica!.AppliedSlot;
        var frozen = node.Replica.Freeze();
        node.At(world.Schedule.NowUs + 5 * node.Disk.DrawWriteUs(), () =>
        {
            if (!node.IsCurrent(writer))
                return;
            if (node.Disk.Fails(SimulatedDisk.Snapshot))
            {
                writer.OnSnapshotFailed();
                return;
            }
            var file = Seal(frozen);
            snapshots.Keep(slot, file);
            node.Learner.Act(effects => writer.OnSnapshotDurable(slot, file.Length, effects));
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

    public void Receive(ChunkReceived chunk)
    {
        if (snapshots.Add(chunk.Offset, chunk.Total, chunk.Bytes.Bytes.Span) is not { } whole)
            return;
        snapshots.ForgetIncoming();
        if (world.Network.IsBad && world.Random.Next(15) == 0)
            whole[world.Random.Next(whole.Length)] ^= 1;
        arrived = (chunk.Slot, whole);
    }

    /// <summary>Another node's snapshot whose last piece this step has brought.</summary>
    public (ulong Slot, byte[] Whole)? TakeArrived()
    {
        var taken = arrived;
        arrived = null;
        return taken;
    }

    /// <summary>False: it came damaged.</summary>
    public bool Restore(ulong slot, byte[] whole, JudgedReplica replica)
    {
        if (Open(whole) is not { } snapshot)
        {
            world.Marks.Hit(LogMarks.CameDamaged);
            return false;
        }
        snapshots.Keep(slot, whole);
        replica.Restore(snapshot);
        world.Marks.Hit(LogMarks.Snapshot);
        world.Trace($"{node.Id} has restored the snapshot of {slot}");
        return true;
    }

    private static byte[] Seal(byte[] snapshot)
    {
        var file = new byte[snapshot.Length + sizeof(ulong)];
        snapshot.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(snapshot.Length), XxHash3.HashToUInt64(snapshot));
        return file;
    }

    /// <summary>Null: it is damaged.</summary>
    private static byte[]? Open(byte[] file)
    {
        var snapshot = file[..^sizeof(ulong)];
        return BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(snapshot.Length)) == XxHash3.HashToUInt64(snapshot) ? snapshot : null;
    }
}
