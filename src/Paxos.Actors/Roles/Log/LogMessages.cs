using Akka.Actor;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

// What the actors of one log on one node say to each other. It never leaves the node.

/// <summary>A call for the log: this command, once. The result is set by the deadline.</summary>
/// <param name="Key">An idempotency key, or null.</param>
internal sealed record LogCommand(Value Payload, string? Key, Completion Done) : INoSerializationVerificationNeeded;

/// <summary>A question to the machine. The answer is set by the deadline.</summary>
/// <param name="IsLocal">Asked of the state as it is here, however old.</param>
internal sealed record LogRead(Question Question, bool IsLocal) : INoSerializationVerificationNeeded;

/// <summary>Calls that came together, each a <see cref="LogCommand"/> or a <see cref="LogRead"/>.</summary>
internal sealed record LogBatch(IReadOnlyList<object> Calls) : INoSerializationVerificationNeeded;

/// <summary>The log is open on this node: calls can be served.</summary>
internal sealed record LogOpened(LogContext Log, IActorRef Supervisor) : INoSerializationVerificationNeeded;

/// <summary>To the learner: answer this from the state as it is.</summary>
/// <param name="Slot">It must hold at least this slot, or the answer would be older than what somebody was told; 0: however old.</param>
internal sealed record LocalQuery(Question Question, ulong Slot) : INoSerializationVerificationNeeded;

/// <summary>Learner to the client: applied up to this slot, and this came of it.</summary>
/// <param name="IsRestored">A snapshot was restored: nothing was told of the slots that it skipped.</param>
internal sealed record AppliedHere(ulong Slot, IReadOnlyList<Completed> Completed, bool IsRestored = false) : INoSerializationVerificationNeeded;

/// <summary>A configuration was applied in a group's log.</summary>
/// <param name="Slot">Of its entry.</param>
/// <param name="Configurations">All that the log has come through, in order; it is the last.</param>
internal sealed record ConfigurationApplied(GroupId Group, Configuration Configuration, ulong Slot, IReadOnlyList<Configuration> Configurations) : INoSerializationVerificationNeeded;

/// <summary>The leader refused what the members' actor asked for.</summary>
internal sealed record ChangeRefused(ulong Id, Refusal Why) : INoSerializationVerificationNeeded;

/// <summary>To a group that has no members of its own: its configuration is to become this one.</summary>
internal sealed record Follow(Configuration Configuration) : INoSerializationVerificationNeeded;

/// <summary>Learner to the supervisor: this node's machine is not where the others' are.</summary>
internal sealed record DivergedHere(Diverged Told) : INoSerializationVerificationNeeded;
