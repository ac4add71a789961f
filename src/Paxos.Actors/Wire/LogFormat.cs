using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using MessageCase = Paxos.Actors.Wire.Proto.Envelope.MessageOneofCase;

namespace Paxos.Actors.Wire;

/// <summary>The log's messages and events, and the nodes' hearing, to protobuf and back. Values are carried, not copied.</summary>
internal static class LogFormat
{
    /// <exception cref="ArgumentException">The message never leaves its node.</exception>
    public static void Write(Message message, Proto.Envelope proto)
    {
        switch (message)
        {
            case Accept m:
                proto.LogAccept = new Proto.LogAccept
                {
                    Ballot = m.Ballot.ToProto(),
                    Slot = m.Slot,
                    Entry = ToProto(m.Entry),
                    First = m.First,
                    ChosenThrough = m.ChosenThrough,
                };
                break;
            case Accepted m:
                proto.LogAccepted = new Proto.LogAccepted { Ballot = m.Ballot.ToProto(), Slot = m.Slot };
                break;
            case Chosen m:
                proto.LogChosen = new Proto.LogChosen
                {
                    Ballot = m.Ballot.ToProto(),
                    First = m.First,
                    Through = m.Through,
                    WantsLearned = m.WantsLearned,
                };
                break;
            case Submit m:
                proto.Submit = new Proto.Submit { Id = m.Id };
                foreach (var command in m.Commands.AsSpan())
                    proto.Submit.Commands.Add(command.ToProto());
                break;
            case Ping m:
                proto.Ping = new Proto.Ping { Round = m.Round, Boot = m.Boot };
                break;
            case Pong m:
                proto.Pong = ToProto(m);
                break;
            case StateDigest m:
                proto.StateDigest = new Proto.StateDigest { Slot = m.Slot, Digest = m.Digest };
                break;
            case Confirm m:
                proto.Confirm = new Proto.Confirm { Ballot = m.Ballot.ToProto(), Round = m.Round };
                break;
            case Confirmed m:
                proto.Confirmed = new Proto.Confirmed { Ballot = m.Ballot.ToProto(), Round = m.Round };
                break;
            case ConfirmRead m:
                proto.ConfirmRead = new Proto.ConfirmRead { Id = m.Id };
                break;
            case ReadConfirmed m:
                proto.ReadConfirmed = new Proto.ReadConfirmed { Id = m.Id, Slot = m.Slot };
                break;
            case Learned m:
                proto.Learned = new Proto.Learned { Through = m.Through };
                break;
            case Prepare m:
                proto.LogPrepare = new Proto.LogPrepare { Ballot = m.Ballot.ToProto(), From = m.From };
                break;
            case Promise m:
                proto.LogPromise = ToProto(m);
                break;
            case Nack m:
                proto.LogNack = new Proto.LogNack { Ballot = m.Ballot.ToProto(), Promised = m.Promised.ToProto() };
                break;
            case Fetch m:
                proto.Fetch = new Proto.Fetch { From = m.From };
                break;
            case Trimmed m:
                proto.Trimmed = new Proto.Trimmed { Through = m.Through };
                break;
            case FetchSnapshot m:
                proto.FetchSnapshot = new Proto.FetchSnapshot { Slot = m.Slot, Offset = m.Offset };
                break;
            case SnapshotChunk m:
                proto.SnapshotChunk = new Proto.SnapshotChunk { Slot = m.Slot, Offset = m.Offset, Total = m.Total, Bytes = m.Bytes.ToProto() };
                break;
            case TakeOver m:
                proto.TakeOver = new Proto.TakeOver { Ballot = m.Ballot.ToProto() };
                break;
            case Refused m:
                proto.Refused = new Proto.Refused { Id = m.Id, Why = (uint)m.Why, Leader = m.Leader.ToString() };
                break;
            case Reconfigure m:
                proto.Reconfigure = new Proto.Reconfigure { Id = m.Id, Next = FormationFormat.ToProto(m.Next) };
                break;
            case Transfer m:
                proto.Transfer = new Proto.Transfer { Id = m.Id, To = m.To.ToString() };
                break;
            case Entries m:
                proto.Entries = new Proto.Entries { First = m.First };
                foreach (var entry in m.Items.AsSpan())
                    proto.Entries.Items.Add(ToProto(entry));
                break;
            default:
                throw new ArgumentException($"{message.GetType()} has no form on the wire.", nameof(message));
        }
    }

