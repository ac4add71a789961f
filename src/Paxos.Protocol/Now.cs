namespace Paxos.Protocol;

/// <summary>
/// What the host's clocks say as it hands a role a message; the core has none. Neither decides who leads or what is chosen.
/// </summary>
/// <param name="MonotonicMs">Milliseconds since some point of this process's own; never falls. What the log's time advances by.</param>
/// <param name="WallMs">Milliseconds since 1970-01-01 UTC, right or wrong. It rides along as data and no deadline hangs on it.</param>
public readonly record struct Now(ulong MonotonicMs, ulong WallMs);
