using System.Buffers.Binary;
using Google.Protobuf;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Wire;

/// <summary>The parts that messages and events are made of, to protobuf and back.</summary>
internal static class BasicFormat
{
    public static Proto.Ballot ToProto(this Ballot ballot) => new() { Round = ballot.Round, Node = ballot.Node.ToString() };

    /// <exception cref="FormatException">The ballot is missing or names no node.</exception>
    public static Ballot FromProto(this Proto.Ballot? ballot) => ballot switch
    {
        null => throw new FormatException("a ballot is missing"),
        { Round: 0, Node: "" } => Ballot.None,
        _ => new Ballot(ballot.Round, new NodeId(ballot.Node)),
    };

    // The bytes are not touched again by whoever made the value, so they are carried and not copied.
    public static ByteString ToProto(this Value value) => UnsafeByteOperations.UnsafeWrap(value.Bytes);

    public static Value FromProto(this ByteString bytes) => new(bytes.Memory);

    public static Proto.Proposal? ToProto(this Proposal? proposal) =>
        proposal is { } p ? new Proto.Proposal { Ballot = p.Ballot.ToProto(), Value = p.Value.ToProto() } : null;

    public static Proposal? FromProto(this Proto.Proposal? proposal) =>
        proposal is null ? null : new Proposal(proposal.Ballot.FromProto(), proposal.Value.FromProto());

    public static Proto.Member ToProto(this Member member) =>
        new() { Id = member.Id.ToString(), Incarnation = member.Incarnation.ToProto() };

    public static Member FromProto(this Proto.Member? member) => member is null
        ? throw new FormatException("a member is missing")
        : new Member(new NodeId(member.Id), member.Incarnation.ToIncarnation());

    public static ByteString ToProto(this Incarnation incarnation)
    {
        if (incarnation == default)
            return ByteString.Empty;
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, incarnation.Number);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static Incarnation ToIncarnation(this ByteString bytes) => bytes.Length switch
    {
        0 => default,
        16 => new Incarnation(BinaryPrimitives.ReadUInt128BigEndian(bytes.Span)),
        _ => throw new FormatException($"an incarnation has 16 bytes, not {bytes.Length}"),
    };
}
