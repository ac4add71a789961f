using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using Paxos.TestKit.Simulation.Decisions;

namespace Paxos.TestKit.Simulation;

/// <summary>A process with its roles, its ear, its clock and its disk, and the front through which applications call it.</summary>
internal sealed class SimulatedNode
{
    // 65 rounds at most before a restart: blocks of this many are met.
    public const int RoundsBlock = 3;

    private readonly LogSimulation world;
    private readonly Effects heard = new();
    private readonly List<Completed> completed = [];
    private readonly Queue<Action> held = [];
    private readonly SnapshotHost snapshots;
    private Proposer? proposer;
    private Learner? learner;
    private Hearing? hearing;
    private ulong toldSlot;
    private long toldUs;
    private bool isRestored;
    private long clockUs;
    private int life;
    private long pausedUntilUs;

    /// <param name="settings">Who the members are, as its settings say.</param>
    /// <param name="joins">It waits to be added to them.</param>
    /// <param name="hasAcceptor">False on a node without a vote: it gets one when it is given a vote.</param>
    public SimulatedNode(Member self, Configuration settings, bool joins, bool hasAcceptor, LogSimulation world)
    {
        Self = self;
        this.world = world;
        Disk = new SimulatedDisk(this, world);
        Membership = new SimulatedFormation(this, settings, joins, world);
        Proposer = new SimulatedRole(Role.Proposer, this, world);
        Learner = new SimulatedRole(Role.Learner, this, world);
        snapshots = new SnapshotHost(this, world);
        if (hasAcceptor)
            Acceptor = new SimulatedRole(Role.Acceptor, this, world);
    }

    public Member Self { get; }

    public NodeId Id => Self.Id;

    public SimulatedFormation Membership { get; }

    public SimulatedDisk Disk { get; }

    /// <summary>Null: the process is down, or takes no part.</summary>
    public SimulatedFront? Front { get; private set; }

    public SimulatedRole Proposer { get; }

    public SimulatedRole? Acceptor { get; private set; }

    public SimulatedRole Learner { get; }

    public IEnumerable<SimulatedRole> Roles
    {
        get
        {
            if (Acceptor is not null)
                yield return Acceptor;
            yield return Learner;
            yield return Proposer;
            if (Decisions is null)
                yield break;
            yield return Decisions.Acceptors;
            yield return Decisions.Proposers;
        }
    }

    /// <summary>Null: it takes no part yet.</summary>
    public SimulatedDecisions? Decisions { get; private set; }

    /// <summary>How fast its clock goes: never too fast, or what is left for so long would go too soon.</summary>
    public double ClockRate { get; private set; } = 1;

    public bool IsUp => hearing is not null;

    /// <summary>It never runs again: it was removed, or its disk is lost.</summary>
    public bool IsGone { get; private set; }

    /// <summary>An old copy of its disk was put back: what it promised since is forgotten, so it is lost as a member.</summary>
    public bool IsOldCopy { get; private set; }

    /// <summary>Its disk is not there any more, or is an old copy.</summary>
    public bool IsLost => IsGone || IsOldCopy;

    public bool IsPaused => world.Schedule.NowUs < pausedUntilUs;

    /// <summary>Who leads, as far as it knows.</summary>
    public NodeId Leader => proposer?.Leader ?? default;

    /// <summary>It leads, as far as it knows itself.</summary>
    public bool Leads => Leader == Id;

    /// <summary>Null while the learner is down.</summary>
    public JudgedReplica? Replica { get; private set; }

    /// <summary>Its wall clock goes wrong: no deadline of the log may hang on it.</summary>
    public Now Now => new(
        (ulong)(clockUs + world.Schedule.NowUs * ClockRate) / 1000,
        (ulong)(1_000_000_000_000 + world.Random.NextInt64(-500_000_000, 500_000_000)));

    /// <summary>Something happens on this node: later, and in the order in which it came, where it is paused then.</summary>
    public void At(long us, Action what) => world.Schedule.At(us, () =>
    {
        if (IsPaused || held.Count > 0)
            held.Enqueue(what);
        else
            what();
    });

    public void Pause(long us)
    {
        pausedUntilUs = Math.Max(pausedUntilUs, world.Schedule.NowUs + us);
        world.Schedule.At(pausedUntilUs, Release);
    }

    public void Resume()
    {
        pausedUntilUs = 0;
        Release();
    }

    public void Start()
    {
        if (IsUp || IsGone)
            return;
        life++;
        clockUs = world.Random.Next(1_000_000_000);
        ClockRate = 1 - world.Random.NextDouble() * world.Options.ClockDrift;
        hearing = new Hearing(Id, world.NextId(), patience: 3);
        Membership.Start();
        BeginRound(life);
    }

