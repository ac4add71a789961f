using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>How the node behind an endpoint is; without a status, why there is none.</summary>
internal sealed record EndpointStatus(string Endpoint, StatusDocument? Status, string? Problem);

/// <summary>What <c>paxos decide --json</c> prints.</summary>
/// <param name="Mine">The decided value is the one that was proposed.</param>
internal sealed record DecideReport(string Name, string Value, bool Mine, string Endpoint);
