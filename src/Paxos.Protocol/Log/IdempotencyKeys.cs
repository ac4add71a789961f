namespace Paxos.Protocol.Log;

/// <summary>What a command under a key was, by its payload's hash, and what came of it.</summary>
internal sealed record KeptResult(string Key, UInt128 Payload, ulong TimeMs, Result Result);

/// <summary>The results of commands that came under a key of the caller's own, for an hour of replicated time.</summary>
internal sealed class IdempotencyKeys(LogSettings settings)
{
    // An idle log should not tick for each of a hundred thousand keys: they are let go a minute's worth at a time.
    private const ulong SweepMs = 60_000;

    private readonly Dictionary<string, KeptResult> byKey = [];
    private readonly Queue<KeptResult> byAge = new();

    public ulong DueMs => byAge.TryPeek(out var oldest)
        ? (oldest.TimeMs + settings.IdempotencyKeepMs + SweepMs - 1) / SweepMs * SweepMs
        : ulong.MaxValue;

    public void Expire(ulong timeMs)
    {
        while (byAge.TryPeek(out var oldest) && timeMs - oldest.TimeMs >= settings.IdempotencyKeepMs)
            byKey.Remove(byAge.Dequeue().Key);
    }

    /// <summary>The answer to a command whose key was used before; null: it is new.</summary>
    public Result? Answer(string key, UInt128 payload)
    {
        if (!byKey.TryGetValue(key, out var kept))
            return null;
        return kept.Payload == payload ? kept.Result : new Result(ResultKind.KeyConflict, default);
    }

    public void Keep(KeptResult kept)
    {
        byKey.Add(kept.Key, kept);
        byAge.Enqueue(kept);
        if (byAge.Count > settings.IdempotencyMax)
            byKey.Remove(byAge.Dequeue().Key);
    }

    /// <summary>The oldest first, as <see cref="Keep"/> takes them.</summary>
    public KeptResult[] Freeze() => byAge.ToArray();

    public void Clear()
    {
        byKey.Clear();
        byAge.Clear();
    }
}
