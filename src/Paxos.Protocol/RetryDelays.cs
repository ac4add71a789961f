namespace Paxos.Protocol;

/// <summary>
/// How long a role waits before it tries again: <paramref name="Base"/> at first; for a decision doubled at each try up to
/// <paramref name="Max"/>. The role names a range and the host draws from it, so the randomness that ends a duel is handed in.
/// </summary>
public sealed record RetryDelays(TimeSpan Base, TimeSpan Max)
{
    /// <summary>100 ms, doubled up to 1 s.</summary>
    public static readonly RetryDelays Default = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));

    internal TimeSpan After(TimeSpan delay) => delay * 2 < Max ? delay * 2 : Max;
}
