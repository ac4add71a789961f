namespace Paxos.Protocol.Log;

/// <summary>The bounds of a node's client, and its patience.</summary>
public sealed record ClientSettings
{
    public static readonly ClientSettings Default = new();

    /// <summary>Commands that wait for their outcome, and likewise reads; past it a call is refused as overloaded.</summary>
    public int MaxPending { get; init; } = 10_000;

    /// <summary>Bytes of the commands that wait for their outcome.</summary>
    public long MaxPendingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Commands that one <see cref="Submit"/> carries at most.</summary>
    public int SubmitCommands { get; init; } = 1024;

    /// <summary>Bytes of commands that one <see cref="Submit"/> carries at most; one command alone may be larger.</summary>
    public int SubmitBytes { get; init; } = 256 * 1024;

    /// <summary>What is unanswered for so long is sent again; each further time after twice as long, up to 16 times this.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The session of a client that was not called for so long is not kept alive any more; the next call opens another.</summary>
    public TimeSpan KeepAliveFor { get; init; } = TimeSpan.FromMinutes(10);

    internal ulong RetryAfterMs => (ulong)RetryAfter.TotalMilliseconds;
}