    /// <exception cref="FormatException">A part is missing or no id, or the message is unknown to this version.</exception>
    public static Message Read(Proto.Envelope proto) => proto.MessageCase switch
    {
        MessageCase.LogAccept when proto.LogAccept is var m =>
            new Accept(m.Ballot.FromProto(), m.Slot, FromProto(m.Entry), m.First, m.ChosenThrough),
        MessageCase.LogAccepted => new Accepted(proto.LogAccepted.Ballot.FromProto(), proto.LogAccepted.Slot),
        MessageCase.LogChosen when proto.LogChosen is var m => new Chosen(m.Ballot.FromProto(), m.First, m.Through, m.WantsLearned),
        MessageCase.Submit => new Submit(proto.Submit.Id, Items(proto.Submit.Commands, BasicFormat.FromProto)),
        MessageCase.Ping => new Ping(proto.Ping.Round, proto.Ping.Boot),
        MessageCase.Pong when proto.Pong is var m =>
            new Pong(m.Round, m.Asker, m.Boot, Items(m.Hears, ToNode), Items(m.Reports, report => new HeardNode(ToNode(report.Node), report.Boot, Items(report.Hears, ToNode))), m.IsNew),
        MessageCase.StateDigest => new StateDigest(proto.StateDigest.Slot, proto.StateDigest.Digest),
        MessageCase.Confirm => new Confirm(proto.Confirm.Ballot.FromProto(), proto.Confirm.Round),
        MessageCase.Confirmed => new Confirmed(proto.Confirmed.Ballot.FromProto(), proto.Confirmed.Round),
        MessageCase.ConfirmRead => new ConfirmRead(proto.ConfirmRead.Id),
        MessageCase.ReadConfirmed => new ReadConfirmed(proto.ReadConfirmed.Id, proto.ReadConfirmed.Slot),
        MessageCase.Learned => new Learned(proto.Learned.Through),
        MessageCase.LogPrepare => new Prepare(proto.LogPrepare.Ballot.FromProto(), proto.LogPrepare.From),
        MessageCase.LogPromise when proto.LogPromise is var m => new Promise(
            m.Ballot.FromProto(), m.From, Items(m.Accepted, FromProto), m.Next, m.TrimmedThrough, m.ChosenThrough),
        MessageCase.LogNack => new Nack(proto.LogNack.Ballot.FromProto(), proto.LogNack.Promised.FromProto()),
        MessageCase.Fetch => new Fetch(proto.Fetch.From),
        MessageCase.Trimmed => new Trimmed(proto.Trimmed.Through),
        MessageCase.FetchSnapshot => new FetchSnapshot(proto.FetchSnapshot.Slot, proto.FetchSnapshot.Offset),
        MessageCase.SnapshotChunk when proto.SnapshotChunk is var m => new SnapshotChunk(m.Slot, m.Offset, m.Total, m.Bytes.FromProto()),
        MessageCase.TakeOver => new TakeOver(proto.TakeOver.Ballot.FromProto()),
        MessageCase.Refused => new Refused(proto.Refused.Id, (Refusal)proto.Refused.Why, ToNodeOrNobody(proto.Refused.Leader)),
        MessageCase.Reconfigure => new Reconfigure(proto.Reconfigure.Id, FormationFormat.FromProto(proto.Reconfigure.Next)),
        MessageCase.Transfer => new Transfer(proto.Transfer.Id, ToNode(proto.Transfer.To)),
        MessageCase.Entries => new Entries(proto.Entries.First, Items(proto.Entries.Items, FromProto)),
        _ => throw new FormatException("the envelope holds no message that this version knows"),
    };