    public void Start(SimulatedRole role)
    {
        if (role.IsUp || Front is null)
            return;
        var configuration = Membership.First!;
        if (Decisions!.Owns(role))
        {
            Decisions.Start(role);
        }
        else if (role == Acceptor)
        {
            var acceptor = new Acceptor(Id, world.Options.Log);
            role.Start(new OfLog(acceptor), acceptor.Start);
        }
        else if (role == Learner)
        {
            Replica = new JudgedReplica(Id, world);
            var bytes = snapshots.Load(Replica);
            isRestored = Replica.AppliedSlot > 0;
            learner = new Learner(Id, configuration, Replica, world.Options.Log, Acceptor is not null);
            Decisions.Move(Replica.Configurations);
            if (Replica.InForce is { } inForce)
                Membership.Adopt(inForce.Configuration);
            role.Start(new OfLog(learner), effects => learner.Start(Replica.AppliedSlot, Replica.InForce, effects, bytes));
        }
        else
        {
            proposer = new Proposer(Id, configuration, new Rounds(RoundsBlock), world.Options.Log);
            role.Start(new OfLog(proposer), effects =>
            {
                proposer.Start(Now, effects);
                proposer.On(hearing!.View, Now, effects);
            });
        }
    }

    /// <summary>Its newest snapshot is damaged: what was in it, and is in no log any more, it does not have.</summary>
    public bool HasDamage => snapshots.HasDamage;

    public void Crash(SimulatedRole role, int mayKeep = int.MaxValue)
    {
        role.Crash(mayKeep);
        if (role == Learner)
            (learner, Replica) = (null, null);
        else if (role == Proposer)
            proposer = null;
        else
            Decisions?.Crashed(role);
    }

    public void Crash()
    {
        foreach (var role in Roles)
            Crash(role);
        Membership.Crash();
        world.Administrator.Forgotten(this);
        var front = Front;
        (Front, hearing) = (null, null);
        front?.Crash();
        completed.Clear();
        life++;
        Resume();
        if (world.Options.EndsAreSeen)
            ShowEnd();
    }

    // To some sooner than to others, and it may be back by then.
    private void ShowEnd()
    {
        foreach (var other in world.Nodes)
        {
            var ended = world.Random.Next(16) == 0 ? world.Nodes[world.Random.Next(world.Nodes.Count)] : this;
            other.At(world.Schedule.NowUs + world.Random.Next(50_000), () => other.SeeEnd(ended));
        }
    }

    private void SeeEnd(SimulatedNode ended) => Hear(_ =>
    {
        if (hearing?.OnEnded(ended.Id) != true)
            return false;
        world.Marks.Hit(ended.IsUp ? Storm.EndSeenWrongly : Storm.EndSeen);
        return true;
    });

    /// <summary>While it is down.</summary>
    public void DamageSnapshot()
    {
        if (snapshots.Damage())
            world.Trace($"fault: the newest snapshot of {Id} is damaged");
    }

    /// <summary>All that is durable, as it is now.</summary>
    public DiskCopy CopyDisk()
    {
        var (written, acceptor) = (Disk.Written, Acceptor);
        Action putBack = Membership.Copy() + snapshots.Copy();
        foreach (var role in Roles)
            putBack += role.Journal.Copy();
        return new DiskCopy(written, () =>
        {
            Decisions?.Acceptors.Journal.Clear();
            Decisions?.Proposers.Journal.Clear();
            Acceptor = acceptor;
            putBack();
            Disk.Written = written;
        });
    }

    /// <summary>The process comes back with what was on its disk then.</summary>
    public void StartFrom(DiskCopy copy)
    {
        Crash();
        copy.PutBack();
        IsOldCopy = true;
        Start();
    }

    /// <summary>It goes for good.</summary>
    public void Retire()
    {
        IsGone = true;
        Crash();
    }

    /// <summary>What this node's proposer means by a name, where it is down what the node does.</summary>
    public Member? Find(NodeId node, SimulatedRole? role)
    {
        if (role is not null && Decisions?.Owns(role) == true)
            return Decisions.Find(node);
        return role == Proposer && proposer is not null ? proposer.Find(node) : Membership.Find(node, Replica?.InForce?.Configuration);
    }

    /// <summary>It has found out that it may take no part any more.</summary>
    public void Refuse(string reason)
    {
        world.Trace($"{Id} refuses: {reason}");
        if (!IsOldCopy && (world.Invariants.Newest.Names(Self) || !reason.Contains("was removed", StringComparison.Ordinal)))
            world.Invariants.Break(LogInvariant.RefusesRightly, $"{Id} has its own disk and was not removed, and refuses: {reason}");
        world.Marks.Hit(IsOldCopy ? LogMarks.OldCopyRefused : LogMarks.Retired);
        Retire();
    }

    /// <summary>Does this later, where the process is still the same.</summary>
    public void Again(Action what)
    {
        var began = life;
        At(world.Schedule.NowUs + world.Random.Next(1_000, 200_000), () =>
        {
            if (life == began)
                what();
        });
    }

    /// <summary>Another start of the process: a connection to the one before is not one to it.</summary>
    public int Life => life;

    public bool Listens(Member sender, Message message)
    {
        var isAdmitted = IsUp && Membership.Listens(sender);
        return IsOfDecisions(message) ? Decisions?.Listens(sender, message, isAdmitted) == true : isAdmitted;
    }

