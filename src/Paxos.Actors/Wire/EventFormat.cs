using Google.Protobuf;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Wire;

/// <summary>The record cannot be what this actor wrote: damaged, moved, or of another program's making.</summary>
internal sealed class DamagedRecordException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Events to stored records and back. A manifest is a name for ever: a new form of an event gets a new one.</summary>
internal static class EventFormat
{
    public static StoredEvent Encode(string persistenceId, Event @event)
    {
        (string Manifest, IMessage Payload) form = @event switch
        {
            Promised e => ("promised", new Proto.Promised { Ballot = e.Ballot.ToProto() }),
            ValueAccepted e => ("value-accepted", new Proto.ValueAccepted { Ballot = e.Ballot.ToProto(), Value = e.Value.ToProto() }),
            ValueChosen e => ("value-chosen", new Proto.ValueChosen { Value = e.Value.ToProto() }),
            ValueCopied or EpochSealed or EpochOpened or InstanceNamed => EpochFormat.ToProto(@event),
            RoundsReserved e => ("rounds-reserved", new Proto.RoundsReserved { Through = e.Through }),
            Born e => ("born", FormationFormat.ToProto(e)),
            GenesisAgreed e => ("genesis-agreed", new Proto.GenesisAgreed { Genesis = FormationFormat.ToProto(e.Genesis) }),
            Opened => ("opened", new Proto.Opened()),
            ConfigurationKnown e => ("configuration-known", new Proto.ConfigurationKnown { Configuration = FormationFormat.ToProto(e.Configuration) }),
            JournalKept e => ("journal-kept", new Proto.JournalKept { First = e.First }),
            _ when LogFormat.ToProto(@event) is { } log => log,
            _ => throw new ArgumentException($"{@event.GetType()} has no form in the journal.", nameof(@event)),
        };
        return StoredEvent.Seal(persistenceId, form.Manifest, form.Payload);
    }

    /// <exception cref="DamagedRecordException">The record is not one that this actor wrote.</exception>
    public static Event Decode(string persistenceId, StoredEvent stored)
    {
        if (!stored.TryOpen(persistenceId, out var payload))
            throw new DamagedRecordException($"its checksum does not match its {stored.Bytes.Length} bytes");
        try
        {
            var bytes = payload.Span;
            return stored.Manifest switch
            {
                "promised" => new Promised(Proto.Promised.Parser.ParseFrom(bytes).Ballot.FromProto()),
                "value-accepted" => FromProto(Proto.ValueAccepted.Parser.ParseFrom(bytes)),
                "value-chosen" => new ValueChosen(Proto.ValueChosen.Parser.ParseFrom(bytes).Value.FromProto()),
                "value-copied" or "epoch-sealed" or "epoch-opened" or "instance-named" => EpochFormat.FromProto(stored.Manifest, bytes),
                "rounds-reserved" => new RoundsReserved(Proto.RoundsReserved.Parser.ParseFrom(bytes).Through),
                "born" => FormationFormat.FromProto(Proto.Born.Parser.ParseFrom(bytes)),
                "genesis-agreed" => new GenesisAgreed(FormationFormat.FromProto(Proto.GenesisAgreed.Parser.ParseFrom(bytes).Genesis)),
                "opened" => new Opened(),
                "configuration-known" =>
                    new ConfigurationKnown(FormationFormat.FromProto(Proto.ConfigurationKnown.Parser.ParseFrom(bytes).Configuration)),
                "journal-kept" => new JournalKept(Proto.JournalKept.Parser.ParseFrom(bytes).First),
                var manifest when LogFormat.FromProto(manifest, bytes) is { } log => log,
                _ => throw new DamagedRecordException($"its kind '{stored.Manifest}' is unknown to this version"),
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or ArgumentException)
        {
            throw new DamagedRecordException($"it is no {stored.Manifest} event: {e.Message}", e);
        }
    }

    private static ValueAccepted FromProto(Proto.ValueAccepted e) => new(e.Ballot.FromProto(), e.Value.FromProto());
}
