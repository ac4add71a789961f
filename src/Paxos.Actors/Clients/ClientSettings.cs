using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Paxos.Actors.Clients;

/// <summary>The settings of <c>paxos.client</c>.</summary>
internal sealed class ClientSettings
{
    private const string Path = "paxos.client";

    /// <exception cref="PaxosConfigurationException">A setting is wrong; the message names it.</exception>
    public ClientSettings(ActorSystem system, Config section)
    {
        if (((ExtendedActorSystem)system).Provider.DefaultAddress.Host is null)
        {
            throw new PaxosConfigurationException(
                "This actor system has no remoting, so it could reach no member: set akka.actor.provider = remote (or cluster).");
        }
        var reader = new SettingReader(section, Path);
        var name = reader.Text("system");
        Contacts = [.. reader.Texts("contacts").Select(contact =>
            RemoteTransport.AddressIn(name, contact)
            ?? throw reader.Wrong("contacts", $"has '{contact}', which is no address: write HOST:PORT of a member's remoting"))];
        if (Contacts.IsEmpty)
            throw reader.Wrong("contacts", "is empty: name HOST:PORT of the members' remoting");
        OperationTimeout = reader.Duration("operation-timeout");
        MaxInFlight = reader.AtLeastOne("max-in-flight");
        MaxInFlightBytes = reader.AtLeastOne("max-in-flight-bytes");
        PingInterval = reader.Duration("ping-interval");
        SilentAfter = reader.Duration("silent-after");
        if (SilentAfter <= PingInterval)
            throw reader.Wrong("silent-after", "is no longer than paxos.client.ping-interval: a member that answers would count as silent");
        RemoteTransport.CheckFrame(system);
    }

    public ImmutableArray<Address> Contacts { get; }

    public TimeSpan OperationTimeout { get; }

    public int MaxInFlight { get; }

    public int MaxInFlightBytes { get; }

    public TimeSpan PingInterval { get; }

    public TimeSpan SilentAfter { get; }
}
