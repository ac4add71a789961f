using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation;

/// <summary>How a call ended.</summary>
internal enum Outcome
{
    Done,

    /// <summary>Certainly, and it will not be.</summary>
    NotApplied,

    Unknown,
}

/// <summary>Where calls come in on a node: the real client, and a host that gives up a call that takes too long.</summary>
internal sealed class SimulatedFront : IHost
{
    private readonly SimulatedNode node;
    private readonly LogSimulation world;
    private readonly SimulatedTimers timers;
    private readonly Client client;
    private readonly Effects effects = new();
    private readonly Outbox outbox = new();
    private readonly Dictionary<ulong, Action<Outcome, Value>> calls = [];
    private readonly Dictionary<ulong, Value> questions = [];
    private readonly Dictionary<ulong, EquatableArray<Value>> submitted = [];
    private readonly Dictionary<ulong, ulong> rounds = [];
    private ulong lastCall;
    private bool isFlushing;

    public SimulatedFront(SimulatedNode node, LogSimulation world)
    {
        this.node = node;
        this.world = world;
        timers = new SimulatedTimers(node, world, timer => Act(yields => client!.OnTimer(timer, node.Now, yields)));
        // Far from every other's, as random ones are.
        client = new Client((UInt128)unchecked(world.NextId() * 0x9E3779B97F4A7C15) << 64, world.Options.Clients, world.Options.Sessions);
    }

    public int Pending => client.Pending;

    /// <param name="key">Null: in the client's session.</param>
    public void Submit(Value command, string? key, Action<Outcome, Value> ended)
    {
        var call = Begin(ended);
        Act(yields =>
        {
            if (key is null)
                client.Submit(call, command, node.Now, yields);
            else
                client.SubmitKeyed(call, key, command, node.Now, yields);
        });
    }

    public void Read(string key, Action<Outcome, Value> ended)
    {
        var call = Begin(ended);
        questions.Add(call, new RegisterQuery.Get(key).Encode());
        Act(yields => client.Read(call, node.Now, yields));
    }

    public void On(NodeId from, Message message)
    {
        world.Trace($"{node.Id} is told {message} by {from}");
        switch (message)
        {
            case Refused m:
                world.Marks.Hit($"refused: {m.Why}");
                if (submitted.Remove(m.Id, out var commands))
                    world.Invariants.Refused(commands);
                break;
            case ReadConfirmed m when rounds.Remove(m.Id, out var least):
                world.Marks.Hit(LogMarks.Read);
                world.Invariants.ReadConfirmed(from, m.Slot, least);
                break;
        }
        Act(yields => client.On(from, message, node.Now, yields));
    }

    /// <summary>The learner of this node has told it.</summary>
    public void OnApplied(IReadOnlyList<Completed> completed, ulong slot, bool isRestored) => Act(yields =>
    {
        foreach (var each in completed)
            client.OnCompleted(each, node.Now, yields);
        if (isRestored)
            client.OnSkipped(slot, yields);
        client.OnApplied(slot, yields);
    });

    /// <summary>The process is gone: nobody hears how its calls ended.</summary>
    public void Crash()
    {
        timers.StopAll();
        foreach (var (call, ended) in calls.ToList())
            ended(questions.ContainsKey(call) ? Outcome.NotApplied : Outcome.Unknown, default);
        calls.Clear();
    }

    // The calls of one moment share a message.
    private ulong Begin(Action<Outcome, Value> ended)
    {
        var call = ++lastCall;
        calls.Add(call, ended);
        node.At(world.Schedule.NowUs + (long)world.Options.CallWithin.TotalMicroseconds, () =>
        {
            if (calls.ContainsKey(call))
                Act(yields => client.GiveUp(call, yields));
        });
        if (isFlushing)
            return call;
        isFlushing = true;
        node.At(world.Schedule.NowUs + world.Random.Next(20), () =>
        {
            isFlushing = false;
            Act(yields => client.Flush(node.Now, yields));
        });
        return call;
    }

    private void Act(Action<Effects> act)
    {
        if (node.Front != this)
            return;
        act(effects);
        outbox.Add(effects, this);
        effects.Clear();
    }

    private void End(ulong call, Outcome outcome, Value value)
    {
        questions.Remove(call);
        // Behind this step: whoever is told may call again.
        if (calls.Remove(call, out var ended))
            world.Schedule.In(0, () => ended(outcome, value));
    }

    void IHost.Persist(Event @event) => throw new NotSupportedException("A client writes nothing.");

    void IHost.Send(NodeId to, Message message)
    {
        if (message is Submit submit)
        {
            submitted.Add(submit.Id, submit.Commands);
            world.Invariants.Submitted(submit.Commands);
        }
        else if (message is ConfirmRead read)
        {
            rounds.Add(read.Id, world.Invariants.LearnedThrough);
        }
        world.Send(node, to, message);
    }

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max) => timers.Start(timer, min, max);

    void IHost.StopTimer(Timer timer) => timers.Stop(timer);

    void IHost.Tell(Effect.Told told)
    {
        switch (told)
        {
            case CallCompleted m:
                world.Marks.Hit(m.Result.Kind == ResultKind.SessionExpired, LogMarks.Expired);
                End(m.CallId, m.Result.Kind == ResultKind.Done ? Outcome.Done : Outcome.NotApplied, m.Result.Value);
                break;
            case CallNotApplied m:
                End(m.CallId, Outcome.NotApplied, default);
                break;
            case CallUnknown m:
                End(m.CallId, Outcome.Unknown, default);
                break;
            case ReadReady m:
                Answer(m);
                break;
            case ReadFailed m:
                End(m.CallId, Outcome.NotApplied, default);
                break;
        }
    }

    // A learner that has started anew since it told how far it is may be behind that again: then the node answers nothing.
    private void Answer(ReadReady ready)
    {
        if (node.Replica is { } replica && replica.AppliedSlot >= ready.Slot)
            End(ready.CallId, Outcome.Done, replica.Query(questions[ready.CallId]));
        else
            End(ready.CallId, Outcome.NotApplied, default);
    }
}
