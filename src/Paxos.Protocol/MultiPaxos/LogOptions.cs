namespace Paxos.Protocol.MultiPaxos;

/// <summary>The bounds and delays of a replicated log. Every node of a group may have its own; none of them touches safety.</summary>
public sealed record LogOptions
{
    public static readonly LogOptions Default = new();

    /// <summary>Slots that a leader has proposed and not yet seen chosen: at most so many. 1 or more.</summary>
    public int Window { get; init; } = 16;

    /// <summary>
    /// While so many slots are under way commands gather, and only a full slot is proposed. Two keep the disks and the network busy
    /// at once; what a further one would save in waiting, smaller batches cost again. 1 or more; from <see cref="Window"/> on: nothing gathers.
    /// </summary>
    public int EagerSlots { get; init; } = 2;

    /// <summary>Bytes of commands in one slot; a larger single command has a slot of its own.</summary>
    public int BatchBytes { get; init; } = 256 * 1024;

    /// <summary>Commands in one slot.</summary>
    public int BatchCommands { get; init; } = 1024;

    /// <summary>Bytes of commands that wait at the leader; one more command is refused as <see cref="Log.Refusal.Overloaded"/>.</summary>
    public int QueueBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of entries in one answer, a promise's page or a page of chosen entries; one entry always fits.</summary>
    public int PageBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// For how many bytes of a snapshot a slot counts: to keep a slot, and to apply it at a start, costs about as much as to write those.
    /// </summary>
    public const int SlotBytes = 4096;

    /// <summary>So many times as many slots, or bytes, as they say are waited for at most where the last snapshot was large.</summary>
    public const int MaxStretch = 8;

    /// <summary>
    /// A snapshot is wanted after this many applied slots, or more where that many times <see cref="SlotBytes"/> are less than the last
    /// one had,
    /// </summary>
    public int SnapshotEverySlots { get; init; } = 10_000;

    /// <summary>or after this many bytes of entries, or more where the last one had more: what it costs a command does not grow with the state.</summary>
    public long SnapshotEveryBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// After so many slots a snapshot is wanted already where their entries are as large as the last one: it costs no more than the
    /// log did, and a small state has a short log to start from. 1 or more; above <see cref="SnapshotEverySlots"/>: never.
    /// </summary>
    public int SnapshotSoonestSlots { get; init; } = 1_000;

    /// <summary>
    /// Chosen slots that are kept behind a snapshot, for nodes that are a little behind: further ones get the snapshot. Fewer where
    /// the last snapshots were closer together, but never fewer than <see cref="SnapshotSoonestSlots"/> for that,
    /// </summary>
    public int RetainSlots { get; init; } = 5_000;

    /// <summary>
    /// where those have no more than so many bytes, about: they take as many of memory and of the journal. Or than the snapshot has,
    /// where that is more: to send them costs no more than to send it.
    /// </summary>
    public long RetainBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>A learner that is to become a voter has caught up when it is at most so many slots behind.</summary>
    public int PromoteWithin { get; init; } = 100;

    /// <summary>
    /// The leader makes voters of those that join, when they have caught up. False where the configuration follows another group's.
    /// </summary>
    public bool Promotes { get; init; } = true;

    /// <summary>How long to wait for an answer before it is asked for again.</summary>
    public RetryDelays Retry { get; init; } = RetryDelays.Default;

    /// <summary>Where the leader is gone, a node stands after a delay that the host draws from nothing to this.</summary>
    public TimeSpan StandWithin { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>A ballot that was promised and whose leader is not seen at work for this long, or twice this, is not waited for.</summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(500);
}
