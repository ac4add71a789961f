namespace Paxos.TestKit.Clusters;

/// <summary>
/// The clock of a <see cref="PaxosCluster"/>'s nodes: it runs as the machine's does, and a spec can move it ahead. The log's time
/// hangs on it (times to live, sessions, idempotency keys, what a state machine waits for), and what falls due so happens within
/// a moment, on all nodes. Timers do not: heartbeats, elections, retries and the deadlines of calls take as long as they take.
/// </summary>
public sealed class ClusterClock : TimeProvider
{
    private long aheadTicks;

    /// <summary>By how much it has been moved.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Volatile.Read(ref aheadTicks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves it ahead. A time to live that is longer has not passed.</summary>
    /// <param name="by">Not negative: a monotonic clock does not go back.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Interlocked.Add(ref aheadTicks, by.Ticks);
    }

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Volatile.Read(ref aheadTicks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