    /// <summary>A message has arrived.</summary>
    public void Deliver(NodeId from, Message message)
    {
        if (Front is null)
            return;
        if (IsOfDecisions(message))
            Decisions!.On(from, message);
        else if (message is Ping or Pong)
            Hear(yields => hearing!.On(from, message, yields));
        else if (message is Refused refused && world.Administrator.Takes(refused))
            return;
        else if (Takers.Of(message, isOwn: from == Id, Acceptor is not null) is null)
            Front.On(from, message);
        else
            TakerOf(from, message)?.Take(from, message);
    }

    public void Told(Effect.Told told)
    {
        switch (told)
        {
            case Completed m:
                completed.Add(m);
                break;
            case Reconfigured m:
                world.Administrator.Seen(m.Configuration, m.Slot);
                var started = life;
                At(world.Schedule.NowUs, () =>
                {
                    if (life != started)
                        return;
                    Membership.Adopt(m.Configuration);
                    TakePart();
                    if (Replica is not null)
                        Decisions?.Move(Replica.Configurations);
                });
                break;
            case SnapshotWanted:
                snapshots.Write(learner!);
                break;
            case SnapshotAsked m:
                snapshots.Send(m);
                break;
            case ChunkReceived m:
                snapshots.Receive(m);
                break;
            default:
                Decisions?.Told(told);
                break;
        }
    }

    /// <summary>A step of a role is done: what the learner has told goes to the front, in order.</summary>
    public void Acted(SimulatedRole role)
    {
        if (role != Learner || learner is null || Front is not { } front)
            return;
        // In the same step: it would take back what was applied meanwhile.
        if (snapshots.TakeArrived() is { } arrived)
        {
            Restore(arrived.Slot, arrived.Whole);
            return;
        }
        if (completed.Count == 0 && learner.AppliedThrough == toldSlot && !isRestored)
            return;
        var (told, slot, restored) = (completed.ToArray(), learner.AppliedThrough, isRestored);
        completed.Clear();
        (toldSlot, isRestored) = (slot, false);
        toldUs = Math.Max(toldUs, world.Schedule.NowUs + world.Random.Next(20));
        At(toldUs, () =>
        {
            if (Front == front)
                front.OnApplied(told, slot, restored);
        });
    }

    private void Restore(ulong slot, byte[] whole)
    {
        var fresh = learner!;
        if (Disk.Fails(SimulatedDisk.Snapshot) || !snapshots.Restore(slot, whole, Replica!))
        {
            Learner.Act(fresh.OnRestoreFailed);
            return;
        }
        isRestored = true;
        Learner.Act(effects => fresh.OnRestored(slot, Replica!.InForce, effects, whole.Length));
    }

    public bool IsCurrent(Learner its) => learner == its;

    public SimulatedRole? TakerOf(NodeId from, Message message)
    {
        if (IsOfDecisions(message))
            return Decisions?.TakerOf(message);
        return Takers.Of(message, isOwn: from == Id, Acceptor is not null) switch
        {
            Role.Acceptor => Acceptor,
            Role.Learner => Learner,
            Role.Proposer => Proposer,
            _ => null,
        };
    }

    private static bool IsOfDecisions(Message message) => message is OfInstance or Protocol.SingleDecree.EpochMessage;

    private void Release()
    {
        while (!IsPaused && held.TryDequeue(out var what))
            what();
    }

    /// <summary>As far as it may.</summary>
    public void TakePart()
    {
        if (Membership.First is null || (Front is null && !Membership.IsOpen))
            return;
        hearing!.SetPeers(Membership.Peers(Replica?.InForce?.Configuration));
        if (Front is not null)
        {
            Vote();
            return;
        }
        if (HasVote)
            Acceptor ??= new SimulatedRole(Role.Acceptor, this, world);
        Front = new SimulatedFront(this, world);
        Decisions ??= new SimulatedDecisions(this, Membership.First, world);
        Decisions.Begin();
        toldSlot = 0;
        foreach (var role in Roles)
            Start(role);
    }

    private bool HasVote => Membership.Newest!.Voters.Contains(Self);

    // One that was given a vote gets an acceptor, and its learner begins anew beside it. Whether its log has come so far or not:
    // the others may need its vote to go on, and it is asked for none in a configuration that does not name it.
    private void Vote()
    {
        if (Acceptor is not null || !HasVote)
            return;
        Acceptor = new SimulatedRole(Role.Acceptor, this, world);
        Crash(Learner);
        Crash(Proposer);
        foreach (var role in Roles)
            Start(role);
    }

    private void BeginRound(int began)
    {
        if (life != began)
            return;
        Membership.OnRound();
        if (Front is not null)
            Hear(hearing!.OnRound);
        var everyUs = (long)world.Options.HeartbeatEvery.TotalMicroseconds;
        At(world.Schedule.NowUs + everyUs + world.Random.NextInt64(everyUs / 10), () => BeginRound(began));
    }

    private void Hear(Func<Effects, bool> act)
    {
        heard.Clear();
        var changed = act(heard);
        foreach (var effect in heard)
        {
            if (effect is Effect.Send send)
                world.Send(this, send.To, send.Message);
        }
        if (changed && proposer is { } told)
            Proposer.Act(effects => told.On(hearing!.View, Now, effects));
    }
}
