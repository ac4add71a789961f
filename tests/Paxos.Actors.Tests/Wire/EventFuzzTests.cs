using Paxos.Actors.Wire;
using Paxos.Fuzzing;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Tests.Wire;

/// <summary>Records of a journal that nobody wrote: an event, or a DamagedRecordException.</summary>
public sealed class EventFuzzTests
{
    private const string Id = "paxos/c/default/a/1/acceptor";
    private const int Rounds = 500;

    private static readonly Ballot Ballot = new(7, new NodeId("b"));
    private static readonly Value Blue = Value.FromUtf8("blue");
    private static readonly Configuration Two = new(2, [new Member(new NodeId("a"), new Incarnation(1)), new Member(new NodeId("b"), new Incarnation(2))], []);

    private static readonly Event[] Events =
    [
        .. LogFormatTests.Events,
        .. EpochFormatTests.Events,
        new Promised(Ballot),
        new ValueAccepted(Ballot, Blue),
        new ValueChosen(Blue),
        new RoundsReserved(2000),
        new Born(new Identity("c", new NodeId("a"), new Incarnation(UInt128.MaxValue))),
        new GenesisAgreed(Two),
        new Opened(),
    ];

    [Fact]
    public void Every_kind_of_event_is_tried() => Assert.Empty(
        typeof(Event).Assembly.GetTypes().Concat(typeof(InstanceNamed).Assembly.GetTypes())
            .Where(type => type.IsSubclassOf(typeof(Event)))
            .Except(Events.Select(@event => @event.GetType())));

    // The checksum holds, as it would for a record of another version: the parts are judged on their own.
    [Fact]
    public void A_sealed_payload_is_an_event_or_damage()
    {
        foreach (var kind in Events.GroupBy(@event => EventFormat.Encode(Id, @event).Manifest))
        {
            Fuzz.Bytes(
                Rounds,
                [.. kind.Select(Payload)],
                payload => EventFormat.Decode(Id, StoredEvent.Seal(Id, kind.Key, payload)),
                [typeof(DamagedRecordException)],
                Payload);
        }
    }

    [Fact]
    public void A_record_whose_checksum_does_not_match_is_damage()
    {
        foreach (var record in Events.Select(@event => EventFormat.Encode(Id, @event)))
        {
            Fuzz.Bytes(
                Rounds,
                [record.Bytes],
                bytes =>
                {
                    var read = EventFormat.Decode(Id, new StoredEvent(record.Manifest, bytes));
                    // Some mishaps undo each other.
                    Assert.True(bytes.AsSpan().SequenceEqual(record.Bytes), $"{read} came of a damaged record");
                    return read;
                },
                [typeof(DamagedRecordException)]);
        }
    }

    [Fact]
    public void A_manifest_that_is_unknown_is_damage() => Fuzz.Text(
        Rounds,
        ["promised", "log-promised"],
        ["opened", "-", "entry-accepted"],
        manifest => EventFormat.Decode(Id, StoredEvent.Seal(Id, manifest, Payload(Events[0]))),
        [typeof(DamagedRecordException)]);

    private static byte[] Payload(Event @event)
    {
        Assert.True(EventFormat.Encode(Id, @event).TryOpen(Id, out var payload));
        return payload.ToArray();
    }
}
