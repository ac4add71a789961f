namespace Paxos.TestKit.Simulation;

/// <summary>What a storm does to a cluster.</summary>
public enum StormFault
{
    /// <summary>Links are cut, in one of the <see cref="PartitionShape"/>s.</summary>
    Partition,

    /// <summary>All links are whole again, before their time.</summary>
    Heal,

    /// <summary>A process ends at any point, with any part of the writes under way.</summary>
    CrashNode,

    /// <summary>All processes end at once.</summary>
    CrashAll,

    /// <summary>An actor of one role ends; the others of its node go on.</summary>
    CrashRole,

    /// <summary>A process stands still: a collection of garbage, a virtual machine that is moved.</summary>
    Pause,

    /// <summary>A leader is asked to let another voter lead.</summary>
    MakeWay,

    /// <summary>A process ends and is back before the others miss it: they must not take it for the one that it was.</summary>
    QuickRestart,

    /// <summary>What a node writes fails: journal and snapshots. Its disk is full, or gone for a while.</summary>
    DiskFails,

    /// <summary>What a node writes takes a hundred times as long.</summary>
    DiskIsSlow,

    /// <summary>A process ends, and its newest snapshot is damaged when it comes back.</summary>
    SnapshotDamaged,

    /// <summary>A process ends and comes back with its disk as it was a while before: somebody has put back a backup.</summary>
    OldCopy,

    /// <summary>The members are to change; what of, and whether a disk is lost for it, is drawn when it comes.</summary>
    ChangeMembers,
}

/// <summary>
/// A fault, drawn ahead, so that one can be left out and the others stay. What it strikes is found when it comes, by numbers
/// that were drawn ahead too.
/// </summary>
/// <param name="AtUs">Virtual time from the start, in microseconds.</param>
/// <param name="Whom">0 to 1: which node. Half of them strike whoever leads: that is where the protocol has something to do.</param>
/// <param name="How">0 to 1: which of its kinds.</param>
/// <param name="ForUs">For how long, in microseconds.</param>
public sealed record PlannedFault(long AtUs, StormFault What, double Whom, double How, long ForUs);
