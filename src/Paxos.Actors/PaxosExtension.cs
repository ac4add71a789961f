using Akka.Actor;

namespace Paxos.Actors;

/// <summary>Consensus in an actor system: settings in HOCON <c>paxos { }</c>, see reference.conf.</summary>
public sealed class PaxosExtension : IExtension
{
    /// <summary>Values of decisions: at most this many bytes.</summary>
    public const int MaxDecisionBytes = 64 * 1024;

    /// <exception cref="PaxosConfigurationException">The settings or the data directory do not allow this node to start.</exception>
    public static PaxosExtension For(ActorSystem system) => throw new NotImplementedException();

    /// <summary>
    /// Gets one value chosen for a name, once and for ever, and returns which one: this one, or one that was there before.
    /// </summary>
    /// <exception cref="ArgumentException">The name or the value is empty, too long or not UTF-8.</exception>
    /// <exception cref="NotAppliedException">Certainly not proposed: no quorum in time, overloaded, forming, not a member.</exception>
    /// <exception cref="OutcomeUnknownException">The value may be chosen, or may still be.</exception>
    public Task<string> DecideAsync(string name, string value, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>The decided value, or null where nothing was decided when the read began. It asks a quorum where this node does not know.</summary>
    public Task<string?> ReadDecisionAsync(string name, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>How this node is, now. Never waits for another node.</summary>
    public NodeStatus Status => throw new NotImplementedException();
}
