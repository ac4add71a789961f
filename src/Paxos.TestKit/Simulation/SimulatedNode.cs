using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Simulation;

/// <summary>A process with its roles, its ear, its clock and its disk, and a client beside it.</summary>
internal sealed class SimulatedNode
{
    private const int ChunkBytes = 40;

    // 65 rounds at most before a restart: blocks of this many are met.
    private const int RoundsBlock = 3;

    private readonly LogSimulation world;
    private readonly Effects heard = new();
    private readonly long clockUs;
    private SimulatedConsumer consumer = null!;
    private Proposer? proposer;
    private Learner? learner;
    private Hearing? hearing;
    private ulong boot;
    private int life;
    private long pausedUntilUs;

    public SimulatedNode(NodeId id, LogSimulation world)
    {
        Id = id;
        this.world = world;
        clockUs = world.Random.Next(1_000_000_000);
        Client = new SimulatedClient(id, world);
        Proposer = new SimulatedRole(new Place(id, Role.Proposer), this, world);
        Learner = new SimulatedRole(new Place(id, Role.Learner), this, world);
        if (world.Configuration.IndexOfVoter(id) >= 0)
            Acceptor = new SimulatedRole(new Place(id, Role.Acceptor), this, world);
    }

    public NodeId Id { get; }

    public SimulatedClient Client { get; }

    public SimulatedRole Proposer { get; }

    public SimulatedRole? Acceptor { get; }

    public SimulatedRole Learner { get; }

    public SimulatedSnapshots Snapshots { get; } = new();

    public IEnumerable<SimulatedRole> Roles => Acceptor is null ? [Proposer, Learner] : [Acceptor, Learner, Proposer];

    public bool IsUp => hearing is not null;

    public bool IsPaused => world.Schedule.NowUs < pausedUntilUs;

    /// <summary>It leads, as far as it knows itself.</summary>
    public bool Leads => proposer?.Leader == Id;

    public SimulatedConsumer Consumer => consumer;

    private InForce? InForce => consumer.Configuration is { } configuration ? new InForce(configuration, consumer.ConfigurationSlot) : null;

    /// <summary>Its wall clock goes wrong: no deadline of the log may hang on it.</summary>
    public Now Now => new(
        (ulong)(clockUs + world.Schedule.NowUs) / 1000,
        (ulong)(1_000_000_000_000 + world.Random.NextInt64(-500_000_000, 500_000_000)));

    /// <summary>Something happens on this node: later, where it is paused then.</summary>
    public void At(long us, Action what) => world.Schedule.At(us, () =>
    {
        if (IsPaused)
            At(pausedUntilUs, what);
        else
            what();
    });

    public void Pause(long us) => pausedUntilUs = Math.Max(pausedUntilUs, world.Schedule.NowUs + us);

    public void Resume() => pausedUntilUs = 0;

    public void Start()
    {
        if (IsUp)
            return;
        life++;
        boot++;
        hearing = new Hearing(Id, boot, patience: 3);
        hearing.SetPeers(world.Configuration.Everyone);
        foreach (var role in Roles)
            Start(role);
        BeginRound(life);
    }

    public void Start(SimulatedRole role)
    {
        if (role.IsUp || !IsUp)
            return;
        if (role == Acceptor)
        {
            role.Start(new Acceptor(Id, world.Options.Log), _ => { });
        }
        else if (role == Learner)
        {
            consumer = new SimulatedConsumer((slot, entry, state) => world.Invariants.Applying(Id, slot, entry, state.Slot, state.Digest));
            if (Snapshots.Newest is > 0 and var newest)
                consumer.Restore(Snapshots.Find(newest));
            Snapshots.ForgetIncoming();
            learner = new Learner(Id, world.Configuration, consumer, world.Options.Log, Acceptor is not null);
            role.Start(learner, effects => learner.Start(Snapshots.Newest, InForce, effects));
        }
        else
        {
            proposer = new Proposer(Id, world.Configuration, new Rounds(RoundsBlock), world.Options.Log);
            role.Start(proposer, effects =>
            {
                proposer.Start(Now, effects);
                proposer.On(hearing!.View, Now, effects);
            });
        }
    }

