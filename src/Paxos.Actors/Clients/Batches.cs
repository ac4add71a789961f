namespace Paxos.Actors.Clients;

/// <summary>What waits together goes as one message, unless that became too large.</summary>
internal static class Batches
{
    /// <summary>Far below the smallest frame that a node takes, and small enough not to hold up the heartbeats behind it.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Takes what stands first: at most <see cref="MaxBytes"/>, or one item alone; empty: nothing waits.</summary>
    public static List<T> Next<T>(Queue<T> waiting, Func<T, int> sizeOf)
    {
        var batch = new List<T>();
        var bytes = 0;
        while (waiting.TryPeek(out var item))
        {
            bytes += sizeOf(item);
            if (batch.Count > 0 && bytes > MaxBytes)
                break;
            batch.Add(waiting.Dequeue());
        }
        return batch;
    }
}