    /// <summary>Null: no event of the log.</summary>
    public static (string Manifest, IMessage Payload)? ToProto(Event @event) => @event switch
    {
        Promised e => ("log-promised", new Proto.LogPromised { Ballot = e.Ballot.ToProto() }),
        EntryAccepted e => ("entry-accepted", new Proto.EntryAccepted
        {
            Ballot = e.Ballot.ToProto(),
            Slot = e.Slot,
            Entry = ToProto(e.Entry),
            ChosenThrough = e.ChosenThrough,
        }),
        EntryLearned e => ("entry-learned", new Proto.EntryLearned { Slot = e.Slot, Entry = ToProto(e.Entry) }),
        LogTrimmed e => ("log-trimmed", new Proto.LogTrimmed
        {
            Through = e.Through,
            Promised = e.Promised.ToProto(),
            ChosenThrough = e.ChosenThrough,
        }),
        _ => null,
    };

    /// <summary>Null: the manifest is of no event of the log.</summary>
    public static Event? FromProto(string manifest, ReadOnlySpan<byte> bytes)
    {
        switch (manifest)
        {
            case "log-promised":
                return new Promised(Proto.LogPromised.Parser.ParseFrom(bytes).Ballot.FromProto());
            case "entry-accepted":
                var accepted = Proto.EntryAccepted.Parser.ParseFrom(bytes);
                return new EntryAccepted(accepted.Ballot.FromProto(), accepted.Slot, FromProto(accepted.Entry), accepted.ChosenThrough);
            case "entry-learned":
                var learned = Proto.EntryLearned.Parser.ParseFrom(bytes);
                return new EntryLearned(learned.Slot, FromProto(learned.Entry));
            case "log-trimmed":
                var trimmed = Proto.LogTrimmed.Parser.ParseFrom(bytes);
                return new LogTrimmed(trimmed.Through, trimmed.Promised.FromProto(), trimmed.ChosenThrough);
            default:
                return null;
        }
    }

    private static Proto.Entry ToProto(Entry entry) => new() { Kind = (uint)entry.Kind, Value = entry.Value.ToProto() };

    private static Entry FromProto(Proto.Entry? proto)
    {
        if (proto is null)
            throw new FormatException("an entry is missing");
        if (proto.Kind > (uint)EntryKind.Configuration)
            throw new FormatException($"an entry of kind {proto.Kind} is unknown to this version");
        var entry = new Entry((EntryKind)proto.Kind, proto.Value.FromProto());
        // Once it is chosen every node has to apply it: bytes that none could apply get no further than this.
        entry.Check();
        return entry;
    }

    private static Proto.LogPromise ToProto(Promise promise)
    {
        var proto = new Proto.LogPromise
        {
            Ballot = promise.Ballot.ToProto(),
            From = promise.From,
            Next = promise.Next,
            TrimmedThrough = promise.TrimmedThrough,
            ChosenThrough = promise.ChosenThrough,
        };
        foreach (var proposal in promise.Accepted.AsSpan())
            proto.Accepted.Add(new Proto.SlotProposal { Slot = proposal.Slot, Ballot = proposal.Ballot.ToProto(), Entry = ToProto(proposal.Entry) });
        return proto;
    }

    private static Proposal FromProto(Proto.SlotProposal proposal) =>
        new(proposal.Slot, proposal.Ballot.FromProto(), FromProto(proposal.Entry));

    private static Proto.Pong ToProto(Pong pong) => new()
    {
        Round = pong.Round,
        Asker = pong.Asker,
        Boot = pong.Boot,
        IsNew = pong.IsNew,
        Hears = { pong.Hears.Select(node => node.ToString()) },
        Reports =
        {
            pong.Reports.Select(report => new Proto.HeardNode
            {
                Node = report.Node.ToString(),
                Boot = report.Boot,
                Hears = { report.Hears.Select(node => node.ToString()) },
            }),
        },
    };

    private static NodeId ToNode(string id) => new(id);

    private static NodeId ToNodeOrNobody(string id) => id is "" ? default : new NodeId(id);

    private static EquatableArray<T> Items<TProto, T>(RepeatedField<TProto> items, Func<TProto, T> convert)
        where T : IEquatable<T>
    {
        var converted = ImmutableArray.CreateBuilder<T>(items.Count);
        foreach (var item in items)
            converted.Add(convert(item));
        return converted.MoveToImmutable();
    }
}
