using Paxos.Actors.Decisions;
using Paxos.Protocol;

namespace Paxos.Actors.Wire;

/// <summary>A client's call, handed on by a node that has no proposer to one that has.</summary>
internal sealed record Forward(ulong Id, TimeSpan Timeout, Decision.Request Request) : Message;

/// <summary>What came of a <see cref="Forward"/>.</summary>
internal sealed record Answer(ulong Id, Decision.Response Response) : Message;
