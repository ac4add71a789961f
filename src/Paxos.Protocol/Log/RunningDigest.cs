// The hashes are functions of bytes, whatever their namespace is called.
#pragma warning disable RS0030
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Paxos.Protocol.Log;

/// <summary>
/// One number for all that a replica has done: equal on two nodes after the same slot, or their machine is not deterministic.
/// </summary>
internal sealed class RunningDigest(int interval)
{
    /// <summary>So many are kept for comparison with nodes that are ahead or behind.</summary>
    private const int KeptMarks = 8;

    private readonly Queue<(ulong Slot, ulong Digest)> marks = new();

    public ulong Digest { get; private set; }

    public IReadOnlyCollection<(ulong Slot, ulong Digest)> Marks => marks;

    public (ulong Slot, ulong Digest)? Newest { get; private set; }

    public ulong? At(ulong slot)
    {
        foreach (var mark in marks)
        {
            if (mark.Slot == slot)
                return mark.Digest;
        }
        return null;
    }

    public void Mix(ulong number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        Mix(bytes);
    }

    public void Mix(string text) => Mix(MemoryMarshal.AsBytes(text.AsSpan()));

    public void Mix(ReadOnlySpan<byte> bytes) => Digest = XxHash3.HashToUInt64(bytes, unchecked((long)Digest));

    /// <summary>The slot is done.</summary>
    public void Mark(ulong slot)
    {
        if (slot % (ulong)interval != 0)
            return;
        Newest = (slot, Digest);
        marks.Enqueue((slot, Digest));
        if (marks.Count > KeptMarks)
            marks.Dequeue();
    }

    public void Restore(ulong digest, IEnumerable<(ulong Slot, ulong Digest)> kept)
    {
        Digest = digest;
        marks.Clear();
        foreach (var mark in kept)
            marks.Enqueue(mark);
        Newest = marks.Count > 0 ? marks.Last() : null;
    }
}
