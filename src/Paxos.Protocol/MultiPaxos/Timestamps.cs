namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// The log's time as a leader counts it: on from where its predecessor's last applied entry left it, by its own monotonic
/// clock. So a change of leader only lengthens what is waited for, and a wrong wall clock does nothing.
/// </summary>
internal struct Timestamps
{
    private ulong baseMs;
    private ulong startedMs;
    private ulong lastMs;

    /// <summary>This node leads from now on, and the log's time is this.</summary>
    public void Start(ulong logMs, Now now)
    {
        baseMs = logMs;
        startedMs = now.MonotonicMs;
        lastMs = logMs;
    }

    public ulong Next(Now now)
    {
        lastMs = Math.Max(lastMs, baseMs + (now.MonotonicMs - Math.Min(startedMs, now.MonotonicMs)));
        return lastMs;
    }

    public readonly void Write(CanonicalWriter writer)
    {
        writer.Number(baseMs);
        writer.Number(startedMs);
        writer.Number(lastMs);
    }

    public void Read(ref CanonicalReader reader)
    {
        baseMs = reader.Number();
        startedMs = reader.Number();
        lastMs = reader.Number();
    }
}
