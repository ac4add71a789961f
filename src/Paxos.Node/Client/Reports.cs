namespace Paxos.Node.Client;

/// <summary>What <c>paxos decide --json</c> prints.</summary>
/// <param name="Mine">The decided value is the one that was proposed.</param>
internal sealed record DecideReport(string Name, string Value, bool Mine, string Endpoint);

/// <summary>What <c>paxos get KEY --json</c> prints.</summary>
/// <param name="Value">In base64.</param>
internal sealed record RegisterReport(string Key, ulong Version, byte[] Value, string Endpoint);

/// <summary>What <c>paxos set</c>, <c>cas</c> and <c>delete</c> print with <c>--json</c>.</summary>
/// <param name="Done">It happened.</param>
/// <param name="Version">The new version; where another was there, that one; null: the key is absent.</param>
internal sealed record WriteReport(string Key, bool Done, ulong? Version, string Endpoint);

/// <summary>A line that <c>paxos watch --json</c> prints.</summary>
/// <param name="Event">put, delete or reset.</param>
/// <param name="Revision">What <c>--from</c> takes, to go on after this.</param>
/// <param name="Version">The key's; 0 in a reset: the key is absent.</param>
/// <param name="Value">In base64; null: the key is gone.</param>
internal sealed record WatchReport(string Event, ulong Revision, string Key, ulong Version, ReadOnlyMemory<byte>? Value);
