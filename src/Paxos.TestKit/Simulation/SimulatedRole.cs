using Paxos.Protocol;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// A role with its outbox, its timers and its journal. Writes take time and complete in order; a crash keeps any prefix of
/// those under way.
/// </summary>
internal sealed class SimulatedRole : IHost
{
    private readonly SimulatedNode node;
    private readonly LogSimulation world;
    private readonly SimulatedTimers timers;
    private readonly Queue<Event> writing = [];
    private readonly Effects effects = new();
    private Outbox outbox = new();
    private IRunning? role;
    private long lastWriteUs;

    public SimulatedRole(Role role, SimulatedNode node, LogSimulation world)
    {
        this.node = node;
        this.world = world;
        Place = new Place(node.Id, role);
        timers = new SimulatedTimers(node, world, Ring);
    }

    public Place Place { get; }

    public SimulatedNode Node => node;

    public Member Member => node.Self;

    /// <summary>What is durable.</summary>
    public Journal Journal { get; } = new();

    public bool IsUp => role is not null;

    /// <summary>How often it has been started: two lives of a proposer are two proposers.</summary>
    public int Life { get; private set; }

    /// <summary>Comes up with what the journal holds.</summary>
    public void Start(IRunning fresh, Action<Effects> begin)
    {
        Life++;
        role = fresh;
        outbox = new Outbox();
        foreach (var @event in Journal.Events)
            role.Recover(@event);
        world.Trace($"{Place} starts with {Journal.Events.Count} events");
        Act(begin);
    }

    /// <param name="mayKeep">How many of the writes under way may reach the disk all the same.</param>
    public void Crash(int mayKeep = int.MaxValue)
    {
        if (role is null)
            return;
        var kept = world.Random.Next(Math.Min(writing.Count, mayKeep) + 1);
        world.Trace($"{Place} crashes; of {writing.Count} writes under way {kept} are kept");
        world.Marks.Hit(kept > 0, LogMarks.CrashKept);
        world.Marks.Hit(kept < writing.Count, LogMarks.CrashLost);
        for (; kept > 0; kept--)
            AddToJournal(writing.Dequeue());
        writing.Clear();
        if (world.Options.DisksLie)
            Journal.Forget(world.Random.Next(4));
        timers.StopAll();
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
        node.Acted(this);
    }

    /// <summary>One of several that share this role's journal has acted.</summary>
    public void CarryOut(Effects yielded, IHost host) => outbox.Add(yielded, host);

    private void Ring(Timer timer)
    {
        world.Trace($"{Place}: timer {timer}");
        Act(yields => role!.OnTimer(timer, node.Now, yields));
    }

    void IHost.Persist(Event @event) => Write(@event);

    public void Write(Event @event)
    {
        world.Trace($"{Place} writes {@event}");
        if (!node.IsOldCopy)
            world.Invariants.Writing(Member, @event);
        writing.Enqueue(@event);
        lastWriteUs = Math.Max(lastWriteUs, world.Schedule.NowUs + node.Disk.DrawWriteUs());
        var life = Life;
        node.At(lastWriteUs, () =>
        {
            if (Life != life)
                return;
            if (node.Disk.Fails(SimulatedDisk.Event))
            {
                // The actor ends, whether the write that is said to have failed has or not, and comes back with what is there.
                node.Crash(this, mayKeep: 1);
                world.Schedule.In(world.Random.Next(1_000, 200_000), () => node.Start(this));
                return;
            }
            AddToJournal(writing.Dequeue());
            outbox.Persisted();
        });
    }

    void IHost.Send(NodeId to, Message message) => world.Send(this, to, message);

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max) => timers.Start(timer, min, max);

    void IHost.StopTimer(Timer timer) => timers.Stop(timer);

    void IHost.Tell(Effect.Told told) => node.Told(told);

    private void AddToJournal(Event @event)
    {
        Journal.Add(@event);
        node.Disk.Written++;
        if (!node.IsOldCopy)
            world.Durable(Member, @event);
    }
}
