using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Scenarios;

/// <param name="Outside">Nodes that run, and are no members yet.</param>
/// <param name="ChunkBytes">Bytes in one piece of a snapshot.</param>
internal sealed record LogSetup(LogOptions Options, ImmutableArray<NodeId> Outside, int ChunkBytes);
