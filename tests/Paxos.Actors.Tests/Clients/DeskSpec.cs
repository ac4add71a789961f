using Akka.Actor;
using Google.Protobuf;
using Paxos.Actors.Clients;
using Paxos.Actors.Registers;
using Paxos.Protocol;
using Paxos.Protocol.Registers;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Clients;

/// <summary>Calls that no client of ours would make, of another version or of somebody who means no good: each is answered, and the desk goes on.</summary>
public sealed class DeskSpec
{
    private const uint Invalid = 1;

    private static readonly Value Blue = Value.FromUtf8("blue");

    [Fact]
    public async Task Each_malformed_call_is_answered_as_invalid_and_the_next_one_is_served()
    {
        await using var cluster = await Cluster.LedAsync("", "a");
        Proto.Call[] malformed =
        [
            new(),
            Command([]),
            Command([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Command(new RegisterCommand.Put("", Blue).Encode()),
            Command(new RegisterCommand.Put("a//b", Blue).Encode()),
            Command(new RegisterCommand.Put(new string('k', 1_000_000), Blue).Encode()),
            Command(new RegisterCommand.Put("lamp", new Value(new byte[IRegisterStore.MaxValueBytes + 1])).Encode()),
            Command(new RegisterCommand.Put("lamp", Blue, TtlMs: 0).Encode()),
            Command(new RegisterCommand.Delete("..").Encode()),
            new() { Command = Bytes(new RegisterCommand.Put("lamp", Blue).Encode()), IdempotencyKey = new string('k', 129) },
            Query([]),
            Query([9, 9, 9]),
            Query(new RegisterQuery.Get("").Encode()),
            Query(new RegisterQuery.Get(new string('k', 513)).Encode()),
            Query(new RegisterQuery.Range("", null, 0).Encode()),
            Query(new RegisterQuery.Range("", null, -1).Encode()),
            Query(new RegisterQuery.Range("", null, 1001).Encode()),
            Query(new RegisterQuery.Range(new string('k', 513), null, 1).Encode()),
            new() { Decide = new Proto.Decide() },
            new() { Decide = new Proto.Decide { Name = "color", Value = new string('v', 70_000) } },
            new() { Read = new Proto.Read { Name = "a/../b" } },
            new() { Watch = new Proto.WatchNext() },
            new() { Watch = new Proto.WatchNext { Id = 1, Key = new string('k', 513), IsPrefix = true } },
        ];
        for (var i = 0; i < malformed.Length; i++)
            malformed[i].Id = (ulong)i;
        var good = new Proto.Call { Id = (ulong)malformed.Length, Command = Bytes(new RegisterCommand.Put("lamp", Blue).Encode()) };

        var replies = await AskAsync(cluster, [.. malformed, good]);

        foreach (var call in malformed)
            Assert.Equal(Invalid, replies[call.Id].Failed.Failure);
        Assert.True(RegisterResult.Decode(new Value(replies[good.Id].Result.Memory)).Happened);
        // Nothing of the others stands in the log, and nobody wrote the key again.
        Assert.Equal(["lamp"], (await cluster["a"].Registers.RangeAsync("")).Items.Select(item => item.Key));
    }

    [Fact]
    public async Task An_unknown_kind_of_call_is_answered_as_invalid()
    {
        await using var cluster = await Cluster.LedAsync("", "a");
        // Field 99 with two bytes, as a later version may have it, behind the id.
        var later = Proto.Call.Parser.ParseFrom([0x08, 0x05, 0x9a, 0x06, 0x02, 0x01, 0x02]);
        Assert.Equal(Invalid, (await AskAsync(cluster, later))[5].Failed.Failure);
    }

    [Fact]
    public async Task Two_calls_with_one_id_are_two_calls()
    {
        await using var cluster = await Cluster.LedAsync("", "a");
        using var inbox = Inbox.Create(cluster.System("a"));
        var call = new Proto.Call { Id = 1, Read = new Proto.Read { Name = "color" } };
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7, Items = { call, call } }));
        var replies = new List<Proto.Reply>();
        while (replies.Count < 2)
            replies.AddRange(((Replies)await inbox.ReceiveAsync(TimeSpan.FromSeconds(30))).Content.Items);
        Assert.All(replies, reply => Assert.Equal(Proto.Reply.OutcomeOneofCase.Undecided, reply.OutcomeCase));
    }

    [Fact]
    public async Task It_says_what_has_come_at_once_where_it_is_asked_to_and_else_with_what_it_says_anyway()
    {
        await using var cluster = await Cluster.LedAsync("", "a");
        using var inbox = Inbox.Create(cluster.System("a"));
        var call = new Proto.Call { Id = 1, Read = new Proto.Read { Name = "color" } };
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7, Number = 5, WantsReceipt = true, Items = { call } }));
        Assert.Equal((5UL, 0), await TakenAsync());
        Assert.Equal((5UL, 1), await TakenAsync());
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7, Number = 6, Items = { call } }));
        Assert.Equal((6UL, 1), await TakenAsync());
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7, Number = 6 }));
        Assert.Equal((6UL, 0), await TakenAsync());
        // One before it was lost.
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7, Number = 9 }));
        Assert.Equal((9UL, 0), await TakenAsync());
        // Another one has the address since.
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 8 }));
        Assert.Equal((0UL, 0), await TakenAsync());

        async Task<(ulong Taken, int Replies)> TakenAsync()
        {
            var replies = ((Replies)await inbox.ReceiveAsync(TimeSpan.FromSeconds(30))).Content;
            return (replies.Taken, replies.Items.Count);
        }
    }

    [Fact]
    public async Task A_watch_that_is_not_open_is_lost_and_none_is_taken_over_from_another_caller()
    {
        await using var cluster = await Cluster.LedAsync("", "a");
        await cluster["a"].Registers.WriteAsync("lamp", Blue.Bytes);
        const uint lost = 6;
        var next = new Proto.WatchNext { Id = 3, Key = "lamp" };
        Assert.Single((await AskAsync(cluster, new Proto.Call { Id = 1, Watch = next }))[1].Events.Items);
        next = next.Clone();
        next.Page = 1;
        Assert.Equal(lost, (await AskAsync(cluster, 8, new Proto.Call { Id = 2, Watch = next }))[2].Failed.Failure);
        await cluster["a"].Registers.WriteAsync("lamp", Blue.Bytes);
        Assert.Single((await AskAsync(cluster, new Proto.Call { Id = 3, Watch = next }))[3].Events.Items);
        Assert.Equal(lost, (await AskAsync(cluster, new Proto.Call { Id = 4, Watch = next }))[4].Failed.Failure);
    }

    [Fact]
    public async Task A_node_that_takes_no_part_yet_says_so_and_applies_nothing()
    {
        await using var cluster = new Cluster();
        cluster.Start("a");
        using var inbox = Inbox.Create(cluster.System("a"));
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7 }));
        var pong = ((Replies)await inbox.ReceiveAsync(TimeSpan.FromSeconds(30))).Content;
        Assert.False(pong.IsServing);
        Assert.Equal("", pong.Leader);
        var replies = await AskAsync(
            cluster,
            new Proto.Call { Id = 1, Command = Bytes(new RegisterCommand.Put("lamp", Blue).Encode()) },
            new Proto.Call { Id = 2, Query = Bytes(new RegisterQuery.Get("lamp").Encode()) },
            new Proto.Call { Id = 3, Decide = new Proto.Decide { Name = "color", Value = "blue" } },
            new Proto.Call { Id = 4, Watch = new Proto.WatchNext { Id = 3, Key = "lamp" } });
        Assert.All(replies.Values, reply => Assert.Equal(
            NotAppliedReason.Forming, Assert.IsType<NotAppliedException>(CallFailure.FromProto(reply.Failed)).Reason));
    }

    [Fact]
    public async Task One_that_hears_no_quorum_names_no_leader()
    {
        await using var cluster = await Cluster.LedAsync("paxos.silent-after = 500ms");
        using var inbox = Inbox.Create(cluster.System("a"));
        await Eventually.HoldsAsync(async () => await LeaderAsync() != "", () => "nobody is named");
        await cluster.StopAsync("b");
        await cluster.StopAsync("c");
        await Eventually.HoldsAsync(async () => await LeaderAsync() == "", () => "a leader is named");

        async Task<string> LeaderAsync()
        {
            inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = 7 }));
            return ((Replies)await inbox.ReceiveAsync(TimeSpan.FromSeconds(30))).Content.Leader;
        }
    }

    private static Proto.Call Command(byte[] bytes) => new() { Command = ByteString.CopyFrom(bytes) };

    private static Proto.Call Command(Value command) => new() { Command = Bytes(command) };

    private static Proto.Call Query(byte[] bytes) => new() { Query = ByteString.CopyFrom(bytes) };

    private static Proto.Call Query(Value query) => new() { Query = Bytes(query) };

    private static ByteString Bytes(Value value) => ByteString.CopyFrom(value.Bytes.Span);

    private static IActorRef Desk(Cluster cluster) => cluster.System("a").ActorSelection("/user/" + DeskActor.Name).ResolveOne(TimeSpan.FromSeconds(30)).Result;

    private static Task<Dictionary<ulong, Proto.Reply>> AskAsync(Cluster cluster, params Proto.Call[] calls) => AskAsync(cluster, 7, calls);

    private static async Task<Dictionary<ulong, Proto.Reply>> AskAsync(Cluster cluster, ulong caller, params Proto.Call[] calls)
    {
        using var inbox = Inbox.Create(cluster.System("a"));
        inbox.Send(Desk(cluster), new Calls(new Proto.Calls { Caller = caller, Items = { calls } }));
        var replies = new Dictionary<ulong, Proto.Reply>();
        while (replies.Count < calls.Length)
        {
            var message = ((Replies)await inbox.ReceiveAsync(TimeSpan.FromSeconds(30))).Content;
            Assert.Equal(caller, message.Caller);
            foreach (var reply in message.Items)
                replies.Add(reply.Id, reply);
        }
        return replies;
    }
}
