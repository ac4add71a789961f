namespace Paxos.Protocol;

/// <summary>What a node heard of another's journal: that process of that incarnation had durably written that many events.</summary>
public readonly record struct Heard(Incarnation Incarnation, ulong Journal, ulong Process = 0);

/// <summary>
/// What nodes tell each other at intervals, before anything else and for as long as they run. Its envelope names the
/// sender's incarnation; the receiver's may be unknown, or be another by now: a Hello is heard all the same.
/// </summary>
/// <param name="Genesis">The genesis that the sender durably holds, if it does.</param>
/// <param name="IsOpen">The sender knows that all members durably hold this genesis.</param>
/// <param name="Journal">How many events the sender has durably written so far, ever; 0 where it does not count.</param>
/// <param name="Heard">What the sender heard of the receiver since it started, if anything.</param>
/// <param name="Current">The newest configuration that the sender knows, where that is another than its genesis.</param>
/// <param name="Process">Another number at each start of the sender's process.</param>
/// <param name="Began">How many events there were when that started.</param>
public sealed record Hello(
    Configuration? Genesis, bool IsOpen, ulong Journal, Heard? Heard, Configuration? Current = null, ulong Process = 0, ulong Began = 0) : Message;

/// <summary>The data directory has a journal: from now on one without this event is not the node's.</summary>
public sealed record Born(Identity Identity) : Event;

/// <summary>This node holds this genesis: for ever, and no other.</summary>
public sealed record GenesisAgreed(Configuration Genesis) : Event;

/// <summary>All members hold this node's genesis: it may take part.</summary>
public sealed record Opened : Event;

/// <summary>A later configuration that names this node: a hint, so that after a restart it knows whom to look for.</summary>
public sealed record ConfigurationKnown(Configuration Configuration) : Event;
