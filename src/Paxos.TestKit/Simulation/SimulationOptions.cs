using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>What is simulated: the cluster, how bad its network and its disks are, and for how long.</summary>
public sealed record SimulationOptions
{
    /// <summary>Named a, b, c, ...; 1 to 9.</summary>
    public int Voters { get; init; } = 3;

    /// <summary>Named after the voters.</summary>
    public int Learners { get; init; }

    /// <summary>Null: majorities.</summary>
    public QuorumRule? Rule { get; init; }

    /// <summary>Small bounds, so that a short run meets them: pages, snapshots, a full window.</summary>
    public LogOptions Log { get; init; } = new()
    {
        Window = 4,
        BatchBytes = 64,
        QueueBytes = 512,
        PageBytes = 48,
        SnapshotEverySlots = 30,
        RetainSlots = 8,
    };

    /// <summary>Short times and small bounds, so that sessions end within a run.</summary>
    public LogSettings Sessions { get; init; } = new()
    {
        SessionTimeout = TimeSpan.FromSeconds(1),
        SessionMaxInFlight = 8,
        IdempotencyKeep = TimeSpan.FromSeconds(5),
        DigestInterval = 10,
        DueMaxPerSlot = 2,
    };

    /// <summary>Of the client on every node.</summary>
    public ClientSettings Clients { get; init; } = new()
    {
        MaxPending = 8,
        SubmitCommands = 3,
        RetryAfter = TimeSpan.FromMilliseconds(100),
        KeepAliveFor = TimeSpan.FromSeconds(1),
    };

    /// <summary>When a caller gives up a call.</summary>
    public TimeSpan CallWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Applications, each with one call at a time.</summary>
    public int Callers { get; init; } = 6;

    /// <summary>Applications that decide and read by name, each with one call at a time; 0: no decisions.</summary>
    public int Deciders { get; init; } = 3;

    /// <summary>The mean time from one change of the members to the next; null: none.</summary>
    public TimeSpan? ChangeEvery { get; init; }

    /// <summary>Bytes of a snapshot that travel in one piece.</summary>
    public int ChunkBytes { get; init; } = 400;

    /// <summary>How long faults come.</summary>
    public TimeSpan Storm { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long after the last fault a new command may take until every node has applied it.</summary>
    public TimeSpan CalmWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of each message between nodes while the storm lasts: how likely it is lost.</summary>
    public double Loss { get; init; } = 0.02;

    /// <summary>How likely it arrives twice.</summary>
    public double Duplication { get; init; } = 0.02;

    /// <summary>How likely it takes up to a hundred times as long, and is overtaken.</summary>
    public double Straggling { get; init; } = 0.02;

    /// <summary>How likely a write takes up to a hundred times as long.</summary>
    public double SlowWrites { get; init; } = 0.02;

    /// <summary>By how much the slowest clock may go too slow: 0.1 is a tenth.</summary>
    public double ClockDrift { get; init; }

    /// <summary>The mean time from one fault to the next.</summary>
    public TimeSpan FaultEvery { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The faults to come; null: drawn from the seed.</summary>
    public IReadOnlyList<PlannedFault>? Faults { get; init; }

    /// <summary>
    /// A crash also loses what the disk said was durable. No consensus survives that on a quorum: it is here to see the invariants
    /// break, and never drawn.
    /// </summary>
    public bool DisksLie { get; init; }

    /// <summary>The mean time from one call of a client to its next.</summary>
    public TimeSpan CallEvery { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>From one round of heartbeats to the next.</summary>
    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The others are told when a node's process ends, and now and then of one that has not: that is no more than a hint.</summary>
    public bool EndsAreSeen { get; init; }

    /// <summary>Everything that happens is written down in <see cref="SimulationResult.Trace"/>.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Another kind of cluster and of weather for each seed.</summary>
    public static SimulationOptions Draw(int seed)
    {
        var random = new Random(seed);
        var voters = random.Next(10) switch { < 6 => 3, < 9 => 5, _ => 4 };
        var calm = random.Next(4) == 0;
        return new SimulationOptions
        {
            Voters = voters,
            Learners = random.Next(4) == 0 ? 1 : 0,
            Rule = random.Next(5) == 0 ? Flexible(voters) : null,
            Log = new LogOptions
            {
                Window = random.Next(1, 9),
                BatchBytes = random.Next(8, 100),
                BatchCommands = random.Next(1, 10),
                QueueBytes = random.Next(50, 500),
                PageBytes = random.Next(8, 100),
                SnapshotEverySlots = random.Next(5, 60),
                // Draws apart: the others stay what they were before there were these.
                EagerSlots = new Random(~seed / 19).Next(4) == 0 ? 1 + new Random(~seed / 5).Next(3) : int.MaxValue,
                SnapshotSoonestSlots = new Random(~seed).Next(240) is < 60 and var soonest ? soonest + 1 : LogOptions.Default.SnapshotSoonestSlots,
                RetainSlots = random.Next(0, 30),
                PromoteWithin = random.Next(0, 30),
            },
            Loss = calm ? 0 : random.NextDouble() * 0.1,
            Duplication = random.NextDouble() * 0.1,
            Straggling = random.NextDouble() * 0.1,
            SlowWrites = random.NextDouble() * 0.1,
            ClockDrift = random.Next(3) == 0 ? random.NextDouble() * 0.3 : 0,
            FaultEvery = TimeSpan.FromMilliseconds(random.Next(100, 1000)),
            CallEvery = TimeSpan.FromMilliseconds(random.Next(5, 60)),
            Sessions = new LogSettings
            {
                SessionTimeout = TimeSpan.FromMilliseconds(random.Next(300, 2000)),
                SessionMaxInFlight = random.Next(2, 20),
                IdempotencyKeep = TimeSpan.FromSeconds(5),
                DigestInterval = random.Next(1, 20),
                DueMaxPerSlot = random.Next(1, 4),
            },
            Clients = new ClientSettings
            {
                MaxPending = random.Next(2, 10),
                SubmitCommands = random.Next(1, 5),
                RetryAfter = TimeSpan.FromMilliseconds(random.Next(50, 300)),
                KeepAliveFor = TimeSpan.FromMilliseconds(random.Next(200, 2000)),
            },
            Callers = random.Next(3, 10),
            ChunkBytes = random.Next(100, 2000),
            ChangeEvery = random.Next(4) == 0 ? null : TimeSpan.FromMilliseconds(random.Next(200, 1500)),
            Deciders = random.Next(1, 5),
            EndsAreSeen = new Random(~seed / 37).Next(4) == 0,
        };
    }

    // Phase 1 asks for more than phase 2.
    private static QuorumRule Flexible(int voters) => new(voters - 1, 2);
}
