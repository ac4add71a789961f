using Paxos.Protocol;

namespace Paxos.Actors.Wire;

/// <summary>
/// The host's own: the records of this journal before a number are not needed any more, and may be gone. A journal that
/// begins later without saying so has lost its beginning.
/// </summary>
internal sealed record JournalKept(ulong First) : Event;
