using Google.Protobuf;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using WireProto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Wire;

/// <summary>What is said and written in a change of voters comes back as it was.</summary>
public sealed class EpochFormatTests
{
    private static readonly Ballot Ballot = new(Epoch.Floor(3) + 7, new NodeId("b"));
    private static readonly Value Blue = Value.FromUtf8("blue");
    private static readonly Configuration Two = new Configuration(
        1, [new Member(new NodeId("a"), new Incarnation(1)), new Member(new NodeId("b"), new Incarnation(2))], []).Remove(new NodeId("a"));

    internal static readonly EpochMessage[] Messages =
    [
        new Copy(3, 9, IsPreceded: true),
        new Copy(2, 0, IsPreceded: false),
        new Copies(3, Two.Voters[0], Two, 1, 4, IsLast: true, new([new InstanceCopy("x", new Proposal(Ballot, Blue), null), new InstanceCopy("y/ü", null, Blue)])),
        new Copies(3, Two.Voters[0], null, 0, 0, IsLast: false, default),
    ];

    internal static readonly Event[] Events =
    [
        new ValueCopied(Ballot, Blue),
        new EpochSealed(4),
        new EpochOpened(Two),
        new InstanceNamed("y/ü"),
    ];

    [Fact]
    public void Every_message_comes_back_as_it_was()
    {
        foreach (var message in Messages)
        {
            var envelope = new NodeEnvelope("c", GroupId.Default, 1, Two.Voters[0], Two.Voters[0], "", message);
            var bytes = EnvelopeFormat.ToProto(envelope).ToByteArray();
            Assert.Equal(envelope, EnvelopeFormat.FromProto(WireProto.Envelope.Parser.ParseFrom(bytes)));
        }
    }

    [Fact]
    public void Every_event_comes_back_as_it_was()
    {
        foreach (var @event in Events)
            Assert.Equal(@event, EventFormat.Decode("id", EventFormat.Encode("id", @event)));
    }

    [Theory]
    [InlineData("value-copied")]
    [InlineData("epoch-opened")]
    [InlineData("instance-named")]
    public void An_event_without_its_parts_is_damaged(string manifest) =>
        Assert.Throws<DamagedRecordException>(() => EventFormat.Decode("id", StoredEvent.Seal("id", manifest, [])));

    [Fact]
    public void A_copy_that_holds_nothing_is_no_message()
    {
        var proto = new WireProto.Copies { Source = Two.Voters[0].ToProto(), Items = { new WireProto.InstanceCopy { Name = "x" } } };
        Assert.Throws<FormatException>(() => EpochFormat.FromProto(proto));
    }
}
