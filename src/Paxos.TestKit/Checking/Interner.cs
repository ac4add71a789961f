namespace Paxos.TestKit.Checking;

/// <summary>Small numbers for things: equal things have the same one, counted from 0.</summary>
internal sealed class Interner<T>
    where T : notnull
{
    private readonly Dictionary<T, int> ids = [];
    private readonly List<T> things = [];

    public int Count => things.Count;

    public T this[int id] => things[id];

    public int Id(T thing)
    {
        if (!ids.TryGetValue(thing, out var id))
        {
            id = things.Count;
            ids.Add(thing, id);
            things.Add(thing);
        }
        return id;
    }
}

/// <summary>Sets of letters, each set with a number. Set 0 is empty.</summary>
internal sealed class LetterSets
{
    private readonly Interner<Set> sets = new();
    private readonly Dictionary<(int Set, int Letter), int> added = [];

    public LetterSets() => sets.Id(new Set([]));

    /// <summary>In ascending order.</summary>
    public ReadOnlySpan<int> this[int set] => sets[set].Letters;

    public int Add(int set, int letter)
    {
        if (added.TryGetValue((set, letter), out var id))
            return id;
        var letters = sets[set].Letters;
        var at = Array.BinarySearch(letters, letter);
        id = at >= 0 ? set : sets.Id(new Set([.. letters[..~at], letter, .. letters[~at..]]));
        added.Add((set, letter), id);
        return id;
    }

    public int Remove(int set, int letter) => sets.Id(new Set([.. sets[set].Letters.Where(other => other != letter)]));

    private sealed class Set(int[] letters) : IEquatable<Set>
    {
        public int[] Letters { get; } = letters;

        public bool Equals(Set? other) => Letters.AsSpan().SequenceEqual(other!.Letters);

        public override bool Equals(object? obj) => obj is Set other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var letter in Letters)
                hash.Add(letter);
            return hash.ToHashCode();
        }
    }
}
