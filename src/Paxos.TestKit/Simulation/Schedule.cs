namespace Paxos.TestKit.Simulation;

/// <summary>Virtual time and what happens when, in microseconds. Of two things at the same time the one scheduled first comes first.</summary>
internal sealed class Schedule
{
    private readonly PriorityQueue<Action, (long AtUs, long Number)> queue = new();
    private long scheduled;

    public long NowUs { get; private set; }

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    public void At(long us, Action what) => queue.Enqueue(what, (Math.Max(us, NowUs), scheduled++));

    public void In(long us, Action what) => At(NowUs + us, what);

    /// <summary>The next thing happens; false where nothing is left before that time, which it is then.</summary>
    public bool Step(long untilUs)
    {
        if (!queue.TryPeek(out var what, out var when) || when.AtUs > untilUs)
        {
            NowUs = untilUs;
            return false;
        }
        queue.Dequeue();
        Steps++;
        NowUs = when.AtUs;
        what();
        return true;
    }
}
