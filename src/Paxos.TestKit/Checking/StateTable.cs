using System.Numerics;

namespace Paxos.TestKit.Checking;

/// <summary>
/// The states that were reached, in the order in which they were found, each with the state that it was found from. They are
/// kept whole, so that no two are ever taken for one.
/// </summary>
internal sealed class StateTable(int width)
{
    private const int BlockBits = 16;

    private readonly List<int[]> blocks = [];
    private int[] slots = new int[1 << 16];

    public int Count { get; private set; }

    public ReadOnlySpan<int> this[int state] => Row(state)[..width];

    public int ParentOf(int state) => Row(state)[width];

    /// <summary>False where the state was there already.</summary>
    public bool Add(ReadOnlySpan<int> state, int parent)
    {
        var slot = Find(state);
        if (slots[slot] != 0)
            return false;
        if (Count >> BlockBits == blocks.Count)
            blocks.Add(new int[(width + 1) << BlockBits]);
        var row = Row(Count);
        state.CopyTo(row);
        row[width] = parent;
        slots[slot] = ++Count;
        if (Count > slots.Length / 8 * 5)
            Grow();
        return true;
    }

    /// <summary>The state's number, or -1.</summary>
    public int IndexOf(ReadOnlySpan<int> state) => slots[Find(state)] - 1;

    private int Find(ReadOnlySpan<int> state)
    {
        var slot = Hash(state) & (slots.Length - 1);
        while (slots[slot] != 0 && !this[slots[slot] - 1].SequenceEqual(state))
            slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }

    private void Grow()
    {
        slots = new int[slots.Length * 2];
        for (var state = 0; state < Count; state++)
            slots[Find(this[state])] = state + 1;
    }

    private Span<int> Row(int state) =>
        blocks[state >> BlockBits].AsSpan((state & ((1 << BlockBits) - 1)) * (width + 1), width + 1);

    private static int Hash(ReadOnlySpan<int> state)
    {
        var hash = 0UL;
        foreach (var number in state)
            hash = BitOperations.RotateLeft((hash ^ (uint)number) * 0x9E3779B97F4A7C15, 29);
        return (int)((hash * 0xBF58476D1CE4E5B9) >> 33);
    }
}
