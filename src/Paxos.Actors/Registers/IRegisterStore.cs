namespace Paxos.Actors.Registers;

/// <summary>What a read may answer from.</summary>
public enum Consistency
{
    /// <summary>Everything that was acknowledged before the read began is seen, whichever node is asked.</summary>
    Linearizable,

    /// <summary>What this node has applied, without asking anyone: it may be old, and where the node is cut off, very old.</summary>
    Local,
}

/// <summary>What must hold for a write or a deletion to happen.</summary>
/// <param name="Version">Null: no condition. 0: the key must be absent. Else: the key must have exactly this version.</param>
public readonly record struct Condition(ulong? Version)
{
    public static readonly Condition None;

    public static readonly Condition Absent = new(0);
}

/// <summary>A value and the revision of the store that wrote it. A version is never used twice.</summary>
public sealed record Versioned<T>(T Value, ulong Version);

/// <param name="Key">Null values mean: the key is gone.</param>
public sealed record RegisterItem(string Key, ulong Version, ReadOnlyMemory<byte> Value);

/// <param name="Revision">The store's revision at which the page was read.</param>
/// <param name="Next">Where the next page begins: give it as <c>after</c>; null: this was the last.</param>
public sealed record RegisterPage(ulong Revision, IReadOnlyList<RegisterItem> Items, string? Next);

/// <summary>How a write ended.</summary>
/// <param name="Version">The new version; where the condition did not hold, the current one (0: absent).</param>
public readonly record struct Written(bool Happened, bool Created, ulong Version);

public enum RegisterEventKind
{
    Put,
    Delete,

    /// <summary>History was lost (compacted, or the watcher fell behind): this is the key's current value, or its absence.</summary>
    Reset,

    /// <summary>Nothing changed; <see cref="RegisterEvent.Revision"/> is how far the node has applied.</summary>
    Progress,
}

/// <param name="Revision">The store's revision of this event: a watch that begins after it sees what followed.</param>
/// <param name="Value">Of Put, and of Reset where the key exists; else null.</param>
public sealed record RegisterEvent(RegisterEventKind Kind, ulong Revision, string Key, ReadOnlyMemory<byte>? Value, ulong Version);

/// <summary>
/// The registers as bytes: what <see cref="IRegister{T}"/>, HTTP and the command line stand on. Keys: 1 to 512 bytes as UTF-8
/// (see <see cref="InstanceName"/>). Values: up to <see cref="MaxValueBytes"/>.
/// </summary>
/// <remarks>
/// Every call throws <see cref="ArgumentException"/> for a bad key or value, <see cref="NotAppliedException"/> where it
/// certainly did not happen, and <see cref="OutcomeUnknownException"/> where it may have (a write only); a write with an
/// idempotency key that was used for another one throws <see cref="KeyConflictException"/>.
/// <para>
/// With <c>paxos.registers.groups</c> above 1 the keys are spread over so many groups. A group is the unit of order: versions and
/// revisions count within the group of a key, and say nothing about other keys. A range is then put together from all groups,
/// each as it is at some moment of the call, with the lowest of their revisions; a prefix can't be watched.
/// </para>
/// </remarks>
public interface IRegisterStore
{
    const int MaxValueBytes = 1024 * 1024;

    /// <returns>Null: the key is absent.</returns>
    Task<RegisterItem?> ReadAsync(string key, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default);

    /// <param name="ttl">The key goes when so much replicated time has passed, not sooner; null: it stays, also if it had one before. 1 ms or more.</param>
    /// <param name="idempotencyKey">1 to 128 bytes: the same call again with the same key is answered with the first one's result, for an hour.</param>
    Task<Written> WriteAsync(
        string key, ReadOnlyMemory<byte> value, Condition condition = default, TimeSpan? ttl = null, string? idempotencyKey = null, CancellationToken ct = default);

    /// <returns>Happened: it was there, and the condition held.</returns>
    Task<Written> DeleteAsync(string key, Condition condition = default, string? idempotencyKey = null, CancellationToken ct = default);

    /// <summary>The keys that begin with a prefix, in the order of their UTF-8 bytes.</summary>
    /// <param name="after">Keys up to this one are left out; null: from the first.</param>
    /// <param name="limit">1 to 1,000 items; a page also ends at 1 MiB of values.</param>
    Task<RegisterPage> RangeAsync(
        string prefix, string? after = null, int limit = 100, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default);

    /// <summary>
    /// The changes of one key, or of all that begin with a prefix, in order, as this node applies them. Of a prefix only where
    /// all keys are in one group: else it throws <see cref="ArgumentException"/>.
    /// </summary>
    /// <param name="after">The revision after which to begin; null: a Reset of what is there now, then on.</param>
    IAsyncEnumerable<RegisterEvent> WatchAsync(string keyOrPrefix, bool isPrefix, ulong? after = null, CancellationToken ct = default);
}
