using Akka.Dispatch;

namespace Paxos.Actors.Remoting;

/// <summary>
/// The turns of actors that wait for a disk. While it is quick they have them last in the chain that told them, on the thread of a
/// connection: no other is woken, and where one takes long after all the connection gets another thread. Else they have them on a
/// thread of their own: the connection's has more to do than to wait, and one of the pool that waits is one less for the whole node.
/// </summary>
internal sealed class LastTurns(string name)
{
    private const int LongMs = 10;

    // Then it is tried again whether the disk is quick.
    private const int SlowForMs = 1000;

    private readonly Queue<IRunnable> waiting = new();
    private bool hasThread;
    private bool isEnded;
    private long slowUntil;

    public void Add(IRunnable turn)
    {
        if (Environment.TickCount64 < Volatile.Read(ref slowUntil) || Chain.Current?.TryAddLast(turn, this) != true)
            AddHere(turn);
    }

    /// <summary>On the thread of their own.</summary>
    public void AddHere(IRunnable turn)
    {
        lock (waiting)
        {
            waiting.Enqueue(turn);
            if (hasThread)
                Monitor.Pulse(waiting);
            else
                StartThread();
            hasThread = true;
        }
    }

    /// <summary>Runs one.</summary>
    public void Run(IRunnable turn)
    {
        var began = Environment.TickCount64;
        turn.Run();
        var ended = Environment.TickCount64;
        if (ended - began > LongMs)
            Volatile.Write(ref slowUntil, ended + SlowForMs);
    }

    /// <summary>The thread ends when it has run what waits.</summary>
    public void End()
    {
        lock (waiting)
        {
            isEnded = true;
            Monitor.Pulse(waiting);
        }
    }

    private void StartThread() => new Thread(RunHere) { IsBackground = true, Name = name }.UnsafeStart();

    private void RunHere()
    {
        // In one that blocks for long an actor may wait for another one of these.
        var chain = new Chain(onBroken: StartThread);
        do
        {
            if (Next() is not { } turn)
                return;
            chain.TryAddLast(turn, this);
        }
        while (chain.Run(begin: null));
    }

    private IRunnable? Next()
    {
        lock (waiting)
        {
            while (waiting.Count == 0 && !isEnded)
                Monitor.Wait(waiting);
            // What comes after the end gets a thread anew.
            hasThread = waiting.TryDequeue(out var turn);
            return turn;
        }
    }
}
