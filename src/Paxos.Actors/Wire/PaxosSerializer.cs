using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Paxos.Actors.Clients;
using Paxos.Actors.Decisions;

namespace Paxos.Actors.Wire;

/// <summary>
/// The one serializer, for the wire and for the journal. Manifests are short names of our own: no type name leaves a node
/// or stands on disk. It is bound in reference.conf, since Akka makes its serializers anew with every section that an extension
/// adds to the configuration.
/// </summary>
internal sealed class PaxosSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string EventPrefix = "event/";

    // As in reference.conf. The year in which "The Part-Time Parliament" was submitted, and a digit: unlikely to be taken.
    public override int Identifier => 19901;

    public override string Manifest(object o) => o switch
    {
        NodeEnvelope => "envelope",
        StoredEvent stored => EventPrefix + stored.Manifest,
        Decision.Decide => "decide",
        Decision.Read => "read",
        Decision.Decided => "decided",
        Decision.Undecided => "undecided",
        Decision.Failed => "failed",
        Calls => "calls",
        Replies => "replies",
        _ => throw Unknown(o),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        NodeEnvelope envelope => EnvelopeFormat.ToProto(envelope).ToByteArray(),
        StoredEvent stored => stored.Bytes,
        Decision.Decide m => DecisionFormat.ToProto(m).ToByteArray(),
        Decision.Read m => DecisionFormat.ToProto(m).ToByteArray(),
        Decision.Decided m => DecisionFormat.ToProto(m).ToByteArray(),
        Decision.Undecided m => DecisionFormat.ToProto(m).ToByteArray(),
        Decision.Failed m => DecisionFormat.ToProto(m).ToByteArray(),
        Calls m => m.Content.ToByteArray(),
        Replies m => m.Content.ToByteArray(),
        _ => throw Unknown(obj),
    };

    public override object FromBinary(byte[] bytes, string manifest)
    {
        // A stored event is handed on as it is, damaged or not: its actor checks it, and can say which record it was.
        if (manifest.StartsWith(EventPrefix, StringComparison.Ordinal))
            return new StoredEvent(manifest[EventPrefix.Length..], bytes);
        try
        {
            return manifest switch
            {
                "envelope" => EnvelopeFormat.FromProto(Proto.Envelope.Parser.ParseFrom(bytes)),
                "decide" => DecisionFormat.FromProto(Proto.Decide.Parser.ParseFrom(bytes)),
                "read" => DecisionFormat.FromProto(Proto.Read.Parser.ParseFrom(bytes)),
                "decided" => DecisionFormat.FromProto(Proto.Decided.Parser.ParseFrom(bytes)),
                "undecided" => DecisionFormat.FromProto(Proto.Undecided.Parser.ParseFrom(bytes)),
                "failed" => DecisionFormat.FromProto(Proto.Failed.Parser.ParseFrom(bytes)),
                "calls" => new Calls(Proto.Calls.Parser.ParseFrom(bytes)),
                "replies" => new Replies(Proto.Replies.Parser.ParseFrom(bytes)),
                _ => throw new SerializationException($"'{manifest}' is no manifest of Paxos that this version knows."),
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or ArgumentException)
        {
            throw new SerializationException($"These {bytes.Length} bytes are no {manifest} of Paxos: {e.Message}", e);
        }
    }

    private static SerializationException Unknown(object o) => new($"{o.GetType()} is no message of Paxos.");
}
