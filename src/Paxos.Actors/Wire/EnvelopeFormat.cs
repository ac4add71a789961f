using Google.Protobuf;
using Paxos.Actors.Decisions;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Wire;

/// <summary>Envelopes to protobuf and back.</summary>
internal static class EnvelopeFormat
{
    public static Proto.Envelope ToProto(NodeEnvelope envelope)
    {
        var proto = new Proto.Envelope
        {
            Cluster = envelope.Cluster,
            Group = envelope.Group.ToString(),
            Epoch = envelope.Epoch,
            From = envelope.From.ToProto(),
            To = envelope.To.ToProto(),
            Name = envelope.Name,
        };
        switch (envelope.Message)
        {
            case Prepare m:
                proto.Prepare = new Proto.Prepare { Ballot = m.Ballot.ToProto() };
                break;
            case Promise m:
                proto.Promise = new Proto.Promise { Ballot = m.Ballot.ToProto(), Accepted = m.Accepted.ToProto() };
                break;
            case Accept m:
                proto.Accept = new Proto.Accept { Ballot = m.Ballot.ToProto(), Value = m.Value.ToProto() };
                break;
            case Accepted m:
                proto.Accepted = new Proto.Accepted { Ballot = m.Ballot.ToProto() };
                break;
            case Nack m:
                proto.Nack = new Proto.Nack { Ballot = m.Ballot.ToProto(), Promised = m.Promised.ToProto() };
                break;
            case Query m:
                proto.Query = new Proto.Query { Ballot = m.Ballot.ToProto() };
                break;
            case Report m:
                proto.Report = new Proto.Report { Ballot = m.Ballot.ToProto(), Accepted = m.Accepted.ToProto() };
                break;
            case Learn:
                proto.Learn = new Proto.Learn();
                break;
            case Chosen m:
                proto.Chosen = new Proto.Chosen { Value = m.Value.ToProto() };
                break;
            case Copy or Copies:
                EpochFormat.Write(envelope.Message, proto);
                break;
            case Heartbeat m:
                proto.Heartbeat = FormationFormat.ToProto(m);
                break;
            case Forward m:
                proto.Forward = ToProto(m);
                break;
            case Answer m:
                proto.Answer = ToProto(m);
                break;
            default:
                LogFormat.Write(envelope.Message, proto);
                break;
        }
        return proto;
    }

    /// <exception cref="FormatException">A part is missing or no id.</exception>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no envelope.</exception>
    public static NodeEnvelope FromProto(Proto.Envelope proto)
    {
        Message message = proto.MessageCase switch
        {
            Proto.Envelope.MessageOneofCase.Prepare => new Prepare(proto.Prepare.Ballot.FromProto()),
            Proto.Envelope.MessageOneofCase.Promise =>
                new Promise(proto.Promise.Ballot.FromProto(), proto.Promise.Accepted.FromProto()),
            Proto.Envelope.MessageOneofCase.Accept => new Accept(proto.Accept.Ballot.FromProto(), proto.Accept.Value.FromProto()),
            Proto.Envelope.MessageOneofCase.Accepted => new Accepted(proto.Accepted.Ballot.FromProto()),
            Proto.Envelope.MessageOneofCase.Nack => new Nack(proto.Nack.Ballot.FromProto(), proto.Nack.Promised.FromProto()),
            Proto.Envelope.MessageOneofCase.Query => new Query(proto.Query.Ballot.FromProto()),
            Proto.Envelope.MessageOneofCase.Report => new Report(proto.Report.Ballot.FromProto(), proto.Report.Accepted.FromProto()),
            Proto.Envelope.MessageOneofCase.Learn => new Learn(),
            Proto.Envelope.MessageOneofCase.Chosen => new Chosen(proto.Chosen.Value.FromProto()),
            Proto.Envelope.MessageOneofCase.Copy => EpochFormat.FromProto(proto.Copy),
            Proto.Envelope.MessageOneofCase.Copies => EpochFormat.FromProto(proto.Copies),
            Proto.Envelope.MessageOneofCase.Heartbeat => FormationFormat.FromProto(proto.Heartbeat),
            Proto.Envelope.MessageOneofCase.Forward => FromProto(proto.Forward),
            Proto.Envelope.MessageOneofCase.Answer => FromProto(proto.Answer),
            _ => LogFormat.Read(proto),
        };
        return new NodeEnvelope(
            proto.Cluster, new GroupId(proto.Group), proto.Epoch, proto.From.FromProto(), proto.To.FromProto(), proto.Name, message);
    }

    private static Proto.Forward ToProto(Forward forward)
    {
        var proto = new Proto.Forward { Id = forward.Id, TimeoutMs = (uint)forward.Timeout.TotalMilliseconds };
        switch (forward.Request)
        {
            case Decision.Decide decide:
                proto.Decide = DecisionFormat.ToProto(decide);
                break;
            case Decision.Read read:
                proto.Read = DecisionFormat.ToProto(read);
                break;
        }
        return proto;
    }

    private static Forward FromProto(Proto.Forward proto) => new(
        proto.Id,
        TimeSpan.FromMilliseconds(proto.TimeoutMs),
        proto.CallCase switch
        {
            Proto.Forward.CallOneofCase.Decide => DecisionFormat.FromProto(proto.Decide),
            Proto.Forward.CallOneofCase.Read => DecisionFormat.FromProto(proto.Read),
            _ => throw new FormatException("the forwarded call is missing"),
        });

    private static Proto.Answer ToProto(Answer answer)
    {
        var proto = new Proto.Answer { Id = answer.Id };
        switch (answer.Response)
        {
            case Decision.Decided decided:
                proto.Decided = DecisionFormat.ToProto(decided);
                break;
            case Decision.Undecided undecided:
                proto.Undecided = DecisionFormat.ToProto(undecided);
                break;
            case Decision.Failed failed:
                proto.Failed = DecisionFormat.ToProto(failed);
                break;
        }
        return proto;
    }

    private static Answer FromProto(Proto.Answer proto) => new(
        proto.Id,
        proto.OutcomeCase switch
        {
            Proto.Answer.OutcomeOneofCase.Decided => DecisionFormat.FromProto(proto.Decided),
            Proto.Answer.OutcomeOneofCase.Undecided => DecisionFormat.FromProto(proto.Undecided),
            Proto.Answer.OutcomeOneofCase.Failed => DecisionFormat.FromProto(proto.Failed),
            _ => throw new FormatException("the outcome is missing"),
        });
}
