using Paxos.Protocol;

namespace Paxos.Actors.Wire;

/// <summary>
/// The host's own: this node's acceptors hold something of an instance with this name. Journals of instances are found by
/// their names alone, and when the voters change all of them must be.
/// </summary>
internal sealed record InstanceNamed(string Name) : Event;