    public void Crash(SimulatedRole role)
    {
        role.Crash();
        if (role == Learner)
            learner = null;
        else if (role == Proposer)
            proposer = null;
    }

    public void Crash()
    {
        foreach (var role in Roles)
            Crash(role);
        hearing = null;
        life++;
        pausedUntilUs = 0;
    }

    /// <summary>A message has arrived.</summary>
    public void Deliver(NodeId from, Message message)
    {
        if (!IsUp)
            return;
        if (message is Ping or Pong)
            Hear(yields => hearing!.On(from, message, yields));
        else if (message is Refused or ReadConfirmed or LeaderIs)
            Client.On(from, message);
        else
            TakerOf(from, message)?.Take(from, message);
    }

    public void Told(Effect.Told told)
    {
        switch (told)
        {
            case SnapshotWanted:
                KeepSnapshot();
                break;
            case SnapshotAsked m:
                SendChunk(m);
                break;
            case ChunkReceived m:
                if (Snapshots.Add(m.Offset, m.Total, m.Bytes.Bytes.Span) is { } whole)
                    KeepSnapshot(m.Slot, whole);
                break;
        }
    }

    public SimulatedRole? TakerOf(NodeId from, Message message) => message switch
    {
        Prepare or Accept or Confirm or Fetch or Trim or Observe => Acceptor,
        Chosen => Acceptor ?? Learner,
        Entries => from == Id || Acceptor is null ? Learner : Acceptor,
        Missing or Trimmed or FetchSnapshot or SnapshotChunk or WhenApplied => Learner,
        _ => Proposer,
    };

    private void BeginRound(int began)
    {
        if (life != began)
            return;
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
                world.Send(Id, send.To, send.Message);
        }
        if (changed && proposer is { } told)
            Proposer.Act(effects => told.On(hearing!.View, Now, effects));
    }

    // The same step may have applied more than the slot after which it was wanted.
    private void KeepSnapshot()
    {
        var slot = consumer.Slot;
        var frozen = consumer.Freeze();
        AfterWrite(current =>
        {
            Snapshots.Keep(slot, frozen);
            Learner.Act(effects => current.OnSnapshotDurable(slot, effects));
        });
    }

    private void KeepSnapshot(ulong slot, byte[] whole)
    {
        Snapshots.ForgetIncoming();
        AfterWrite(current =>
        {
            Snapshots.Keep(slot, whole);
            if (slot > consumer.Slot)
            {
                consumer.Restore(whole);
                world.Invariants.CheckState(Id, consumer.Slot, consumer.Digest);
                world.Marks.Hit(LogMarks.Snapshot);
            }
            world.Trace($"{Id} has restored the snapshot of {slot}");
            Learner.Act(effects => current.OnRestored(slot, InForce, effects));
        });
    }

    // A learner that crashes meanwhile leaves nothing: a file that was not finished is none.
    private void AfterWrite(Action<Learner> act)
    {
        var current = learner!;
        At(world.Schedule.NowUs + 5 * world.DrawWriteUs(), () =>
        {
            if (learner == current)
                act(current);
        });
    }

    private void SendChunk(SnapshotAsked asked)
    {
        var slot = Snapshots.Find(asked.Slot) is null ? Snapshots.Newest : asked.Slot;
        if (Snapshots.Find(slot) is not { } snapshot)
            return;
        var offset = slot == asked.Slot ? (int)Math.Min(asked.Offset, (ulong)snapshot.Length) : 0;
        var piece = snapshot.AsMemory(offset, Math.Min(ChunkBytes, snapshot.Length - offset));
        world.Send(Id, asked.To, new SnapshotChunk(slot, (ulong)offset, (ulong)snapshot.Length, new Value(piece)));
    }
}
