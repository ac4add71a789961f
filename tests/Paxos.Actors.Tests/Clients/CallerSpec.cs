using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Google.Protobuf;
using Paxos.Actors.Clients;
using Paxos.Actors.Registers;
using Paxos.Protocol.Registers;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Clients;

/// <summary>What the app's side makes of members that do as a spec says: late, gone, wrong.</summary>
public sealed class CallerSpec : IAsyncLifetime
{
    private static readonly byte[] Blue = "blue"u8.ToArray();
    private static readonly ByteString Done = ByteString.CopyFrom(new RegisterResult(true, true, 1).Encode().Bytes.Span);

    private readonly List<ActorSystem> systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(systems.Select(system => system.Terminate()));

    [Fact]
    public async Task What_a_second_member_did_not_apply_a_first_one_may_have()
    {
        var (a, b) = (Member(), Member());
        a.Leader = a.Address;
        b.Leader = a.Address;
        var registers = Client("", a, b).Registers;
        await CallsGoTo(registers, a);
        // It takes them, and answers nothing.
        a.Answer = _ => null;
        b.Answer = call => Failed(call, new NotAppliedException(NotAppliedReason.NoQuorum, "none"));
        var keyed = registers.WriteAsync("keyed", Blue, idempotencyKey: "k");
        var unkeyed = registers.WriteAsync("unkeyed", Blue);
        var read = registers.ReadAsync("lamp");
        await GotAsync(a, 3);
        b.Clear();
        await a.System.Terminate();
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => keyed);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => unkeyed);
        await Assert.ThrowsAsync<NotAppliedException>(() => read);
        // The unkeyed write was not sent again.
        Assert.Equal(2, b.Got.Count);
        Assert.DoesNotContain(b.Got, call => call is { CallCase: Proto.Call.CallOneofCase.Command, IdempotencyKey: "" });
        // With one copy alone it is certain.
        await Assert.ThrowsAsync<NotAppliedException>(() => registers.WriteAsync("keyed", Blue, idempotencyKey: "k2"));
    }

    [Fact]
    public async Task What_waits_for_a_member_that_ends_goes_to_the_one_that_runs_the_calls_by_then()
    {
        var (a, b) = (Member(), Member());
        a.Leader = a.Address;
        b.Leader = a.Address;
        var registers = Client("", a, b).Registers;
        await CallsGoTo(registers, a);
        a.Answer = call => call.IdempotencyKey is "" ? Succeed(call) : null;
        var keyed = registers.WriteAsync("keyed", Blue, idempotencyKey: "k");
        await GotAsync(a, 1);
        a.Leader = b.Address;
        b.Leader = b.Address;
        await CallsGoTo(registers, b);
        b.Clear();
        await a.System.Terminate();
        // No other call sends it along.
        Assert.True((await keyed).Happened);
        Assert.Equal("k", Assert.Single(b.Got).IdempotencyKey);
    }

    [Fact]
    public async Task Another_process_at_the_same_address_gets_the_calls()
    {
        var a = Member();
        var registers = Client("", a).Registers;
        await CallsGoTo(registers, a);
        a.Answer = _ => null;
        var keyed = registers.WriteAsync("keyed", Blue, idempotencyKey: "k");
        var unkeyed = registers.WriteAsync("unkeyed", Blue);
        await GotAsync(a, 2);
        a.Clear();
        // No connection ends: it is seen by who answers.
        await a.BeginAgainAsync();
        a.Answer = Succeed;
        Assert.True((await keyed).Happened);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => unkeyed);
        Assert.Equal("k", Assert.Single(a.Got).IdempotencyKey);
        Assert.True((await registers.WriteAsync("lamp", Blue)).Happened);
    }

    [Fact]
    public async Task Of_a_silent_member_only_what_may_be_asked_twice_is_asked_of_another_one_and_its_late_answer_counts()
    {
        var (a, b) = (Member(), Member());
        a.Leader = a.Address;
        b.Leader = a.Address;
        var registers = Client("paxos.client.silent-after = 500ms", a, b).Registers;
        await CallsGoTo(registers, a);
        var kept = new ConcurrentQueue<Proto.Call>();
        a.Answer = call =>
        {
            kept.Enqueue(call);
            return null;
        };
        var keyed = registers.WriteAsync("keyed", Blue, idempotencyKey: "k");
        var unkeyed = registers.WriteAsync("unkeyed", Blue);
        await GotAsync(a, 2);
        b.Clear();
        a.IsSilent = true;
        Assert.True((await keyed).Happened);
        Assert.Equal("k", Assert.Single(b.Got).IdempotencyKey);
        Assert.False(unkeyed.IsCompleted);
        a.Say([.. kept.Select(Succeed)]);
        Assert.True((await unkeyed).Happened);
    }

    [Fact]
    public async Task A_member_that_knows_no_leader_is_left_for_one_that_does()
    {
        var (a, b) = (Member(), Member());
        a.Leader = a.Address;
        b.Leader = a.Address;
        var registers = Client("", a, b).Registers;
        await CallsGoTo(registers, a);
        // The others have elected anew, and it is cut off from them.
        a.Leader = "";
        b.Leader = b.Address;
        await CallsGoTo(registers, b);
    }

    [Fact]
    public async Task What_was_given_up_while_no_member_was_up_is_not_kept()
    {
        var system = System();
        var settings = new ClientSettings(system, ConfigurationFactory.ParseString("""
            contacts = ["127.0.0.1:1"]
            operation-timeout = 100ms
            ping-interval = 20ms
            """).WithFallback(PaxosExtension.DefaultConfig().GetConfig("paxos.client")));
        var value = Give(system.ActorOf(CallerActor.Props(settings)));
        await Eventually.HoldsAsync(
            () =>
            {
                GC.Collect();
                return !value.TryGetTarget(out _);
            },
            () => "the call is kept");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_was_not_asked_for_says_nothing_of_the_outcome(bool isOther)
    {
        var a = Member();
        var client = Client("", a);
        a.Answer = call => isOther ? new Proto.Reply { Id = call.Id, Events = new Proto.WatchPage() } : new Proto.Reply { Id = call.Id };
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.Registers.WriteAsync("lamp", Blue));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.Registers.ReadAsync("lamp"));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.DecideAsync("color", "blue"));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.ReadDecisionAsync("color"));
    }

    [Fact]
    public async Task Replies_to_another_caller_and_to_no_call_are_left_out()
    {
        var a = Member();
        var registers = Client("", a).Registers;
        a.Answer = _ => null;
        var write = registers.WriteAsync("lamp", Blue);
        await GotAsync(a, 1);
        var id = a.Got.First().Id;
        a.Say([new Proto.Reply { Id = id, Failed = new Proto.CallFailed { Failure = 100, Message = "not yours" } }], caller: 1);
        a.Say([new Proto.Reply { Id = id + 1000, Failed = new Proto.CallFailed { Failure = 100, Message = "no call" } }]);
        a.Say([Succeed(a.Got.First()), Failed(a.Got.First(), new NotAppliedException(NotAppliedReason.Forming, "twice"))]);
        Assert.True((await write).Happened);
    }

    [Fact]
    public async Task One_call_too_many_is_refused_and_the_next_one_is_not()
    {
        var a = Member();
        var registers = Client("paxos.client.max-in-flight = 2", a).Registers;
        a.Answer = _ => null;
        var first = registers.WriteAsync("lamp", Blue);
        var second = registers.WriteAsync("lamp", Blue);
        var refused = await Assert.ThrowsAsync<NotAppliedException>(() => registers.WriteAsync("lamp", Blue));
        Assert.Equal(NotAppliedReason.Overloaded, refused.Reason);
        await GotAsync(a, 2);
        a.Answer = Succeed;
        a.Say([.. a.Got.Select(Succeed)]);
        await Task.WhenAll(first, second);
        Assert.True((await registers.WriteAsync("lamp", Blue)).Happened);
    }

    [Fact]
    public async Task Calls_of_an_app_that_ends_are_answered()
    {
        var a = Member();
        var client = Client("", a);
        a.Answer = _ => null;
        var write = client.Registers.WriteAsync("lamp", Blue);
        var read = client.Registers.ReadAsync("lamp");
        await GotAsync(a, 2);
        await systems[^1].Terminate();
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => write);
        await Assert.ThrowsAsync<NotAppliedException>(() => read);
        // It never left.
        await Assert.ThrowsAsync<NotAppliedException>(() => client.Registers.WriteAsync("lamp", Blue));
    }

    [Fact]
    public async Task What_is_called_while_messages_are_under_way_gathers_and_goes_as_one()
    {
        var (a, registers, calls) = await AllUnderWayAsync();
        var before = a.Messages;
        for (var i = 0; i < 20; i++)
            calls.Add(registers.WriteAsync("lamp", Blue));
        a.Answer = Succeed;
        a.Say([.. a.Got.Select(Succeed)]);
        await Task.WhenAll(calls);
        Assert.Equal(before + 1, a.Messages);
    }

    [Fact]
    public async Task Messages_that_are_lost_hold_up_no_later_call()
    {
        var (a, registers, _) = await AllUnderWayAsync();
        a.Answer = Succeed;
        var held = registers.WriteAsync("lamp", Blue);
        // It answers none of those, and says no more than that it is there.
        a.IsSilent = false;
        Assert.True((await held.WaitAsync(TimeSpan.FromSeconds(30))).Happened);
    }

    // As many messages as may be on their way to a member, each with one call, of which it says to nobody that it has taken them.
    private async Task<(FakeMember Member, IRegisterStore Registers, List<Task<Written>> Calls)> AllUnderWayAsync()
    {
        const int underWay = 16;
        var a = Member();
        a.Leader = a.Address;
        var registers = Client("paxos.client.silent-after = 60s", a).Registers;
        await CallsGoTo(registers, a);
        a.IsSilent = true;
        a.Answer = _ => null;
        var before = a.Messages;
        var calls = new List<Task<Written>>();
        for (var i = 1; i <= underWay; i++)
        {
            calls.Add(registers.WriteAsync("lamp", Blue));
            await GotAsync(a, i);
        }
        Assert.Equal(before + underWay, a.Messages);
        return (a, registers, calls);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<byte[]> Give(IActorRef caller)
    {
        var value = new byte[100_000];
        var call = new Proto.Call { Command = UnsafeByteOperations.UnsafeWrap(value) };
        caller.Tell(new PendingCall(call, mayRepeat: false), ActorRefs.NoSender);
        return new WeakReference<byte[]>(value);
    }

    private static async Task CallsGoTo(IRegisterStore registers, FakeMember member) => await Eventually.HoldsAsync(
        async () =>
        {
            member.Clear();
            await registers.WriteAsync("probe", Blue);
            var isThere = !member.Got.IsEmpty;
            member.Clear();
            return isThere;
        },
        () => "the calls go elsewhere");

    private static Task GotAsync(FakeMember member, int count) =>
        Eventually.HoldsAsync(() => member.Got.Count == count, () => $"{member.Got.Count} calls have come");

    private static Proto.Reply Succeed(Proto.Call call) => new() { Id = call.Id, Result = Done };

    private static Proto.Reply Failed(Proto.Call call, Exception why) => new() { Id = call.Id, Failed = CallFailure.ToProto(why) };

    private PaxosClient Client(string settings, params FakeMember[] members) => PaxosClient.For(System($"""
        paxos.client.contacts = [{string.Join(", ", members.Select(member => $"\"{member.Address}\""))}]
        paxos.client.operation-timeout = 60s
        {settings}
        """));

    private FakeMember Member() => new(System());

    private ActorSystem System(string settings = "")
    {
        var system = ActorSystem.Create("paxos", ConfigurationFactory.ParseString($$"""
            akka.loglevel = WARNING
            akka.stdout-loglevel = WARNING
            akka.log-dead-letters = off
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
            akka.remote.dot-netty.tcp.port = 0
            akka.remote.retry-gate-closed-for = 200ms
            akka.remote.dot-netty.tcp.maximum-frame-size = 2097152b
            paxos.client.ping-interval = 50ms
            {{settings}}
            """).WithFallback(PaxosExtension.DefaultConfig()));
        systems.Add(system);
        return system;
    }

    /// <summary>A member's desk without a member behind it.</summary>
    private sealed class FakeMember
    {
        private IActorRef desk;
        private volatile Func<Proto.Call, Proto.Reply?> answer = Succeed;
        private volatile string leader = "";
        private volatile bool isSilent;
        private volatile Heard? last;

        public FakeMember(ActorSystem system)
        {
            System = system;
            Address = ((ExtendedActorSystem)system).Provider.DefaultAddress.ToString();
            desk = Begin();
        }

        public ActorSystem System { get; }

        public string Address { get; }

        public ConcurrentQueue<Proto.Call> Got { get; } = [];

        /// <summary>The number of the last message with calls in it.</summary>
        public ulong Messages => last?.Message ?? 0;

        public Func<Proto.Call, Proto.Reply?> Answer { set => answer = value; }

        /// <summary>Whom it says to lead.</summary>
        public string Leader { get => leader; set => leader = value; }

        /// <summary>It answers nobody that asks whether it is there, or what has come.</summary>
        public bool IsSilent { set => isSilent = value; }

        public void Clear() => Got.Clear();

        public async Task BeginAgainAsync()
        {
            Assert.True(await desk.GracefulStop(TimeSpan.FromSeconds(30)));
            // It is gone, and its name may not be free yet.
            await Eventually.HoldsAsync(
                () =>
                {
                    try
                    {
                        desk = Begin();
                        return true;
                    }
                    catch (InvalidActorNameException)
                    {
                        return false;
                    }
                },
                () => "the name stays taken");
        }

        /// <summary>Something that nobody asked for now.</summary>
        public void Say(Proto.Reply[] replies, ulong? caller = null) =>
            last!.Caller.Tell(new Replies(new Proto.Replies { Caller = caller ?? last.Number, IsServing = true, Taken = last.Message, Items = { replies } }), desk);

        private IActorRef Begin() => System.ActorOf(Props.Create(() => new Desk(this)), DeskActor.Name);

        private sealed record Heard(IActorRef Caller, ulong Number, ulong Message);

        private sealed class Desk(FakeMember member) : UntypedActor
        {
            protected override void OnReceive(object message)
            {
                if (message is not Calls { Content: var calls })
                    return;
                member.last = new Heard(Sender, calls.Caller, Math.Max(calls.Number, member.Messages));
                var replies = new Proto.Replies { Caller = calls.Caller, IsServing = true, Taken = calls.Number };
                foreach (var call in calls.Items)
                {
                    member.Got.Enqueue(call);
                    if (member.answer(call) is { } reply)
                        replies.Items.Add(reply);
                }
                if (calls.Items.Count == 0)
                    replies.Leader = member.Leader;
                if (replies.Items.Count > 0 || ((calls.Items.Count == 0 || calls.WantsReceipt) && !member.isSilent))
                    Sender.Tell(new Replies(replies));
            }
        }
    }
}
