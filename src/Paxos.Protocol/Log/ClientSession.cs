namespace Paxos.Protocol.Log;

/// <summary>
/// A client's session: opened when the first command wants one, kept alive while the client is used. Each opening has a token
/// of its own, so that a copy of an older one that arrives late is nobody's.
/// </summary>
internal sealed class ClientSession(UInt128 token, ClientSettings settings, LogSettings log)
{
    private UInt128 openings;
    private ulong openingFirstMs;
    private ulong openingSentMs;
    private ulong? keepAliveFirstMs;
    private ulong keepAliveSentMs;

    /// <summary>0: there is none.</summary>
    public ulong Number { get; private set; }

    /// <summary>The last sequence given out.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>When the client was last called.</summary>
    public ulong UsedMs { get; set; }

    /// <summary>The last time known to be before one at which the log heard of the session.</summary>
    public ulong RenewedMs { get; private set; }

    public bool IsOpening { get; private set; }

    private UInt128 Token => unchecked(token + openings);

    public ulong NextSequence() => ++Sequence;

    public void Renew(ulong sentMs) => RenewedMs = Math.Max(RenewedMs, sentMs);

    /// <summary>True where a command sent now will find the session in the log, with a third of its time to spare.</summary>
    public bool IsFresh(Now now) => Number != 0 && now.MonotonicMs - RenewedMs < log.SessionTimeoutMs / 3 * 2;

    public bool IsUsed(Now now) => Number != 0 && now.MonotonicMs - UsedMs < (ulong)settings.KeepAliveFor.TotalMilliseconds;

    public void Drop() => Number = 0;

    /// <summary>The opening, where it is time to send it (again).</summary>
    public Command? Open(Now now, bool atOnce)
    {
        if (IsOpening && !atOnce && now.MonotonicMs - openingSentMs < settings.RetryAfterMs)
            return null;
        if (!IsOpening)
        {
            openings++;
            openingFirstMs = now.MonotonicMs;
            Number = 0;
        }
        IsOpening = true;
        openingSentMs = now.MonotonicMs;
        return new Command.Open(Token);
    }

    /// <summary>True where this opened the session that is waited for.</summary>
    public bool OnCompleted(CommandId id, Result result)
    {
        if (!IsOpening || id.Session != 0 || id.Key is not null || id.Token != Token || result.Kind != ResultKind.Done)
            return false;
        IsOpening = false;
        var reader = new CanonicalReader(result.Value.Bytes.Span);
        Number = reader.Number();
        Sequence = 0;
        keepAliveFirstMs = null;
        // Any copy of the opening may have been the one.
        RenewedMs = openingFirstMs;
        return true;
    }

    /// <summary>The message that keeps the session alive, where it is time for one.</summary>
    public Command? KeepAlive(Now now)
    {
        if (!IsUsed(now)
            || now.MonotonicMs - RenewedMs < log.SessionTimeoutMs / 3
            || (keepAliveFirstMs is not null && now.MonotonicMs - keepAliveSentMs < settings.RetryAfterMs))
            return null;
        keepAliveFirstMs ??= now.MonotonicMs;
        keepAliveSentMs = now.MonotonicMs;
        return new Command.KeepAlive(Number);
    }

    public void OnKeptAlive()
    {
        Renew(keepAliveFirstMs ?? 0);
        keepAliveFirstMs = null;
    }
}
