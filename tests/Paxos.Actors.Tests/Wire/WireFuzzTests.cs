using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;
using Paxos.Actors.Clients;
using Paxos.Actors.Decisions;
using Paxos.Actors.Wire;
using Paxos.Fuzzing;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.SingleDecree;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Wire;

/// <summary>Bytes that no serializer of ours made: a message, or a SerializationException, which Akka answers by dropping them.</summary>
public sealed class WireFuzzTests : IDisposable
{
    private const int Rounds = 5_000;

    private static readonly Protocol.Ballot Ballot = new(7, new NodeId("b"));
    private static readonly Value Blue = Value.FromUtf8("blue");
    private static readonly Member A = new(new NodeId("a"), new Incarnation(1));
    private static readonly Member B = new(new NodeId("b"), new Incarnation(UInt128.MaxValue));
    private static readonly Configuration Two = new(2, [A, B], []);

    private static readonly Message[] Messages =
    [
        .. LogFormatTests.Messages,
        .. EpochFormatTests.Messages,
        new Protocol.SingleDecree.Prepare(Ballot),
        new Protocol.SingleDecree.Promise(Ballot, new Protocol.SingleDecree.Proposal(Ballot, Blue)),
        new Protocol.SingleDecree.Promise(Ballot, null),
        new Protocol.SingleDecree.Accept(Ballot, Blue),
        new Protocol.SingleDecree.Accepted(Ballot),
        new Protocol.SingleDecree.Nack(Ballot, new Protocol.Ballot(9, new NodeId("a"))),
        new Query(Ballot),
        new Report(Ballot, new Protocol.SingleDecree.Proposal(Ballot, Blue)),
        new Learn(),
        new Protocol.SingleDecree.Chosen(Blue),
        new Forward(1, TimeSpan.FromSeconds(5), new Decision.Decide("x", "blue")),
        new Forward(2, TimeSpan.FromSeconds(5), new Decision.Read("x")),
        new Answer(1, new Decision.Decided("x", "blue")),
        new Answer(1, new Decision.Undecided("x")),
        new Answer(1, new Decision.Failed("x", Decision.Failure.NoQuorum, "why")),
        new Heartbeat(
            new Hello(Two, true, 70_000, new Heard(A.Incarnation, 5, 9), Two.Add(new Member(new NodeId("d"), new Incarnation(4)), "d:4"), 77, 4),
            "http://a:8080",
            4,
            "a:4053",
            new Dictionary<NodeId, string> { [A.Id] = "a:4053", [B.Id] = "b:4053" },
            2),
        new Heartbeat(new Hello(null, false, 0, null), null, 1, "", new Dictionary<NodeId, string>()),
    ];

    private readonly ActorSystem system = ActorSystem.Create("fuzz");

    public void Dispose() => system.Terminate().Wait();

    [Fact]
    public void Bytes_are_an_envelope_or_a_serialization_exception() => Check(
        "envelope", [.. Messages.Select(message => (object)new NodeEnvelope("c", GroupId.Default, 3, A, B, message is InstanceMessage ? "name" : "", message))]);

    [Fact]
    public void Bytes_are_a_public_message_or_a_serialization_exception()
    {
        Check("decide", new Decision.Decide("x/ü", "blue"));
        Check("read", new Decision.Read("x/ü"));
        Check("decided", new Decision.Decided("x", "blue"));
        Check("undecided", new Decision.Undecided("x"));
        Check("failed", new Decision.Failed("x", Decision.Failure.OutcomeUnknown, "why"));
    }

