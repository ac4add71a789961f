using Google.Protobuf;
using Google.Protobuf.Collections;
using Paxos.Protocol;

namespace Paxos.Actors.Wire;

/// <summary>What the nodes form a cluster with, to protobuf and back.</summary>
internal static class FormationFormat
{
    public static Proto.Heartbeat ToProto(Heartbeat heartbeat)
    {
        var hello = heartbeat.Hello;
        return new Proto.Heartbeat
        {
            Genesis = hello.Genesis is { } genesis ? ToProto(genesis) : null,
            IsOpen = hello.IsOpen,
            Journal = hello.Journal,
            Process = hello.Process,
            Began = hello.Began,
            Heard = hello.Heard is { } heard
                ? new Proto.Heard { Incarnation = heard.Incarnation.ToProto(), Journal = heard.Journal, Process = heard.Process }
                : null,
            Http = heartbeat.Http ?? "",
            RegisterGroups = (uint)heartbeat.RegisterGroups,
            OpenEpoch = heartbeat.OpenEpoch,
            Address = heartbeat.Address,
            Addresses = { ToProto(heartbeat.Addresses) },
            Current = hello.Current is { } current ? UnsafeByteOperations.UnsafeWrap(current.Encode().Bytes) : ByteString.Empty,
        };
    }

    public static Heartbeat FromProto(Proto.Heartbeat proto) => new(
        new Hello(
            proto.Genesis is { } genesis ? FromProto(genesis) : null,
            proto.IsOpen,
            proto.Journal,
            proto.Heard is { } heard ? new Heard(heard.Incarnation.ToIncarnation(), heard.Journal, heard.Process) : null,
            proto.Current.IsEmpty ? null : Configuration.Decode(new Value(proto.Current.Memory)),
            proto.Process,
            proto.Began),
        proto.Http is "" ? null : proto.Http,
        Math.Max(1, (int)proto.RegisterGroups),
        proto.Address,
        FromProto(proto.Addresses),
        proto.OpenEpoch);

    public static Proto.Configuration ToProto(Configuration configuration) => new()
    {
        Epoch = configuration.Epoch,
        Voters = { configuration.Voters.Select(BasicFormat.ToProto) },
        Learners = { configuration.Learners.Select(BasicFormat.ToProto) },
        Phase1Quorum = (uint)configuration.Rule.Phase1,
        Phase2Quorum = (uint)configuration.Rule.Phase2,
        VoterEpoch = configuration.VoterEpoch,
        Joining = { configuration.Joining.Select(node => node.ToString()) },
        Addresses = { ToProto(configuration.Addresses) },
    };

    /// <exception cref="ArgumentException">The members and the quorums make no configuration.</exception>
    public static Configuration FromProto(Proto.Configuration? proto) => proto is null
        ? throw new FormatException("the configuration is missing")
        : new Configuration(
            proto.Epoch,
            proto.Voters.Select(BasicFormat.FromProto),
            proto.Learners.Select(BasicFormat.FromProto),
            new QuorumRule((int)proto.Phase1Quorum, (int)proto.Phase2Quorum))
        {
            VoterEpoch = proto.VoterEpoch,
        }
            .WithJoining(proto.Joining.Select(node => new NodeId(node)))
            .WithAddresses(FromProto(proto.Addresses));

    private static Dictionary<string, string> ToProto(IEnumerable<KeyValuePair<NodeId, string>> addresses) =>
        addresses.ToDictionary(address => address.Key.ToString(), address => address.Value);

    private static Dictionary<NodeId, string> FromProto(MapField<string, string> addresses) =>
        addresses.ToDictionary(address => new NodeId(address.Key), address => address.Value);

    public static Proto.Born ToProto(Born born) => new()
    {
        Cluster = born.Identity.Cluster,
        Node = born.Identity.Node.ToString(),
        Incarnation = born.Identity.Incarnation.ToProto(),
    };

    public static Born FromProto(Proto.Born proto) =>
        new(new Identity(proto.Cluster, new NodeId(proto.Node), proto.Incarnation.ToIncarnation()));
}
