namespace Paxos.Actors.Remoting;

/// <summary>Breaks each chain that is in one turn for too long: an actor that blocks holds up nobody else.</summary>
internal static class ChainWatch
{
    // A turn may take twice as long; most take microseconds. A thread that gets no CPU for so long is taken for a blocked one, which
    // does no harm.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private static readonly List<WeakReference<Place>> Places = [];
    private static Thread? Watcher;

    [ThreadStatic]
    private static Place? Here;

    /// <summary>The thread runs this chain now; null: none any more.</summary>
    public static void Watch(Chain? chain) => (Here ??= NewPlace()).Chain = chain;

    private static Place NewPlace()
    {
        var place = new Place();
        lock (Places)
        {
            Places.Add(new WeakReference<Place>(place));
            if (Watcher is null)
            {
                // Its own: the pool's may all be blocked by those whom it looks for.
                Watcher = new Thread(LookAgainAndAgain) { IsBackground = true, Name = "paxos-chains" };
                Watcher.UnsafeStart();
            }
        }
        return place;
    }

    private static void LookAgainAndAgain()
    {
        while (true)
        {
            Thread.Sleep(Period);
            lock (Places)
            {
                Places.RemoveAll(static known => !known.TryGetTarget(out _));
                foreach (var known in Places)
                {
                    if (known.TryGetTarget(out var place))
                        place.Look();
                }
            }
        }
    }

    /// <summary>What one thread runs. Only the thread holds it, so it goes with the thread.</summary>
    private sealed class Place
    {
        private Chain? seen;
        private long seenTurn;

        public volatile Chain? Chain;

        public void Look()
        {
            var chain = Chain;
            var turn = chain?.Turn ?? 0;
            if (chain is not null && chain == seen && turn == seenTurn && turn % 2 == 1)
                chain.Break(turn);
            (seen, seenTurn) = (chain, turn);
        }
    }
}
