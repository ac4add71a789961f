namespace Paxos.Actors.Storage;

/// <summary>
/// How many events this node has written, as it tells its peers: a node that comes back with fewer than they heard of is a
/// restored copy. Never more than the journal holds, since it counts only what is durable.
/// </summary>
/// <param name="name">What the journal is called in errors.</param>
/// <param name="start">What the journal held at the start; null where that is not known: then nothing is told.</param>
internal sealed class JournalNumber(string name, ulong? start)
{
    private ulong written = start ?? 0;

    public string Name { get; } = name;

    /// <summary>What the journal held at the start; 0 where that is not known.</summary>
    public ulong Began => start ?? 0;

    /// <summary>0 where it is not known.</summary>
    public ulong Current => Interlocked.Read(ref written);

    public void Increment()
    {
        if (start is not null)
            Interlocked.Increment(ref written);
    }
}
