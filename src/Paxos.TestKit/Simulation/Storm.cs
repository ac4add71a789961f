using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation;

/// <summary>The faults that were planned, as they come due.</summary>
internal sealed class Storm(LogSimulation world)
{
    /// <summary>What it does, in the words of <see cref="Marks"/>.</summary>
    public static readonly string[] Kinds =
    [
        .. Enum.GetValues<PartitionShape>().Select(Mark),
        NodeCrashed, AllCrashed, .. Enum.GetValues<Role>().Select(Mark), Paused, AskedToMakeWay, RestartedQuickly, DiskWasSlow,
        EndSeen, EndSeenWrongly,
        SimulatedDisk.Mark(SimulatedDisk.Event), SimulatedDisk.Mark(SimulatedDisk.Snapshot),
    ];

    private const string NodeCrashed = "a node crashed";
    private const string AllCrashed = "all nodes crashed";
    private const string Paused = "a node paused";
    private const string AskedToMakeWay = "a leader was asked to make way";
    private const string RestartedQuickly = "a node restarted quickly";
    private const string DiskWasSlow = "a disk was slow";

    /// <summary>That of a process that was heard until then.</summary>
    public const string EndSeen = "a process was seen to end";

    public const string EndSeenWrongly = "a process was said to have ended that runs";

    private bool isOver;

    public void Begin()
    {
        foreach (var fault in world.Faults)
            world.Schedule.At(fault.AtUs, () => Strike(fault));
    }

    /// <summary>All is healed, and everybody is back.</summary>
    public void End()
    {
        isOver = true;
        world.Network.IsBad = false;
        world.Network.Heal();
        foreach (var node in world.Nodes.ToList())
        {
            node.Disk.Heal();
            node.Resume();
            node.Start();
            foreach (var role in node.Roles)
                node.Start(role);
        }
    }

    private void Strike(PlannedFault fault)
    {
        var node = Victim(fault.Whom);
        switch (fault.What)
        {
            case StormFault.Partition:
                var shape = Pick(Enum.GetValues<PartitionShape>(), fault.How);
                Hit(Mark(shape));
                Partitions.Apply(
                    world.Network, shape, [.. world.Nodes.Where(each => !each.IsGone).Select(each => each.Id).Distinct()], node.Id, RandomOf(fault));
                Later(fault, world.Network.Heal);
                break;
            case StormFault.Heal:
                world.Network.Heal();
                break;
            case StormFault.CrashNode:
                Hit(NodeCrashed);
                node.Crash();
                Later(fault, node.Start);
                break;
            case StormFault.CrashAll:
                Hit(AllCrashed);
                var random = RandomOf(fault);
                foreach (var each in world.Nodes.ToList())
                {
                    each.Crash();
                    Later(random.NextInt64(fault.ForUs), each.Start);
                }
                break;
            case StormFault.CrashRole:
                var role = Pick([.. node.Roles], fault.How);
                Hit(Mark(role.Place.Role));
                node.Crash(role);
                Later(fault, () => node.Start(role));
                break;
            case StormFault.Pause:
                Hit(Paused);
                node.Pause(fault.ForUs);
                break;
            case StormFault.MakeWay:
                var leader = world.Nodes.Find(each => each.Leads) ?? node;
                Hit(AskedToMakeWay);
                world.Send(node, leader.Id, new Transfer(world.NextId(), Pick([.. world.Invariants.Newest.Voters], fault.How).Id));
                break;
            case StormFault.QuickRestart:
                Hit(RestartedQuickly);
                node.Crash();
                world.Schedule.In(fault.ForUs, node.Start);
                break;
            case StormFault.DiskFails:
                node.Disk.Fail(fault.ForUs);
                break;
            case StormFault.DiskIsSlow:
                Hit(DiskWasSlow);
                node.Disk.SlowDown(fault.ForUs);
                break;
            case StormFault.SnapshotDamaged:
                var mayBeDamaged = world.Administrator.MayLose(node.Self);
                node.Crash();
                if (mayBeDamaged)
                    node.DamageSnapshot();
                Later(fault, node.Start);
                break;
            case StormFault.OldCopy:
                var copy = node.CopyDisk();
                Later(fault, () => world.Administrator.PutBack(node, copy));
                break;
            case StormFault.ChangeMembers:
                world.Administrator.Change();
                break;
        }
    }

    private SimulatedNode Victim(double whom)
    {
        var nodes = world.Nodes.FindAll(node => !node.IsGone);
        var leaders = nodes.FindAll(node => node.Leads);
        return leaders.Count == 0 ? Pick(nodes, whom)
            : whom < 0.5 ? Pick(leaders, whom * 2)
            : Pick(nodes, whom * 2 - 1);
    }

    private static string Mark(PartitionShape shape) => $"partition: {shape}";

    private static string Mark(Role role) => $"a {role.ToString().ToLowerInvariant()} crashed alone";

    private static T Pick<T>(IReadOnlyList<T> all, double number) => all[(int)(number * all.Count)];

    private static Random RandomOf(PlannedFault fault) => new((int)(fault.How * int.MaxValue));

    private void Hit(string fault)
    {
        world.Trace($"fault: {fault}");
        world.Marks.Hit(fault);
    }

    private void Later(PlannedFault fault, Action end) => Later(fault.ForUs, end);

    private void Later(long us, Action end) => world.Schedule.In(us, () =>
    {
        if (!isOver)
            end();
    });
}
