namespace Paxos.Actors.Clients;

/// <summary>What waits together goes as one message, unless that became too large.</summary>
internal static class Batches
{
    /// <summary>Far below the smallest frame that a node takes, and small enough not to hold up the heartbeats behind it.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>In order; none is empty, and only one item alone may be larger than <see cref="MaxBytes"/>.</summary>
    public static IEnumerable<List<T>> Of<T>(IEnumerable<T> items, Func<T, int> sizeOf)
    {
        var batch = new List<T>();
        var bytes = 0;
        foreach (var item in items)
        {
            var size = sizeOf(item);
            if (batch.Count > 0 && bytes + size > MaxBytes)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
            batch.Add(item);
            bytes += size;
        }
        if (batch.Count > 0)
            yield return batch;
    }
}
