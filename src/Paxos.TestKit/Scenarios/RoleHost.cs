using Paxos.Protocol;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>A role with its journal, its disk and its timer. What it does is recorded; what it sends is in flight.</summary>
internal abstract class RoleHost(Place place, Scene scene) : IHost
{
    private readonly List<Event> journal = [];
    private readonly Queue<Event> writing = [];

    // What the outbox still holds back, in the order in which it will leave.
    private readonly Queue<Effect> unsaid = [];
    private readonly Effects effects = new();
    private List<Outcome> outcomes = [];
    private Outbox outbox = null!;
    private bool isTimerRunning;

    public Place Place { get; } = place;

    public bool IsUp { get; private set; }

    public bool IsSlow { get; set; }

    /// <summary>It is up, and has something to do with messages.</summary>
    public virtual bool IsListening => IsUp;

    public int Writing => writing.Count;

    protected Scene Scene { get; } = scene;

    /// <summary>What it knows or does, in a few words for the end of the course; null where that is nothing.</summary>
    public abstract string? Knows { get; }

    /// <summary>Takes a message; true where that changed the role.</summary>
    public (bool Changed, IReadOnlyList<Outcome> Outcomes) Receive(NodeId from, Message message)
    {
        var before = State();
        var done = Act(yields => On(from, message, yields));
        return (!before.AsSpan().SequenceEqual(State()), done);
    }

    /// <summary>Null where the timer does not run.</summary>
    public IReadOnlyList<Outcome>? Retry()
    {
        if (!isTimerRunning)
            return null;
        isTimerRunning = false;
        return Act(OnRetry);
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
        var crashed = new Cause.Crashed(Place, kept, [.. writing.Skip(kept.Length)], [.. unsaid]);
        writing.Clear();
        unsaid.Clear();
        isTimerRunning = false;
        IsUp = false;
        return crashed;
    }

    /// <summary>Comes up with what the journal holds.</summary>
    public Cause.Restarted Start()
    {
        outbox = new Outbox();
        Recover(journal);
        IsUp = true;
        return new Cause.Restarted(Place, [.. journal]);
    }

    protected abstract void On(NodeId from, Message message, Effects yields);

    protected abstract void OnRetry(Effects yields);

    /// <summary>Begins anew, with a role that remembers just this.</summary>
    protected abstract void Recover(IReadOnlyList<Event> events);

    protected abstract void Write(CanonicalWriter writer);

    protected IReadOnlyList<Outcome> Act(Action<Effects> act)
    {
        effects.Clear();
        act(effects);
        var said = effects.Where(effect => effect is Effect.Send or Effect.Told).ToList();
        said.ForEach(unsaid.Enqueue);
        outbox.Add(effects, this);
        while (!IsSlow && writing.Count > 0)
            MakeDurable();
        var held = Math.Min(said.Count, unsaid.Count);
        outcomes.AddRange(said.TakeLast(held).Select(effect => new Outcome.HoldsBack(effect)));
        return TakeOutcomes();
    }

    void IHost.Persist(Event @event)
    {
        writing.Enqueue(@event);
        outcomes.Add(new Outcome.Persists(@event, Durable: !IsSlow));
    }

    void IHost.Send(NodeId to, Message message)
    {
        unsaid.Dequeue();
        outcomes.Add(new Outcome.Sends(to, message));
        Left(message);
        Scene.Send(Place.Node, to, message);
    }

    /// <summary>A message has left the role.</summary>
    protected virtual void Left(Message message) { }

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max)
    {
        isTimerRunning = true;
        outcomes.Add(new Outcome.StartsTimer(min, max));
    }

    void IHost.StopTimer(Timer timer) => isTimerRunning = false;

    void IHost.Tell(Effect.Told told)
    {
        unsaid.Dequeue();
        switch (told)
        {
            case Effect.Chosen { Value: var value }:
                outcomes.Add(new Outcome.TellsChosen(value));
                Told(value);
                Scene.Invariants.ToldChosen(Place.Node, value);
                break;
            case Effect.Undecided:
                outcomes.Add(new Outcome.TellsUndecided());
                Told(null);
                Scene.Invariants.ToldUndecided(Place.Node);
                break;
        }
    }

    /// <summary>A caller was answered; null: undecided.</summary>
    protected virtual void Told(Value? value) { }

    private void MakeDurable()
    {
        AddToJournal(writing.Dequeue());
        outbox.Persisted();
    }

    private void AddToJournal(Event @event)
    {
        journal.Add(@event);
        Scene.Invariants.Durable(Place.Node, @event);
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
