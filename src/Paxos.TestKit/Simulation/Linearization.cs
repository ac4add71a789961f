namespace Paxos.TestKit.Simulation;

/// <summary>
/// Looks for an order of the operations on one register that explains all that its clients were told, and in which each takes
/// place between its call and its answer (Herlihy and Wing, 1990; the search after Wing and Gong, with the memory of Lowe,
/// "Testing for linearizability", 2016). What was never answered may take place at any time after its call, or never.
/// </summary>
internal static class Linearization
{
    /// <summary>Past so many states it gives up, and says so: a history that takes longer is too long for the run.</summary>
    public const int MaxStates = 200_000;

    /// <summary>Null: there is such an order. Else: why not.</summary>
    public static string? Problem(IReadOnlyList<RegisterOperation> history) => Problem(history, out _);

    /// <param name="isCertain">False: the search was given up.</param>
    public static string? Problem(IReadOnlyList<RegisterOperation> history, out bool isCertain)
    {
        isCertain = true;
        var operations = history.OrderBy(operation => operation.InvokedUs).ToArray();
        var tried = new HashSet<(string Done, Register State)>();
        var best = 0;
        var todo = new Stack<(bool[] Done, Register State)>();
        todo.Push((new bool[operations.Length], default));
        while (todo.TryPop(out var at))
        {
            var left = Enumerable.Range(0, operations.Length).Where(i => !at.Done[i] && operations[i].ReturnedUs is not null).ToList();
            if (left.Count == 0)
                return null;
            best = Math.Max(best, operations.Length - left.Count);
            if (tried.Count > MaxStates)
            {
                isCertain = false;
                return $"no order was found among {MaxStates} states of {operations.Length} operations: it may be that there is one";
            }
            var before = left.Min(i => operations[i].ReturnedUs!.Value);
            // Pushed last, tried first: what was answered, in the order of the answers.
            foreach (var i in Enumerable.Range(0, operations.Length)
                .Where(i => !at.Done[i] && operations[i].InvokedUs <= before)
                .OrderByDescending(i => operations[i].ReturnedUs ?? long.MaxValue))
            {
                if (at.State.After(operations[i]) is not { } state)
                    continue;
                var done = (bool[])at.Done.Clone();
                done[i] = true;
                if (tried.Add((Key(done), state)))
                    todo.Push((done, state));
            }
        }
        return $"no order explains {string.Join("; ", operations.Select(operation => operation.ToString()))} (of {operations.Length} at most {best} at once)";
    }

    // Which are done: how many at the beginning, and a bit each of those behind them up to the last. So the memory of a state grows
    // with what went on at once, and not with the history.
    private static string Key(bool[] done)
    {
        var first = Array.IndexOf(done, false) is var gap and >= 0 ? gap : done.Length;
        var behind = Math.Max(Array.LastIndexOf(done, true) + 1 - first, 0);
        return string.Create(2 + (behind + 15) / 16, (done, first, behind), (text, of) =>
        {
            text.Clear();
            (text[0], text[1]) = ((char)(of.first >> 16), (char)of.first);
            for (var i = 0; i < of.behind; i++)
                text[2 + i / 16] |= (char)((of.done[of.first + i] ? 1 : 0) << i % 16);
        });
    }

    /// <summary>What is there.</summary>
    /// <param name="Version">0: nobody has been told it, where there is a value.</param>
    /// <param name="Least">Every later version is above it: versions only grow, also after a delete.</param>
    private readonly record struct Register(string? Value, ulong Version, ulong Least)
    {
        /// <summary>Null: the operation was told what cannot be here.</summary>
        public Register? After(RegisterOperation operation)
        {
            if (operation.ReturnedUs is null)
                return AfterUnknown(operation);
            if (operation.Action == RegisterAction.Get)
                return operation.Read == Value ? Seen(operation.Version) : null;
            var seen = operation.Condition is null or 0 ? this : Value is null ? (Register?)null : Seen(operation.Condition.Value);
            if (!operation.Happened)
                return WouldHappen(operation) && seen is not null ? null : Seen(operation.Version);
            if (seen is not { } there || (operation.Condition == 0 && Value is not null) || operation.Version <= there.Least)
                return null;
            if (operation.Action == RegisterAction.Delete)
                return Value is null ? null : new Register(null, 0, operation.Version);
            return operation.Created == (Value is null) ? new Register(operation.Value, operation.Version, operation.Version) : null;
        }

        private bool WouldHappen(RegisterOperation operation) => operation.Condition switch
        {
            null => operation.Action == RegisterAction.Put || Value is not null,
            0 => Value is null && operation.Action == RegisterAction.Put,
            _ => Version == operation.Condition,
        };

        // It took place now; had it not it would change nothing, and need not be placed.
        private Register? AfterUnknown(RegisterOperation operation)
        {
            if (operation.Action == RegisterAction.Get)
                return null;
            if (operation.Condition is > 0 && (Value is null || Seen(operation.Condition.Value) is null))
                return null;
            if (operation.Condition == 0 && Value is not null)
                return null;
            var least = operation.Condition is > 0 ? Math.Max(Least, operation.Condition.Value) : Least;
            return operation.Action == RegisterAction.Put ? new Register(operation.Value, 0, least + 1) : Value is null ? null : new Register(null, 0, least + 1);
        }

        // Somebody was told the version of what is there.
        private Register? Seen(ulong version)
        {
            if (Value is null)
                return version == 0 ? this : null;
            if (Version != 0)
                return version == Version ? this : null;
            return version >= Least ? this with { Version = version, Least = version } : null;
        }
    }
}
