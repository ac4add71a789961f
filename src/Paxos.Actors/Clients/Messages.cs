using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

// What an app outside the members and the member that runs its calls say to each other. They are their own form on the wire: a
// call is made once, and nobody changes it.

/// <summary>Calls that waited together; none: is the member there, who leads, and what has come there?</summary>
internal sealed record Calls(Proto.Calls Content);

/// <summary>How calls ended, in any order; each is answered once.</summary>
internal sealed record Replies(Proto.Replies Content);
