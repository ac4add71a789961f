namespace Paxos.Protocol.Log;

/// <summary>A client's session as it stands in a snapshot.</summary>
internal sealed record SessionState(
    ulong Number, UInt128 Token, ulong DeadlineMs, ulong AcknowledgedThrough, (ulong Sequence, Result Result)[] Results);

/// <summary>
/// The sessions of a log's clients: what makes a command that comes twice happen once. A session lives while its client says
/// something, and keeps the results that its client has not acknowledged. Its end is for good: numbers are not reused.
/// </summary>
internal sealed class Sessions(LogSettings settings)
{
    private readonly Dictionary<ulong, LinkedListNode<Session>> byNumber = [];
    private readonly Dictionary<UInt128, LinkedListNode<Session>> byToken = [];

    // The longest silent first: time never falls and all sessions have one timeout, so that one's deadline is the earliest.
    private readonly LinkedList<Session> bySilence = new();

    public int Count => byNumber.Count;

    public ulong DueMs => bySilence.First?.Value.DeadlineMs ?? ulong.MaxValue;

    /// <summary>The session that the token opened, now or before.</summary>
    public ulong Open(UInt128 token, ulong number, ulong timeMs)
    {
        if (byToken.TryGetValue(token, out var open))
        {
            Touch(open, timeMs);
            return open.Value.Number;
        }
        var session = new Session(number, token);
        Add(session);
        session.DeadlineMs = timeMs + settings.SessionTimeoutMs;
        return number;
    }

    /// <returns>False: there is no such session.</returns>
    public bool KeepAlive(ulong number, ulong timeMs)
    {
        if (!byNumber.TryGetValue(number, out var session))
            return false;
        Touch(session, timeMs);
        return true;
    }

    /// <returns>False: there is no such session.</returns>
    public bool Close(ulong number)
    {
        if (!byNumber.Remove(number, out var session))
            return false;
        byToken.Remove(session.Value.Token);
        bySilence.Remove(session);
        return true;
    }

    /// <summary>Ends a session whose deadline has come; 0: there is none.</summary>
    public ulong Expire(ulong timeMs)
    {
        if (bySilence.First is not { } first || first.Value.DeadlineMs > timeMs)
            return 0;
        Close(first.Value.Number);
        return first.Value.Number;
    }

    /// <summary>The answer to a command that must not reach the machine: it did before, or never may. Null: it is new.</summary>
    public Result? Answer(Command.Apply command, ulong timeMs)
    {
        if (!byNumber.TryGetValue(command.Session, out var node))
            return new Result(ResultKind.SessionExpired, default);
        Touch(node, timeMs);
        var session = node.Value;
        Acknowledge(session, command.AcknowledgedThrough);
        if (command.Sequence <= session.AcknowledgedThrough)
            return new Result(ResultKind.Forgotten, default);
        if (session.Results.TryGetValue(command.Sequence, out var first))
            return first;
        return command.Sequence - session.AcknowledgedThrough > (ulong)settings.SessionMaxInFlight
            ? new Result(ResultKind.TooFarAhead, default)
            : null;
    }

    /// <summary>Keeps the result of a command for which <see cref="Answer"/> had none.</summary>
    public void Keep(Command.Apply command, Result result) => byNumber[command.Session].Value.Results.Add(command.Sequence, result);

    /// <summary>The longest silent first, as <see cref="Restore"/> takes them: the order in which they end is state.</summary>
    public SessionState[] Freeze()
    {
        var states = new SessionState[bySilence.Count];
        var next = 0;
        foreach (var session in bySilence)
        {
            var results = new (ulong, Result)[session.Results.Count];
            var i = 0;
            foreach (var (sequence, result) in session.Results)
                results[i++] = (sequence, result);
            // Equal states give equal bytes.
            Array.Sort(results, static (left, right) => left.Item1.CompareTo(right.Item1));
            states[next++] = new SessionState(session.Number, session.Token, session.DeadlineMs, session.AcknowledgedThrough, results);
        }
        return states;
    }

    public void Clear()
    {
        byNumber.Clear();
        byToken.Clear();
        bySilence.Clear();
    }

    public void Restore(SessionState state)
    {
        var session = new Session(state.Number, state.Token) { DeadlineMs = state.DeadlineMs, AcknowledgedThrough = state.AcknowledgedThrough };
        foreach (var (sequence, result) in state.Results)
            session.Results.Add(sequence, result);
        Add(session);
    }

    private static void Acknowledge(Session session, ulong through)
    {
        if (through <= session.AcknowledgedThrough)
            return;
        // Usually one or two are new; a client that leaps far ahead must not make the log count to it.
        if (through - session.AcknowledgedThrough <= (ulong)session.Results.Count)
        {
            for (var sequence = session.AcknowledgedThrough + 1; sequence <= through; sequence++)
                session.Results.Remove(sequence);
        }
        else
        {
            foreach (var sequence in session.Results.Keys.Where(sequence => sequence <= through).ToList())
                session.Results.Remove(sequence);
        }
        session.AcknowledgedThrough = through;
    }

    private void Add(Session session)
    {
        var node = bySilence.AddLast(session);
        byNumber.Add(session.Number, node);
        byToken.Add(session.Token, node);
    }

    private void Touch(LinkedListNode<Session> session, ulong timeMs)
    {
        session.Value.DeadlineMs = timeMs + settings.SessionTimeoutMs;
        bySilence.Remove(session);
        bySilence.AddLast(session);
    }

    private sealed class Session(ulong number, UInt128 token)
    {
        public ulong Number { get; } = number;

        public UInt128 Token { get; } = token;

        public ulong DeadlineMs { get; set; }

        public ulong AcknowledgedThrough { get; set; }

        public Dictionary<ulong, Result> Results { get; } = [];
    }
}