    [Fact]
    public void Bytes_are_calls_or_replies_or_a_serialization_exception()
    {
        Proto.Call[] calls =
        [
            new() { Id = 1, IdempotencyKey = "key", Command = ByteString.CopyFromUtf8("blue") },
            new() { Id = ulong.MaxValue, IsLocal = true, Query = ByteString.CopyFromUtf8("lamp") },
            new() { Id = 2, Decide = new Proto.Decide { Name = "x/ü", Value = "blue" } },
            new() { Id = 3, Read = new Proto.Read { Name = "x" } },
            new() { Id = 4, Watch = new Proto.WatchNext { Id = 5, Page = 6, Key = "lamp", IsPrefix = true, HasAfter = true, After = 70_000 } },
        ];
        Check("calls", new Calls(new Proto.Calls { Caller = 7 }), new Calls(new Proto.Calls { Caller = ulong.MaxValue, Items = { calls } }));
        Proto.Reply[] replies =
        [
            new() { Id = 1, Result = ByteString.CopyFromUtf8("blue") },
            new() { Id = 2, Decided = new Proto.Decided { Name = "x", Value = "blue" } },
            new() { Id = 3, Undecided = new Proto.Undecided { Name = "x" } },
            new() { Id = 4, Failed = new Proto.CallFailed { Failure = 101, Message = "why" } },
            new()
            {
                Id = 5,
                Events = new Proto.WatchPage
                {
                    Items = { new Proto.WatchEvent { Kind = 1, Revision = 9, Key = "lamp", HasValue = true, Value = ByteString.CopyFromUtf8("on"), Version = 9 } },
                },
            },
        ];
        Check(
            "replies",
            new Replies(new Proto.Replies { Caller = 7, IsServing = true, Leader = "akka.tcp://paxos@a:4053" }),
            new Replies(new Proto.Replies { Caller = 7, Items = { replies } }));
    }

    [Fact]
    public void A_manifest_is_known_or_a_serialization_exception()
    {
        var serializer = new PaxosSerializer((ExtendedActorSystem)system);
        Fuzz.Text(
            Rounds, ["event/promised", "read"], ["", "/", "event/", "envelope", "decide"], manifest => serializer.FromBinary([], manifest), [typeof(SerializationException)]);
    }

    [Theory]
    [InlineData("03ffffffff07")]
    [InlineData("0301")]
    [InlineData("")]
    public void An_entry_that_no_node_could_apply_is_no_message(string hex)
    {
        var bytes = new Value(Convert.FromHexString(hex));
        foreach (var entry in (Entry[])[new(EntryKind.Batch, bytes), new(EntryKind.Configuration, bytes)])
        {
            var envelope = new NodeEnvelope("c", GroupId.Default, 3, A, B, "", new Protocol.MultiPaxos.Accept(Ballot, 9, entry, 4, 8));

            Assert.Throws<SerializationException>(() => Read("envelope", EnvelopeFormat.ToProto(envelope).ToByteArray()));
        }
    }

    [Theory]
    [InlineData("03ffffffff07")]
    [InlineData("0301")]
    [InlineData("ff")]
    public void A_heartbeat_with_half_a_configuration_is_no_message(string hex)
    {
        var proto = EnvelopeFormat.ToProto(new NodeEnvelope("c", GroupId.Default, 3, A, B, "", Messages[^1]));
        proto.Heartbeat.Current = ByteString.CopyFrom(Convert.FromHexString(hex));

        Assert.Throws<SerializationException>(() => Read("envelope", proto.ToByteArray()));
    }

    private object Read(string manifest, byte[] bytes) => new PaxosSerializer((ExtendedActorSystem)system).FromBinary(bytes, manifest);

    private void Check(string manifest, params object[] valid)
    {
        var serializer = new PaxosSerializer((ExtendedActorSystem)system);
        // A heartbeat has a dictionary, which is equal to itself alone: what was read is compared by what is written of it.
        var taken = Fuzz.Bytes(
            Rounds, [.. valid.Select(serializer.ToBinary)], bytes => new Written(serializer, serializer.FromBinary(bytes, manifest)), [typeof(SerializationException)], read => read.Bytes);

        Assert.InRange(taken, Fuzz.Rounds(Rounds) / 100, Fuzz.Rounds(Rounds) - 1);
    }

    private sealed class Written(PaxosSerializer serializer, object message) : IEquatable<Written>
    {
        private readonly object message = message;

        public byte[] Bytes => serializer.ToBinary(message);

        public bool Equals(Written? other) =>
            other is not null
            && Bytes.AsSpan().SequenceEqual(other.Bytes)
            && (message is NodeEnvelope { Message: Heartbeat } || message.Equals(other.message));

        public override bool Equals(object? obj) => Equals(obj as Written);

        public override int GetHashCode() => message.GetType().GetHashCode();
    }
}
