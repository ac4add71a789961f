namespace Paxos.TestKit.Simulation;

/// <summary>Draws the faults of a storm, one after the other, each for a while.</summary>
internal static class StormPlan
{
    // As often as it stands here.
    private static readonly StormFault[] Kinds =
    [
        StormFault.Partition, StormFault.Partition, StormFault.Partition, StormFault.Heal,
        StormFault.CrashNode, StormFault.CrashAll,
        StormFault.CrashRole, StormFault.CrashRole, StormFault.CrashRole,
        StormFault.Pause, StormFault.Pause,
        StormFault.MakeWay,
        StormFault.QuickRestart, StormFault.QuickRestart, StormFault.QuickRestart,
        StormFault.DiskFails, StormFault.DiskIsSlow, StormFault.SnapshotDamaged, StormFault.OldCopy,
    ];

    public static IReadOnlyList<PlannedFault> Draw(SimulationOptions options, int seed)
    {
        // Not the numbers of the run itself.
        var random = new Random(~seed);
        var faults = new List<PlannedFault>();
        Add(options.FaultEvery, () => Kinds[random.Next(Kinds.Length)]);
        if (options.ChangeEvery is { } every)
            Add(every, () => StormFault.ChangeMembers);
        faults.Sort((one, other) => one.AtUs.CompareTo(other.AtUs));
        return faults;

        void Add(TimeSpan every, Func<StormFault> draw)
        {
            for (var atUs = Next(); atUs < options.Storm.TotalMicroseconds; atUs += Next())
            {
                var what = draw();
                faults.Add(new PlannedFault(atUs, what, random.NextDouble(), random.NextDouble(), ForUs(what)));
            }

            long Next() => (long)(every.TotalMicroseconds * 2 * random.NextDouble());
        }

        long ForUs(StormFault what) => what switch
        {
            StormFault.Pause => random.Next(10_000, 1_500_000),
            StormFault.QuickRestart => random.Next(1_000, 100_000),
            // One write that fails, or a full disk.
            StormFault.DiskFails => random.Next(2) == 0 ? 1 : random.Next(10_000, 1_000_000),
            _ => random.Next(10_000, 2_000_000),
        };
    }
}
