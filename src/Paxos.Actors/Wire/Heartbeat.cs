using Paxos.Protocol;

namespace Paxos.Actors.Wire;

/// <summary>What nodes tell each other at intervals.</summary>
/// <param name="Http">Where the sender serves HTTP; null where it does not.</param>
/// <param name="RegisterGroups">Over how many groups it spreads the keys of the registers.</param>
/// <param name="Address">Where its remoting is.</param>
/// <param name="Addresses">To who is no member: where the members' are.</param>
/// <param name="OpenEpoch">The last epoch of decisions that the sender was open in; 0: none.</param>
internal sealed record Heartbeat(
    Hello Hello, string? Http, int RegisterGroups, string Address, IReadOnlyDictionary<NodeId, string> Addresses, uint OpenEpoch = 0) : Message;
