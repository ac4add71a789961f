namespace Paxos.TestKit.Simulation;

/// <summary>Counts what should happen sometimes: a campaign in which one of them never did has not tested it.</summary>
internal sealed class Marks
{
    private readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> Counts => counts;

    public void Hit(string what) => counts[what] = counts.GetValueOrDefault(what) + 1;

    public void Hit(bool happened, string what)
    {
        if (happened)
            Hit(what);
    }
}
