namespace Paxos.TestKit.Simulation;

/// <summary>The snapshots on a node's disk: the newest two, so that one that is being fetched does not go at once.</summary>
internal sealed class SimulatedSnapshots
{
    private readonly SortedDictionary<ulong, byte[]> durable = [];

    // Of another node's, what has come so far.
    private readonly List<byte> incoming = [];

    /// <summary>The newest first.</summary>
    public IEnumerable<byte[]> All => durable.Values.Reverse();

    /// <summary>0: none.</summary>
    public ulong Newest => durable.Count == 0 ? 0 : durable.Keys.Last();

    public byte[]? Find(ulong slot) => durable.GetValueOrDefault(slot);

    public void Keep(ulong slot, byte[] snapshot)
    {
        durable[slot] = snapshot;
        while (durable.Count > 2)
            durable.Remove(durable.Keys.First());
    }

    /// <summary>The whole, once its last piece is there.</summary>
    public byte[]? Add(ulong offset, ulong total, ReadOnlySpan<byte> piece)
    {
        incoming.RemoveRange((int)offset, incoming.Count - (int)offset);
        incoming.AddRange(piece);
        return (ulong)incoming.Count == total ? [.. incoming] : null;
    }

    public void ForgetIncoming() => incoming.Clear();

    /// <summary>As they are now: to be put back later.</summary>
    public Action Copy()
    {
        var copy = durable.ToList();
        return () =>
        {
            durable.Clear();
            foreach (var (slot, snapshot) in copy)
                durable[slot] = snapshot;
        };
    }

    /// <summary>The newest, where there is an older one; false: there is not.</summary>
    public bool Damage()
    {
        if (durable.Count < 2)
            return false;
        // A copy of the disk has it whole.
        byte[] damaged = [.. durable[Newest]];
        damaged[damaged.Length / 2] ^= 1;
        durable[Newest] = damaged;
        return true;
    }
}
