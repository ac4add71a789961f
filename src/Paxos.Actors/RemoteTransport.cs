using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Paxos.Actors.Registers;
using Paxos.Actors.Remoting;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>
/// Akka.Remote, by address: each peer's endpoint is /user/paxos, which lives as long as its actor system. No remote watch and
/// no remote deployment, whose lost system messages would quarantine a peer until it is restarted; liveness is our own heartbeats,
/// and a peer's process that is seen to end.
/// </summary>
internal sealed class RemoteTransport(ExtendedActorSystem system, PaxosSettings settings) : ITransport
{
    private const int FrameOverhead = 8 * 1024;

    // A node that moved often was not heard at the older ones for long.
    private const int MaxAddresses = 3;

    private readonly ConcurrentDictionary<NodeId, Place> places = [];
    private NodeId self;
    private IActorRef endpoint = ActorRefs.Nobody;
    private IActorRef? processes;

    public void Start(NodeId self, IActorRef endpoint)
    {
        this.self = self;
        this.endpoint = endpoint;
        foreach (var member in settings.Members.Values)
            Reach(member.Id, member.Address, isItsWord: false);
        // The endpoint may start again, and is the same to the others.
        processes ??= system.SystemActorOf(ProcessWatch.Props(NodeAt, endpoint), "paxos-process-watch");
    }

    // Where settings say that a node is, nobody may be listening: it has moved.
    private NodeId NodeAt(Address address) =>
        places.FirstOrDefault(place => place.Value.IsCertain && place.Value.Endpoints[^1].Anchor.Path.Address == address).Key;

    public void Reach(NodeId node, string address, bool isItsWord)
    {
        if (node == self || AddressIn(system, address) is not { } parsed)
            return;
        places.AddOrUpdate(
            node,
            _ => new Place([Endpoint(parsed)], isItsWord),
            (_, known) => known.With(Endpoint(parsed), isItsWord));
    }

    private ActorSelection Endpoint(Address address) => system.ActorSelection($"{address}/user/{PaxosExtension.EndpointName}");

    public void Send(NodeEnvelope envelope)
    {
        if (envelope.To.Id == self)
            endpoint.Tell(envelope, ActorRefs.NoSender);
        else if (places.TryGetValue(envelope.To.Id, out var place))
            place.Tell(envelope);
    }

    /// <summary>Whether the system's remoting is what the members say, and carries what may be sent.</summary>
    /// <exception cref="PaxosConfigurationException">It is not; the message names the setting.</exception>
    public static void Check(ExtendedActorSystem system, PaxosSettings settings)
    {
        var own = AddressOf(system, settings.Self);
        var actual = system.Provider.DefaultAddress;
        foreach (var member in settings.Members.Values)
            AddressOf(system, member);
        if (actual.Host is null)
        {
            throw new PaxosConfigurationException(
                "This actor system has no remoting, so no other node could reach it: set akka.actor.provider = remote (or cluster).");
        }
        if (own != actual)
        {
            throw new PaxosConfigurationException(
                $"The setting paxos.members.{settings.Node}.address means {own}, but this actor system is {actual}: peers would send where "
                + "nobody listens. Make akka.remote.dot-netty.tcp.hostname and .port the same as the member's address.");
        }
        var gate = system.Settings.Config.GetTimeSpan("akka.remote.retry-gate-closed-for");
        if (gate > settings.HeartbeatInterval)
        {
            system.Log.Warning(
                "After a failed connect Akka.Remote drops what is sent to a node for {0:F1} s (akka.remote.retry-gate-closed-for): set it to 200ms, "
                + "or a node that comes back is missed for that long.", gate.TotalSeconds);
        }
        CheckFrame(system);
    }

    /// <summary>Whether the system's remoting carries the largest value.</summary>
    /// <exception cref="PaxosConfigurationException">It does not; the message names the setting.</exception>
    public static void CheckFrame(ActorSystem system)
    {
        // A larger message is dropped by remoting with a log line, and nobody would ever be told.
        var frame = system.Settings.Config.GetByteSize("akka.remote.dot-netty.tcp.maximum-frame-size") ?? 0;
        if (frame < IRegisterStore.MaxValueBytes + FrameOverhead)
        {
            throw new PaxosConfigurationException(
                $"The setting akka.remote.dot-netty.tcp.maximum-frame-size is {frame} bytes: a value of {IRegisterStore.MaxValueBytes} bytes "
                + $"needs at least {IRegisterStore.MaxValueBytes + FrameOverhead}.");
        }
    }

    /// <exception cref="PaxosConfigurationException">The address is none.</exception>
    public static Address AddressOf(ActorSystem system, MemberSettings member)
    {
        if (AddressIn(system, member.Address) is { } address)
            return address;
        throw new PaxosConfigurationException(
            $"The setting paxos.members.{member.Id}.address is '{member.Address}', which is no address: write HOST:PORT.");
    }

    /// <summary>Null: the text is no address.</summary>
    public static Address? AddressIn(ActorSystem system, string member) => AddressIn(system.Name, member);

    /// <param name="system">The actor system's name, where the text does not give it.</param>
    /// <inheritdoc cref="AddressIn(ActorSystem, string)"/>
    public static Address? AddressIn(string system, string member)
    {
        var text = member.Contains("://", StringComparison.Ordinal) ? member : $"akka.tcp://{system}@{member}";
        return ActorPath.TryParseAddress(text, out var address) && address is { Host: not null, Port: not null } ? address : null;
    }

    /// <summary>
    /// Where a node may be, the likeliest last. Settings and configurations can be out of date: until the node itself has said where
    /// it is, it is looked for at each place; all but the first words go to the likeliest.
    /// </summary>
    private sealed record Place(ImmutableArray<ActorSelection> Endpoints, bool IsCertain)
    {
        public Place With(ActorSelection endpoint, bool isItsWord)
        {
            if (isItsWord)
                return Is(Endpoints[^1], endpoint) && IsCertain ? this : new Place([endpoint], IsCertain: true);
            if (Endpoints.Any(known => Is(known, endpoint)))
                return this;
            return new Place([.. Endpoints.TakeLast(MaxAddresses - 1), endpoint], IsCertain: false);
        }

        public void Tell(NodeEnvelope envelope)
        {
            if (IsCertain || envelope.Message is not Heartbeat)
            {
                Endpoints[^1].Tell(envelope, ActorRefs.NoSender);
                return;
            }
            foreach (var endpoint in Endpoints)
                endpoint.Tell(envelope, ActorRefs.NoSender);
        }

        private static bool Is(ActorSelection one, ActorSelection other) => one.Anchor.Path.Address == other.Anchor.Path.Address;
    }
}
