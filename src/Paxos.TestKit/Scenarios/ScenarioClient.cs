using Paxos.Protocol;
using Paxos.Protocol.Log;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>The client of a node, its calls, and the answers.</summary>
/// <param name="boot">Of the node's process: each has a session of its own.</param>
internal sealed class ScenarioClient(NodeHost node, LogScene scene, ulong boot) : IHost
{
    private readonly Client client = new(new UInt128(scene.NumberOf(node.Id), boot), ClientSettings.Default, LogSettings.Default);
    private readonly Dictionary<ulong, (string Text, ulong Least)> calls = [];
    private readonly Outbox outbox = new();
    private readonly Effects effects = new();
    private ulong lastCall;
    private TimeSpan? due;

    /// <summary>Null: nobody was answered yet.</summary>
    public string? LastAnswer { get; private set; }

    public void Submit(string text)
    {
        calls.Add(++lastCall, (text, 0));
        Act(yields =>
        {
            client.Submit(lastCall, Value.FromUtf8(text), node.Now, yields);
            client.Flush(node.Now, yields);
        });
    }

    public void Read(string key)
    {
        // What was learned anywhere by now the answer must show.
        calls.Add(++lastCall, (key, scene.Invariants.LearnedThrough));
        Act(yields =>
        {
            client.Read(lastCall, node.Now, yields);
            client.Flush(node.Now, yields);
        });
    }

    /// <summary>The timer fires; false where it does not run.</summary>
    public bool Fire()
    {
        if (due is not { } time)
            return false;
        scene.PassTo(time);
        due = null;
        Act(yields => client.OnTimer(Timer.Retry, node.Now, yields));
        return true;
    }

    public void On(NodeId from, Message message) => Act(yields => client.On(from, message, node.Now, yields));

    public void OnCompleted(Completed completed) => Act(yields => client.OnCompleted(completed, node.Now, yields));

    public void OnApplied(ulong slot) => Act(yields => client.OnApplied(slot, yields));

    public void OnSkipped(ulong slot) => Act(yields => client.OnSkipped(slot, yields));

    private void Act(Action<Effects> act)
    {
        effects.Clear();
        act(effects);
        outbox.Add(effects, this);
    }

    void IHost.Persist(Event @event) => throw new NotSupportedException("A client writes nothing.");

    void IHost.Send(NodeId to, Message message)
    {
        if (message is Submit submit)
            scene.Invariants.Submitted(submit.Commands);
        node.Record(scene.Send(node.Id, to, message));
    }

    void IHost.StartTimer(Timer timer, TimeSpan min, TimeSpan max) => due = scene.Now + min;

    void IHost.StopTimer(Timer timer) => due = null;

    void IHost.Tell(Effect.Told told)
    {
        switch (told)
        {
            case CallCompleted m:
                Answer(m.CallId, SpokenRegisters.Say(m.Result));
                break;
            case CallNotApplied m:
                Answer(m.CallId, $"not applied, {m.Reason}");
                break;
            case CallUnknown m:
                Answer(m.CallId, "nobody knows");
                break;
            case ReadReady m:
                scene.Invariants.ReadConfirmed(node.Id, m.Slot, calls[m.CallId].Least);
                Answer(m.CallId, node.Find(calls[m.CallId].Text) is { } row ? $"{row.Value}, version {row.Version}" : "absent");
                break;
            case ReadFailed m:
                Answer(m.CallId, $"no answer, {m.Reason}");
                break;
        }
    }

    private void Answer(ulong call, string answer)
    {
        LastAnswer = answer;
        node.Record(new Outcome.Answers(calls[call].Text, answer));
    }
}
