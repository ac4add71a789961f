using System.Collections.Immutable;
using Google.Protobuf;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Wire;

/// <summary>What is said and written when the voters of the decisions change, to protobuf and back.</summary>
internal static class EpochFormat
{
    public static void Write(Message message, Proto.Envelope proto)
    {
        switch (message)
        {
            case Copy m:
                proto.Copy = new Proto.Copy { Epoch = m.Epoch, After = m.After, IsPreceded = m.IsPreceded };
                break;
            case Copies m:
                proto.Copies = new Proto.Copies
                {
                    Epoch = m.Epoch,
                    Source = m.Source.ToProto(),
                    Opened = m.Opened is { } opened ? opened.Encode().ToProto() : ByteString.Empty,
                    After = m.After,
                    Next = m.Next,
                    IsLast = m.IsLast,
                    Items = { m.Items.Select(ToProto) },
                };
                break;
        }
    }

    public static Copy FromProto(Proto.Copy m) => new(m.Epoch, m.After, m.IsPreceded);

    public static Copies FromProto(Proto.Copies m) => new(
        m.Epoch,
        m.Source.FromProto(),
        m.Opened.IsEmpty ? null : Configuration.Decode(m.Opened.FromProto()),
        m.After,
        m.Next,
        m.IsLast,
        m.Items.Select(FromProto).ToImmutableArray());

    public static (string Manifest, IMessage Payload) ToProto(Event @event) => @event switch
    {
        ValueCopied e => ("value-copied", new Proto.ValueCopied { Ballot = e.Ballot.ToProto(), Value = e.Value.ToProto() }),
        EpochSealed e => ("epoch-sealed", new Proto.EpochSealed { Epoch = e.Epoch }),
        EpochOpened e => ("epoch-opened", new Proto.EpochOpened { Configuration = e.Configuration.Encode().ToProto() }),
        InstanceNamed e => ("instance-named", new Proto.InstanceNamed { Name = e.Name }),
        _ => throw new ArgumentException($"{@event.GetType()} is no event of a change of voters.", nameof(@event)),
    };

    public static Event FromProto(string manifest, ReadOnlySpan<byte> bytes)
    {
        switch (manifest)
        {
            case "value-copied":
                var copied = Proto.ValueCopied.Parser.ParseFrom(bytes);
                return new ValueCopied(copied.Ballot.FromProto(), copied.Value.FromProto());
            case "epoch-sealed":
                return new EpochSealed(Proto.EpochSealed.Parser.ParseFrom(bytes).Epoch);
            case "epoch-opened":
                return new EpochOpened(Configuration.Decode(Proto.EpochOpened.Parser.ParseFrom(bytes).Configuration.FromProto()));
            default:
                return Proto.InstanceNamed.Parser.ParseFrom(bytes).Name is { Length: > 0 } name
                    ? new InstanceNamed(name)
                    : throw new FormatException("the name is missing");
        }
    }

    private static Proto.InstanceCopy ToProto(InstanceCopy copy)
    {
        var proto = new Proto.InstanceCopy { Name = copy.Name };
        if (copy.Chosen is { } chosen)
            proto.Chosen = chosen.ToProto();
        else
            proto.Accepted = copy.Accepted.ToProto();
        return proto;
    }

    private static InstanceCopy FromProto(Proto.InstanceCopy proto) => proto.HeldCase == Proto.InstanceCopy.HeldOneofCase.Chosen
        ? new InstanceCopy(proto.Name, null, proto.Chosen.FromProto())
        : new InstanceCopy(proto.Name, proto.Accepted.FromProto() ?? throw new FormatException("a copy holds nothing"), null);
}
