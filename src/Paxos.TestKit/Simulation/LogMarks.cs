using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>The rare turns of a log's life that are seen in what is sent.</summary>
internal static class LogMarks
{
    public const string Gap = "a gap was filled by a no-op";
    public const string Adopted = "a value was adopted from a lower ballot";
    public const string Page = "a promise had a second page";
    public const string LateAccept = "a deposed leader's Accept came late";
    public const string LatePrepare = "a Prepare met a higher promise";
    public const string TrimmedSkipped = "a promise spoke of trimmed slots";
    public const string Snapshot = "a node caught up by a snapshot";
    public const string Fetched = "a node fetched what it had missed";
    public const string Led = "a leader stood up";
    public const string TookOver = "a leader made way";
    public const string Read = "a read was confirmed";
    public const string CrashKept = "a crash kept a write that nobody had heard of";
    public const string CrashLost = "a crash lost a write that nobody had heard of";
    public const string Ticked = "a tick was proposed";
    public const string Expired = "a command met an expired session";
    public const string SessionEnded = "a session ended";
    public const string KeyExpired = "a register expired";
    public const string AskedAgain = "a command was asked for again at another node";
    public const string Repeated = "a command came to the log twice";
    public const string Reconfigured = "reconfigured";
    public const string RemovedItself = "a leader removed itself";
    public const string Promoted = "a learner was promoted";
    public const string Replaced = "a node was replaced";
    public const string DiskLost = "a disk was lost";
    public const string Retired = "a removed node learned that it was";
    public const string FenceAdopted = "a new leader found the fence in a promise";
    public const string Transferred = "a transfer succeeded";
    public const string PassedOver = "a damaged snapshot was passed over";
    public const string Transfer = "money was moved";
    public const string TransferRefused = "an account had too little";
    public const string OldCopy = "an old copy of a disk was put back";
    public const string OldCopyRefused = "an old copy of a disk was found out";
    public const string CameDamaged = "another node's snapshot came damaged";

    public static readonly string[] All =
    [
        Gap, Adopted, Page, LateAccept, LatePrepare, TrimmedSkipped, Snapshot, Fetched, Led, TookOver, Read, CrashKept, CrashLost, Ticked,
        Expired, SessionEnded, KeyExpired, AskedAgain, Repeated,
        Reconfigured, RemovedItself, Promoted, Replaced, DiskLost, Retired, FenceAdopted, Transferred, PassedOver, OldCopy, OldCopyRefused, CameDamaged, Transfer, TransferRefused,
    ];

    public static void Sent(LogSimulation world, Place from, NodeId to, Message message)
    {
        var invariants = world.Invariants;
        if (message is Accept { Ballot: var ballot } && !invariants.HasProposed(ballot))
        {
            world.Marks.Hit(world.Successor == from.Node, Transferred);
            world.Successor = default;
        }
        switch (message)
        {
            case Prepare m when invariants.IsNew(m.Ballot):
                world.Marks.Hit(Led);
                break;
            case Accept m when invariants.IsFirst(m) && m.Entry == Protocol.Log.Entry.NoOp:
                world.Marks.Hit(invariants.IsGap(m.Slot, m.Ballot), Gap);
                break;
            case Accept m when invariants.IsFirst(m):
                world.Marks.Hit(invariants.IsAdopted(m), Adopted);
                world.Marks.Hit(invariants.IsAdopted(m) && m.Entry.Kind == Protocol.Log.EntryKind.Configuration, FenceAdopted);
                world.Marks.Hit(m.Entry.Kind == Protocol.Log.EntryKind.Batch && Protocol.Log.Batch.Decode(m.Entry.Value).Commands.Count == 0, Ticked);
                break;
            case Promise m when to != from.Node:
                world.Marks.Hit(m.Next > 0, Page);
                world.Marks.Hit(m.TrimmedThrough >= m.From, TrimmedSkipped);
                break;
            case Nack m:
                world.Marks.Hit(invariants.HasProposed(m.Ballot) ? LateAccept : LatePrepare);
                break;
            case Protocol.Log.Entries when to != from.Node:
                world.Marks.Hit(Fetched);
                break;
            case TakeOver:
                world.Marks.Hit(TookOver);
                world.Successor = to;
                break;
        }
    }
}
