using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>How the node behind an endpoint is; without a status, why there is none.</summary>
internal sealed record EndpointStatus(string Endpoint, StatusDocument? Status, string? Problem);
