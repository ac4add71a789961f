using System.Diagnostics.CodeAnalysis;
using Akka.Dispatch;

namespace Paxos.Actors.Remoting;

/// <summary>
/// What follows from one cause, on one thread: an actor that is told something in an actor's turn has its own turn after it, and no
/// other thread is woken. A turn that takes too long breaks the chain: what waits behind it goes on elsewhere (<see cref="ChainWatch"/>).
/// </summary>
/// <param name="onBroken">Tells the owner that it has lost the thread; on any thread, once. Null: it can't do without.</param>
/// <param name="isTimed">False: it takes the time that it takes, and is broken by nobody but <see cref="Break"/>.</param>
internal sealed class Chain(Action? onBroken = null, bool isTimed = true)
{
    // There may be always one more, since others tell the same actors: the thread's owner has its turn too.
    private static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(20);

    // Of a thread of the pool; used again from one cause to the next.
    [ThreadStatic]
    private static Chain? Own;

    private readonly Lock gate = new();
    private readonly Queue<IRunnable> turns = new();
    private readonly Queue<(IRunnable Turn, LastTurns Of)> last = new();
    private readonly List<Connection> written = [];
    private long turn;
    private bool isBroken;

    /// <summary>The chain that the thread runs; null: none.</summary>
    [field: ThreadStatic]
    public static Chain? Current { get; private set; }

    /// <summary>Odd while there is a turn, and never the same for two of them.</summary>
    public long Turn => Volatile.Read(ref turn);

    /// <summary>Begins one, on a thread of the pool.</summary>
    public static void Start(IRunnable first) => ThreadPool.UnsafeQueueUserWorkItem(
        static first =>
        {
            if (Own is null or { isBroken: true })
                Own = new Chain();
            Own.TryAdd(first);
            Own.Run(begin: null);
        },
        first,
        preferLocal: false);

    /// <summary>Runs what the beginning tells, and what that tells, until nothing is left, or for so long that others go on with the rest.</summary>
    /// <param name="begin">No turn: it does not break the chain.</param>
    /// <returns>False: it was broken, and its owner has lost the thread.</returns>
    public bool Run(Action? begin)
    {
        Current = this;
        ChainWatch.Watch(isTimed ? this : null);
        // What a turn leaves in it is not the next one's.
        var context = ExecutionContext.Capture();
        var began = Environment.TickCount64;
        try
        {
            begin?.Invoke();
            while (TryBegin(out var next, out var of))
            {
                if (of is null)
                    next.Run();
                else
                    of.Run(next);
                End();
                if (context is not null)
                    ExecutionContext.Restore(context);
                if (isTimed && Environment.TickCount64 - began > MaxTime.TotalMilliseconds)
                    break;
            }
            lock (gate)
            {
                PassOn();
                return !isBroken;
            }
        }
        finally
        {
            ChainWatch.Watch(null);
            Current = null;
        }
    }

    /// <returns>False: the chain is broken, and takes no more.</returns>
    public bool TryAdd(IRunnable next)
    {
        lock (gate)
        {
            if (!isBroken)
                turns.Enqueue(next);
            return !isBroken;
        }
    }

    /// <summary>It takes its time: it has its turn when no other is left, and what was written before has left.</summary>
    /// <returns>False: the chain is broken, or its owner can't do without the thread for so long.</returns>
    public bool TryAddLast(IRunnable next, LastTurns of)
    {
        lock (gate)
        {
            if (isBroken || onBroken is null)
                return false;
            last.Enqueue((next, of));
            return true;
        }
    }

    /// <summary>What is written in a turn goes out when it ends.</summary>
    public void FlushAfterTurn(Connection connection)
    {
        // Two to the same address are equal.
        if (!written.Exists(other => ReferenceEquals(other, connection)))
            written.Add(connection);
    }

    /// <summary>Takes away what waits behind a turn; does nothing where that one has ended.</summary>
    public void Break(long during)
    {
        lock (gate)
        {
            if (isBroken || turn != during)
                return;
            isBroken = true;
            PassOn();
        }
        onBroken?.Invoke();
    }

    private void PassOn()
    {
        while (turns.TryDequeue(out var waiting))
            Start(waiting);
        while (last.TryDequeue(out var waiting))
            waiting.Of.AddHere(waiting.Turn);
    }

    private bool TryBegin([NotNullWhen(true)] out IRunnable? next, out LastTurns? of)
    {
        lock (gate)
        {
            (next, of) = (null, null);
            if (isBroken)
                return false;
            if (!turns.TryDequeue(out next))
            {
                if (!last.TryDequeue(out var waiting))
                    return false;
                (next, of) = waiting;
            }
            turn++;
            return true;
        }
    }

    private void End()
    {
        foreach (var connection in written)
            connection.Flush();
        written.Clear();
        lock (gate)
            turn++;
    }
}
