using Paxos.Protocol;
using Paxos.Protocol.Log;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// A role with its outbox, its timers and its journal. Writes take time and complete in order; a crash keeps any prefix of
/// those under way.
/// </summary>
internal sealed class SimulatedRole(Place place, SimulatedNode node, LogSimulation world) : IHost
{
    private readonly Queue<Event> writing = [];
    private readonly Dictionary<Timer, long> timers = [];
    private readonly Effects effects = new();
    private Outbox outbox = new();
    private ILogRole? role;
    private long started;
    private long lastWriteUs;

    public Place Place { get; } = place;

    /// <summary>What is durable.</summary>
    public Journal Journal { get; } = new();

    public bool IsUp => role is not null;

    /// <summary>How often it has been started: two lives of a proposer are two proposers.</summary>
    public int Life { get; private set; }

    /// <summary>Comes up with what the journal holds.</summary>
    public void Start(ILogRole fresh, Action<Effects> begin)
    {
        Life++;
        role = fresh;
        outbox = new Outbox();
        foreach (var @event in Journal.Events)
            role.Recover(@event);
        world.Trace($"{Place} starts with {Journal.Events.Count} events");
        Act(begin);
    }

    public void Crash()
    {
        if (role is null)
            return;
        var kept = writing.Count == 0 ? 0 : world.Random.Next(writing.Count + 1);
        world.Trace($"{Place} crashes; of {writing.Count} writes under way {kept} are kept");
        world.Marks.Hit(kept > 0, LogMarks.CrashKept);
        world.Marks.Hit(kept < writing.Count, LogMarks.CrashLost);
        for (; kept > 0; kept--)
            AddToJournal(writing.Dequeue());
        writing.Clear();
        timers.Clear();
        role = null;
        Life++;
    }

    public void Take(NodeId from, Message message)
    {
        if (role is null)
            return;
        world.Trace($"{Place} takes {message} from {from}");
        Act(yields => role.On(from, message, node.Now, yields));
    }

    public void Act(Action<Effects> act)
    {
        effects.Clear();
        act(effects);
        outbox.Add(effects, this);
    }

    void IHost.Persist(Event @event)
    {
        world.Trace($"{Place} writes {@event}");
        world.Invariants.Writing(Place.Node, @event);
        writing.Enqueue(@event);
        lastWriteUs = Math.Max(lastWriteUs, world.Schedule.NowUs + world.DrawWriteUs());
        var life = Life;
        node.At(lastWriteUs, () =>
        {
            if (Life != life)
                return;
            AddToJournal(writing.Dequeue());
            outbox.Persisted();
        });
    }

    void IHost.Send(NodeId to, Message message) => world.Send(this, to, message);

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max)
    {
        var number = ++started;
        timers[timer] = number;
        var delayUs = (min + (max - min) * world.Random.NextDouble()).TotalMicroseconds;
        var life = Life;
        node.At(world.Schedule.NowUs + (long)delayUs, () =>
        {
            if (Life != life || timers.GetValueOrDefault(timer) != number)
                return;
            timers.Remove(timer);
            world.Trace($"{Place}: timer {timer}");
            Act(yields => role!.OnTimer(timer, node.Now, yields));
        });
    }

    void IHost.StopTimer(Timer timer) => timers.Remove(timer);

    void IHost.Tell(Effect.Told told) => node.Told(told);

    private void AddToJournal(Event @event)
    {
        Journal.Add(@event);
        world.Invariants.Durable(Place.Node, @event);
    }
}
