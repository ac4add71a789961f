using Akka.Actor;
using Google.Protobuf;
using Paxos.Actors.Decisions;
using Paxos.Actors.Registers;
using Paxos.Actors.Roles;
using Paxos.Actors.Roles.Log;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.Registers;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>
/// /user/paxos-desk: runs the calls of apps outside the members as this node's own, and answers each by the node's deadline. A reply
/// that is lost leaves the caller in the dark, as a lost call does: it says so to whoever asked.
/// </summary>
internal sealed class DeskActor(NodeContext node, IReadOnlyList<LogGroup> registers, IRegisterStore store, Func<Decision.Request, Task<Decision.Response>> decide)
    : UntypedActor, IWithTimers
{
    public const string Name = "paxos-desk";

    private const int MaxWatches = 100_000;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    private readonly Dictionary<IActorRef, ReplyBox> boxes = [];
    private readonly Dictionary<(ulong Caller, ulong Watch), OpenWatch> watches = [];
    private readonly IActorRef?[] clients = new IActorRef?[registers.Count];

    // Of one message, by group.
    private readonly Dictionary<IActorRef, List<object>> gathered = [];

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        foreach (var watch in watches.Values)
            watch.Dispose();
    }

    protected override void PreStart() => Timers.StartPeriodicTimer(Sweep.Instance, Sweep.Instance, SweepInterval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Calls { Content.Items.Count: 0 } asked:
                SayHowItIs(asked.Content);
                break;
            case Calls calls:
                Begin(calls.Content, BoxOf(Sender, calls.Content.Caller));
                if (calls.Content.WantsReceipt)
                    SayHowItIs(calls.Content);
                break;
            case ReplyBox box:
                box.Send(IsServing);
                break;
            case Sweep:
                // One that is gone asks no more; one that is only idle gets another box.
                foreach (var idle in boxes.Values.Where(box => box.Open == 0).ToList())
                    boxes.Remove(idle.Caller);
                foreach (var (key, _) in watches.Where(watch => watch.Value.TryEnd(SweepInterval)).ToList())
                    watches.Remove(key);
                break;
        }
    }

    private bool IsServing => node.Board.Refusal is null;

    // In full, since a caller's actor system has a name of its own.
    private string? Leader
    {
        get
        {
            var log = registers[0].Board;
            return log.Leader != default
                && log.InForce is { } inForce
                // One that hears no quorum does not know who leads by now.
                && node.Board.HearsQuorum(log, node.Self)
                && node.Board.AddressesOf(inForce.Configuration).TryGetValue(log.Leader, out var address)
                ? RemoteTransport.AddressIn(Context.System, address)?.ToString()
                : null;
        }
    }

    private void SayHowItIs(Proto.Calls asked) =>
        Sender.Tell(new Replies(new Proto.Replies { Caller = asked.Caller, IsServing = IsServing, Leader = Leader ?? "", Taken = asked.Number }));

    private ReplyBox BoxOf(IActorRef caller, ulong number)
    {
        if (!boxes.TryGetValue(caller, out var box) || box.Number != number)
            boxes[caller] = box = new ReplyBox(Self, caller, number);
        return box;
    }

    private void Begin(Proto.Calls calls, ReplyBox box)
    {
        box.Open += calls.Items.Count;
        box.Taken = calls.Number;
        foreach (var call in calls.Items)
        {
            try
            {
                Begin(call, box);
            }
            catch (Exception e) when (e is FormatException or ArgumentException or NotAppliedException or WatchLostException)
            {
                box.Add(new Proto.Reply { Id = call.Id, Failed = CallFailure.ToProto(e) });
            }
        }
        foreach (var (client, together) in gathered)
            client.Tell(new LogBatch(together), ActorRefs.NoSender);
        gathered.Clear();
    }

    /// <exception cref="FormatException">The call is none that this version knows.</exception>
    /// <exception cref="ArgumentException">Its key is none.</exception>
    private void Begin(Proto.Call call, ReplyBox box)
    {
        switch (call.CallCase)
        {
            case Proto.Call.CallOneofCase.Command:
                var command = new Value(call.Command.Memory);
                var key = call.IdempotencyKey is "" ? null : call.IdempotencyKey;
                if (key is not null)
                    LogCalls.CheckKey(key);
                Gather(Checked(RegisterCommand.Decode(command)).Key, new LogCommand(command, key, new CommandCall(call.Id, box)), box, call.Id);
                break;
            case Proto.Call.CallOneofCase.Query:
                var query = new Value(call.Query.Memory);
                var decoded = RegisterQuery.Decode(query);
                if (decoded is RegisterQuery.Get get)
                    Gather(get.Key, new LogRead(new QueryCall(call.Id, box, query), call.IsLocal), box, call.Id);
                else
                    _ = AnswerAsync(call.Id, box, () => RangeAsync((RegisterQuery.Range)decoded, call.IsLocal));
                break;
            case Proto.Call.CallOneofCase.Decide:
                _ = AnswerAsync(call.Id, box, () => DecideAsync(DecisionFormat.FromProto(call.Decide)));
                break;
            case Proto.Call.CallOneofCase.Read:
                _ = AnswerAsync(call.Id, box, () => DecideAsync(DecisionFormat.FromProto(call.Read)));
                break;
            case Proto.Call.CallOneofCase.Watch:
                var watch = WatchOf(box.Number, call.Watch);
                _ = AnswerAsync(call.Id, box, async () => new Proto.Reply { Events = await watch.NextAsync(call.Watch.Page).ConfigureAwait(false) });
                break;
            default:
                throw new FormatException("This node does not know the call: the app is of a later version.");
        }
    }

    // What is no command, or one that this node would not take from its own callers, must not stand in the log.
    private static RegisterCommand Checked(RegisterCommand command) => command switch
    {
        RegisterCommand.Put { Value.Bytes.Length: > IRegisterStore.MaxValueBytes } => throw new ArgumentException($"The value has more than {IRegisterStore.MaxValueBytes} bytes."),
        RegisterCommand.Put { TtlMs: 0 } => throw new ArgumentException("The ttl is 1 ms or more."),
        _ => command,
    };

    private void Gather(string key, object call, ReplyBox box, ulong id)
    {
        if (InstanceName.Problem(key) is { } problem)
            throw new ArgumentException(problem);
        if (ClientOf(RegisterGroups.IndexOf(key, registers.Count)) is not { } client)
        {
            box.Add(new Proto.Reply { Id = id, Failed = CallFailure.ToProto(new NotAppliedException(NotAppliedReason.Forming, "This node starts. Try again in a moment.")) });
            return;
        }
        if (!gathered.TryGetValue(client, out var together))
            gathered.Add(client, together = []);
        together.Add(call);
    }

    private IActorRef? ClientOf(int index)
    {
        if (clients[index] is null && registers[index].Client is { IsCompletedSuccessfully: true } opened)
            clients[index] = opened.Result;
        return clients[index];
    }

    private OpenWatch WatchOf(ulong caller, Proto.WatchNext asked)
    {
        if (watches.TryGetValue((caller, asked.Id), out var open))
            return open;
        if (asked.Page > 0)
            throw new WatchLostException();
        if (watches.Count >= MaxWatches)
            throw new NotAppliedException(NotAppliedReason.Overloaded, $"{MaxWatches} watches of apps outside the members are open at this node: watch at another one.");
        return watches[(caller, asked.Id)] = new OpenWatch(store.WatchAsync(asked.Key, asked.IsPrefix, asked.HasAfter ? asked.After : null));
    }

    private static async Task AnswerAsync(ulong id, ReplyBox box, Func<Task<Proto.Reply>> ask)
    {
        Proto.Reply reply;
        try
        {
            reply = await ask().ConfigureAwait(false);
            reply.Id = id;
        }
        catch (Exception e)
        {
            reply = new Proto.Reply { Id = id, Failed = CallFailure.ToProto(e) };
        }
        box.Add(reply);
    }

    private async Task<Proto.Reply> RangeAsync(RegisterQuery.Range range, bool isLocal)
    {
        var page = await store.RangeAsync(range.Prefix, range.After, range.Limit, isLocal ? Consistency.Local : Consistency.Linearizable).ConfigureAwait(false);
        // A page ends at so many bytes of values, to which its keys come: remoting would drop what is larger than a frame.
        var rows = new List<RegisterRow>();
        var bytes = 0;
        foreach (var item in page.Items)
        {
            bytes += item.Value.Length + InstanceName.MaxBytes;
            if (rows.Count > 0 && bytes > RegisterQuery.MaxPageBytes)
                break;
            rows.Add(new RegisterRow(item.Key, item.Version, new Value(item.Value)));
        }
        var answer = new RegisterAnswer(page.Revision, new([.. rows]), rows.Count < page.Items.Count ? rows[^1].Key : page.Next);
        return new Proto.Reply { Result = UnsafeByteOperations.UnsafeWrap(answer.Encode().Bytes) };
    }

    private async Task<Proto.Reply> DecideAsync(Decision.Request request) => await decide(request).ConfigureAwait(false) switch
    {
        Decision.Decided decided => new Proto.Reply { Decided = DecisionFormat.ToProto(decided) },
        Decision.Undecided undecided => new Proto.Reply { Undecided = DecisionFormat.ToProto(undecided) },
        var other => throw new OutcomeUnknownException($"The node answered {other}, which was not asked."),
    };

    private sealed class CommandCall(ulong id, ReplyBox box) : Completion
    {
        public override void Succeed(Value result) => box.Add(new Proto.Reply { Id = id, Result = UnsafeByteOperations.UnsafeWrap(result.Bytes) });

        public override void Fail(Exception reason) => box.Add(new Proto.Reply { Id = id, Failed = CallFailure.ToProto(reason) });
    }

    private sealed class QueryCall(ulong id, ReplyBox box, Value query) : Question
    {
        public override void Ask(Protocol.Log.Replica replica)
        {
            try
            {
                var answer = replica.Query(machine => machine.Query(query));
                box.Add(new Proto.Reply { Id = id, Result = UnsafeByteOperations.UnsafeWrap(answer.Bytes) });
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }

        public override void Fail(Exception reason) => box.Add(new Proto.Reply { Id = id, Failed = CallFailure.ToProto(reason) });
    }

    private sealed record Sweep : INoSerializationVerificationNeeded
    {
        public static readonly Sweep Instance = new();
    }

    public static Props Props(
        NodeContext node, IReadOnlyList<LogGroup> registers, IRegisterStore store, Func<Decision.Request, Task<Decision.Response>> decide) =>
        Akka.Actor.Props.Create(() => new DeskActor(node, registers, store, decide));
}
