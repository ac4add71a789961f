using Paxos.Protocol.Log;

namespace Paxos.Protocol.Tests.Log;

/// <summary>A client, what it said, and what its learner would tell it.</summary>
internal sealed class ClientRig
{
    public static readonly UInt128 Token = 1000;

    private readonly Client client;
    private ulong nowMs = 100_000;

    public ClientRig(ClientSettings? settings = null, LogSettings? log = null) =>
        client = new Client(Token, settings ?? ClientSettings.Default, log ?? LogSettings.Default);

    public Client Client => client;

    private Now Now => new(nowMs, 0);

    /// <summary>Led by a, with session 7 open.</summary>
    public static ClientRig Open(ClientSettings? settings = null, LogSettings? log = null)
    {
        var rig = new ClientRig(settings, log);
        rig.Leads(Three.A);
        rig.Submit(1, "first");
        rig.Opened(1, 7);
        rig.Done(7, 1, "done");
        return rig;
    }

    public string[] Step(Action<Effects> step) =>
        [.. StepEffects(step).Where(effect => effect is not Effect.StartTimer).Select(InWords)];

    public Effect[] StepEffects(Action<Effects> step)
    {
        var effects = new Effects();
        step(effects);
        client.Flush(Now, effects);
        return [.. effects];
    }

    public string[] Leads(NodeId node) => On(Three.A, new LeaderIs(node, default));

    public string[] On(NodeId from, Message message) => Step(effects => client.On(from, message, Now, effects));

    public string[] Refused(ulong id, Refusal why = Refusal.NotLeader, NodeId leader = default, NodeId? from = null) =>
        On(from ?? Three.A, new Refused(id, why, leader));

    public string[] Submit(ulong call, string payload) =>
        Step(effects => client.Submit(call, Value.FromUtf8(payload), Now, effects));

    public string[] Keyed(ulong call, string key, string payload) =>
        Step(effects => client.SubmitKeyed(call, key, Value.FromUtf8(payload), Now, effects));

    public string[] Read(ulong call) => Step(effects => client.Read(call, Now, effects));

    public string[] GiveUp(ulong call) => Step(effects => client.GiveUp(call, effects));

    public string[] Applied(ulong slot) => Step(effects => client.OnApplied(slot, effects));

    public string[] Skipped(ulong slot) => Step(effects => client.OnSkipped(slot, effects));

    public string[] Completed(CommandId id, ResultKind kind, Value value = default) =>
        Step(effects => client.OnCompleted(new Completed(id, new Result(kind, value)), Now, effects));

    public string[] Opened(uint opening, ulong session) =>
        Completed(new CommandId(Token + opening, 0, 0, null), ResultKind.Done, new Value(Three.Bytes(writer => writer.Number(session))));

    public string[] Done(ulong session, ulong sequence, string result) =>
        Completed(new CommandId(0, session, sequence, null), ResultKind.Done, Value.FromUtf8(result));

    public string[] Expired(ulong session, ulong sequence) =>
        Completed(new CommandId(0, session, sequence, null), ResultKind.SessionExpired);

    public string[] After(int ms)
    {
        nowMs += (ulong)ms;
        return Step(effects => client.OnTimer(Timer.Retry, Now, effects));
    }

    private static string InWords(Effect effect) => effect switch
    {
        Effect.Send { Message: Submit m } e => $"{e.To} #{m.Id}: {string.Join(" + ", m.Commands.Select(InWords))}",
        Effect.Send e => $"{e.To} {e.Message}",
        CallCompleted e => $"{e.CallId} {e.Result.Kind} {e.Result.Value}".TrimEnd(),
        CallNotApplied e => $"{e.CallId} not applied: {e.Reason}",
        CallUnknown e => $"{e.CallId} unknown",
        ReadReady e => $"{e.CallId} ready at {e.Slot}",
        ReadFailed e => $"{e.CallId} failed: {e.Reason}",
        _ => effect.ToString(),
    };

    private static string InWords(Value command) => Command.Decode(command) switch
    {
        Command.Open m => $"open {m.Token - Token}",
        Command.Apply m => $"{m.Session}/{m.Sequence} ack {m.AcknowledgedThrough} {m.Payload}",
        _ => Command.Describe(command),
    };
}
