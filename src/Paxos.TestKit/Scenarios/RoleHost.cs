using Paxos.Protocol;
using Paxos.TestKit.Simulation;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>A role with its journal, its disk and its timers. What it does is recorded; what it sends is in flight.</summary>
internal abstract class RoleHost(Place place, IStage stage) : IHost
{
    private readonly Journal journal = new();
    private readonly Queue<Event> writing = [];

    // What the outbox still holds back, in the order in which it will leave.
    private readonly Queue<Effect> unsaid = [];

    // When each timer that runs may fire at the earliest.
    private readonly Dictionary<Timer, TimeSpan> timers = [];
    private readonly Effects effects = new();
    private List<Outcome> outcomes = [];
    private Outbox outbox = null!;

    public Place Place { get; } = place;

    public bool IsUp { get; private set; }

    public bool IsSlow { get; set; }

    /// <summary>It is up, and has something to do with messages.</summary>
    public virtual bool IsListening => IsUp;

    /// <summary>How often it was started: two lives of a proposer are two proposers.</summary>
    public int Life { get; private set; }

    public int Writing => writing.Count;

    protected IStage Stage { get; } = stage;

    /// <summary>Takes a message; true where that changed the role.</summary>
    public (bool Changed, IReadOnlyList<Outcome> Outcomes) Receive(NodeId from, Message message)
    {
        var before = State();
        var done = Act(yields => On(from, message, yields));
        return (!before.AsSpan().SequenceEqual(State()), done);
    }

    public bool IsRunning(Timer timer) => timers.ContainsKey(timer);

    /// <summary>Null where the timer does not run.</summary>
    public IReadOnlyList<Outcome>? Fire(Timer timer)
    {
        if (!timers.Remove(timer, out var due))
            return null;
        Stage.PassTo(due);
        return Act(yields => OnTimer(timer, yields));
    }

    /// <summary>The oldest writes become durable, and what waited for them leaves.</summary>
    public IReadOnlyList<Outcome> Sync(int count)
    {
        for (; count > 0 && writing.Count > 0; count--)
        {
            outcomes.Add(new Outcome.IsDurable(writing.Peek()));
            MakeDurable();
        }
        return TakeOutcomes();
    }

    public Cause.Crashed Crash(int? keep)
    {
        Event[] kept = [.. writing.Take(keep ?? int.MaxValue)];
        foreach (var @event in kept)
            AddToJournal(@event);
        var crashed = new Cause.Crashed(Place, kept, [.. writing.Skip(kept.Length)], [.. unsaid.Where(IsTold)]);
        writing.Clear();
        unsaid.Clear();
        timers.Clear();
        IsUp = false;
        return crashed;
    }

    /// <summary>Comes up with what the journal holds.</summary>
    public Cause.Restarted Start()
    {
        outbox = new Outbox();
        Life++;
        Recover(journal.Events);
        IsUp = true;
        return new Cause.Restarted(Place, [.. journal.Events]);
    }

    protected abstract void On(NodeId from, Message message, Effects yields);

    protected abstract void OnTimer(Timer timer, Effects yields);

    /// <summary>Begins anew, with a role that remembers just this.</summary>
    protected abstract void Recover(IReadOnlyList<Event> events);

    protected abstract void Write(CanonicalWriter writer);

    /// <summary>Whoever asked is answered.</summary>
    protected abstract void OnTold(Effect.Told told);

    /// <summary>Worth a word where it is held back, or never said.</summary>
    protected virtual bool IsTold(Effect effect) => true;

    /// <summary>What there is to tell of a timer that starts.</summary>
    protected virtual Outcome? Started(Timer timer, TimeSpan min, TimeSpan max) => new Outcome.StartsTimer(min, max);

    /// <summary>Something more that there is to tell of this step.</summary>
    public void Record(Outcome outcome) => outcomes.Add(outcome);

    public IReadOnlyList<Outcome> Act(Action<Effects> act)
    {
        effects.Clear();
        act(effects);
        var said = effects.Where(effect => effect is Effect.Send { Overtakes: false } or Effect.Told).ToList();
        said.ForEach(unsaid.Enqueue);
        outbox.Add(effects, this);
        while (!IsSlow && writing.Count > 0)
            MakeDurable();
        var held = Math.Min(said.Count, unsaid.Count);
        outcomes.AddRange(said.TakeLast(held).Where(IsTold).Select(effect => new Outcome.HoldsBack(effect)));
        return TakeOutcomes();
    }

    void IHost.Persist(Event @event)
    {
        Stage.Writing(Place, @event);
        writing.Enqueue(@event);
        Record(new Outcome.Persists(@event, Durable: !IsSlow));
    }

    void IHost.Send(NodeId to, Message message)
    {
        // One that overtakes was never held back.
        if (unsaid.TryPeek(out var next) && next is Effect.Send send && send.To == to && ReferenceEquals(send.Message, message))
            unsaid.Dequeue();
        Left(message);
        if (Stage.Send(this, to, message) is { } outcome)
            Record(outcome);
    }

    /// <summary>A message leaves the role.</summary>
    protected virtual void Left(Message message) { }

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max)
    {
        timers[timer] = Stage.Now + min;
        if (Started(timer, min, max) is { } outcome)
            Record(outcome);
    }

    void IHost.StopTimer(Timer timer) => timers.Remove(timer);

    void IHost.Tell(Effect.Told told)
    {
        unsaid.Dequeue();
        OnTold(told);
    }

    private void MakeDurable()
    {
        AddToJournal(writing.Dequeue());
        outbox.Persisted();
    }

    private void AddToJournal(Event @event)
    {
        journal.Add(@event);
        Stage.Durable(Place, @event);
    }

    private List<Outcome> TakeOutcomes()
    {
        var taken = outcomes;
        outcomes = [];
        return taken;
    }

    protected byte[] State()
    {
        var writer = new CanonicalWriter();
        Write(writer);
        return writer.Written.ToArray();
    }
}
