namespace Paxos.TestKit.Checking;

/// <summary>
/// All the ways to rename n acceptors, each with a number; 0 renames nobody. The acceptor with index i becomes
/// <c>this[renaming][i]</c>.
/// </summary>
internal sealed class Renamings
{
    private readonly List<int[]> all = [];
    private readonly int[] after;

    public Renamings(int acceptors)
    {
        Add([], [.. Enumerable.Range(0, acceptors)]);
        after = new int[all.Count * all.Count];
        for (var second = 0; second < all.Count; second++)
        {
            for (var first = 0; first < all.Count; first++)
                after[second * all.Count + first] = Find([.. all[first].Select(name => all[second][name])]);
        }
    }

    public int Count => all.Count;

    public ReadOnlySpan<int> this[int renaming] => all[renaming];

    public int Find(ReadOnlySpan<int> names)
    {
        for (var renaming = 0; renaming < all.Count; renaming++)
        {
            if (names.SequenceEqual(all[renaming]))
                return renaming;
        }
        throw new ArgumentException("Not a renaming.", nameof(names));
    }

    /// <summary>The renaming that does one after the other.</summary>
    public int After(int second, int first) => after[second * all.Count + first];

    private void Add(int[] chosen, int[] rest)
    {
        if (rest.Length == 0)
            all.Add(chosen);
        foreach (var next in rest)
            Add([.. chosen, next], [.. rest.Where(name => name != next)]);
    }
}
