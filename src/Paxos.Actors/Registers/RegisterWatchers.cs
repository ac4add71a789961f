namespace Paxos.Actors.Registers;

/// <summary>Those who watch one group. Those of one key are found by it: a change costs nothing for the watchers of other keys.</summary>
internal sealed class RegisterWatchers
{
    private readonly Dictionary<string, List<RegisterWatcher>> byKey = new(StringComparer.Ordinal);
    private readonly List<RegisterWatcher> ofPrefixes = [];

    /// <summary>How many there are, those too that fell behind or closed and were told nothing since.</summary>
    public int Count { get; private set; }

    public void Add(RegisterWatcher watcher)
    {
        Count++;
        if (watcher.IsPrefix)
            ofPrefixes.Add(watcher);
        else if (byKey.TryGetValue(watcher.KeyOrPrefix, out var others))
            others.Add(watcher);
        else
            byKey.Add(watcher.KeyOrPrefix, [watcher]);
    }

    /// <summary>Tells those whom a change of this key may concern, and ends those that do not take it.</summary>
    /// <param name="tell">False: it has fallen behind.</param>
    public void Tell(string key, Func<RegisterWatcher, bool> tell)
    {
        if (byKey.TryGetValue(key, out var watchers))
            TellOf(key, watchers, tell);
        Tell(ofPrefixes, tell);
    }

    /// <inheritdoc cref="Tell(string, Func{RegisterWatcher, bool})"/>
    public void TellAll(Func<RegisterWatcher, bool> tell)
    {
        // A dictionary may be removed from while it is gone through.
        foreach (var (key, watchers) in byKey)
            TellOf(key, watchers, tell);
        Tell(ofPrefixes, tell);
    }

    /// <summary>Ends all of them.</summary>
    public void End() => TellAll(_ => false);

    private void TellOf(string key, List<RegisterWatcher> watchers, Func<RegisterWatcher, bool> tell)
    {
        Tell(watchers, tell);
        if (watchers.Count == 0)
            byKey.Remove(key);
    }

    private void Tell(List<RegisterWatcher> watchers, Func<RegisterWatcher, bool> tell) => Count -= watchers.RemoveAll(watcher =>
    {
        if (!watcher.IsClosed && tell(watcher))
            return false;
        watcher.End();
        return true;
    });
}
