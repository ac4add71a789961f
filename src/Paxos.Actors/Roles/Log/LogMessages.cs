using Akka.Actor;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

// What the actors of one log on one node say to each other. It never leaves the node.

/// <summary>A call for the log: this command, once. The result is set by the deadline.</summary>
/// <param name="Key">An idempotency key, or null.</param>
internal sealed record LogCommand(Value Payload, string? Key, TaskCompletionSource<Result> Done) : INoSerializationVerificationNeeded;

/// <summary>A question to the machine. The answer is set by the deadline.</summary>
/// <param name="IsLocal">Asked of the state as it is here, however old.</param>
internal sealed record LogRead(Question Question, bool IsLocal) : INoSerializationVerificationNeeded;

/// <summary>The log is open on this node: calls can be served.</summary>
internal sealed record LogOpened(LogContext Log, IActorRef Supervisor) : INoSerializationVerificationNeeded;

/// <summary>To the learner: answer this from the state as it is.</summary>
internal sealed record LocalQuery(Question Question) : INoSerializationVerificationNeeded;

/// <summary>Learner to the client: applied up to this slot, and this came of it.</summary>
/// <param name="IsRestored">A snapshot was restored: nothing was told of the slots that it skipped.</param>
internal sealed record AppliedHere(ulong Slot, IReadOnlyList<Completed> Completed, bool IsRestored = false) : INoSerializationVerificationNeeded;

/// <summary>A configuration was applied.</summary>
internal sealed record ConfigurationApplied(Configuration Configuration) : INoSerializationVerificationNeeded;

/// <summary>Learner to the supervisor: this node's machine is not where the others' are.</summary>
internal sealed record DivergedHere(Diverged Told) : INoSerializationVerificationNeeded;
