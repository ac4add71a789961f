using System.Collections.Immutable;
using Google.Protobuf;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using WireProto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Wire;

/// <summary>What the log says between nodes and writes to the journal comes back as it was.</summary>
public sealed class LogFormatTests
{
    private static readonly Ballot Ballot = new(7, new NodeId("b"));
    private static readonly Entry Put = Entry.Of(new Batch(new Ballot(4, new NodeId("b")), 5, 6, ImmutableArray.Create(new Command.Apply(1, 2, 1, Value.FromUtf8("blue")).Encode())));
    private static readonly Configuration Three = new(
        3, [new Member(new NodeId("a"), new Incarnation(1)), new Member(new NodeId("b"), new Incarnation(2))], [new Member(new NodeId("c"), new Incarnation(3))]);

    internal static readonly Message[] Messages =
    [
        new Ping(1, 2),
        new StateDigest(1000, ulong.MaxValue),
        new Pong(
            1,
            9,
            2,
            ImmutableArray.Create(new NodeId("a"), new NodeId("b")),
            ImmutableArray.Create(new HeardNode(new NodeId("a"), 3, ImmutableArray.Create(new NodeId("c")))),
            IsNew: true),
        new Prepare(Ballot, 0),
        new Promise(Ballot, 1, ImmutableArray.Create(new Proposal(4, Ballot, Put), new Proposal(5, Ballot, Entry.NoOp)), 6, 2, 3),
        new Promise(Ballot, 0, default, 0, 0, 0),
        new Accept(Ballot, 9, Put, 4, 8),
        new Accept(Ballot, 9, Entry.Of(Three), 0, 0),
        new Accepted(Ballot, 9),
        new Nack(Ballot, new Ballot(8, new NodeId("c"))),
        new Chosen(Ballot, 3, 9, WantsLearned: true),
        new Chosen(Ballot.None, 0, 0),
        new Learned(9),
        new Confirm(Ballot, 5),
        new Confirmed(Ballot, 5),
        new Fetch(9),
        new Trimmed(9),
        new FetchSnapshot(9, 1),
        new SnapshotChunk(9, 1, 3, Value.FromUtf8("ab")),
        new TakeOver(Ballot),
        new Submit(1, ImmutableArray.Create(Value.FromUtf8("x"), Value.FromUtf8(""))),
        new Refused(1, Refusal.Overloaded, new NodeId("b")),
        new Refused(1, Refusal.NotLeader, default),
        new ConfirmRead(1),
        new ReadConfirmed(1, 9),
        new Reconfigure(1, Three),
        new Reconfigure(1, Three.Add(new Member(new NodeId("d"), new Incarnation(4)), "d:4")),
        new Transfer(1, new NodeId("c")),
        new Entries(3, ImmutableArray.Create(Put, Entry.NoOp)),
    ];

    // Said between the roles of one node only: these never leave it.
    private static readonly Type[] Local =
    [
        typeof(LeaderIs), typeof(Trim), typeof(WhenApplied), typeof(Applied), typeof(InForce), typeof(Due), typeof(Missing), typeof(LogIsRead), typeof(Kept), typeof(Resign), typeof(Observe),
        typeof(Observed),
    ];

    internal static readonly Event[] Events =
    [
        new Promised(Ballot),
        new EntryAccepted(Ballot, 9, Put, 8),
        new EntryLearned(9, Entry.NoOp),
        new LogTrimmed(9, Ballot, 12),
        new LogTrimmed(9, Ballot.None, 12),
        new JournalKept(17),
        new ConfigurationKnown(Three.Add(new Member(new NodeId("d"), new Incarnation(4)), "d:4")),
    ];

    [Fact]
    public void Every_message_of_the_log_comes_back_as_it_was()
    {
        foreach (var message in Messages)
        {
            var sent = new NodeEnvelope("c", GroupId.Default, 3, Three.Voters[0], Three.Voters[1], "", message);
            var bytes = EnvelopeFormat.ToProto(sent).ToByteArray();
            Assert.Equal(sent, EnvelopeFormat.FromProto(WireProto.Envelope.Parser.ParseFrom(bytes)));
        }
    }

    [Fact]
    public void Every_message_that_leaves_its_node_has_a_form()
    {
        var without = typeof(Message).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Message)) && type.Namespace is "Paxos.Protocol.Log" or "Paxos.Protocol.MultiPaxos")
            .Except(Messages.Select(message => message.GetType()))
            .Except(Local);
        Assert.Empty(without);
    }

    [Fact]
    public void What_stays_on_its_node_has_no_form() =>
        Assert.Throws<ArgumentException>(() => LogFormat.Write(new Due(1), new WireProto.Envelope()));

    [Fact]
    public void Every_event_of_the_log_comes_back_as_it_was()
    {
        foreach (var @event in Events)
            Assert.Equal(@event, EventFormat.Decode("id", EventFormat.Encode("id", @event)));
    }

    [Theory]
    [InlineData("log-promised")]
    [InlineData("entry-accepted")]
    [InlineData("entry-learned")]
    [InlineData("log-trimmed")]
    public void An_event_without_its_parts_is_damaged(string manifest) =>
        Assert.Throws<DamagedRecordException>(() => EventFormat.Decode("id", StoredEvent.Seal("id", manifest, [])));

    [Fact]
    public void An_entry_of_an_unknown_kind_is_damaged()
    {
        var proto = new WireProto.EntryLearned { Slot = 1, Entry = new WireProto.Entry { Kind = 9 } };
        Assert.Throws<DamagedRecordException>(() => EventFormat.Decode("id", StoredEvent.Seal("id", "entry-learned", proto.ToByteArray())));
    }
}
