namespace Paxos.Actors.Metrics;

/// <summary>A number that only grows. Added to by one actor or many, read by whoever measures.</summary>
internal sealed class Count
{
    private long value;

    public long Value => Volatile.Read(ref value);

    public void Add(long more = 1) => Interlocked.Add(ref value, more);
}
