using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using Paxos.Protocol.Registers;
using Paxos.TestKit.Simulation;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>
/// A node of a replicated log: its roles, a client, a register store, its snapshots and its ear. What its roles say to each
/// other arrives at once, in the same turn, and is not told: inside a node nothing is lost.
/// </summary>
internal sealed class NodeHost
{
    /// <summary>After so many rounds of heartbeats without an answer a node is not heard any more.</summary>
    public const int Patience = 1;

    private readonly LogScene scene;
    private readonly Queue<Action> local = [];
    private readonly SimulatedSnapshots snapshots = new();
    private readonly List<Outcome> outcomes = [];
    private ScenarioClient client = null!;
    private ScenarioReplica replica = null!;
    private Proposer proposer = null!;
    private Learner learner = null!;
    private HearingView told = HearingView.Nobody;
    private Acceptor? acceptor;
    private ulong boot;
    private ulong appliedTold;
    private bool wasWaiting;

    /// <param name="votes">It may be asked to vote, now or later.</param>
    public NodeHost(NodeId id, LogScene scene, bool votes)
    {
        Id = id;
        this.scene = scene;
        if (votes)
            Acceptor = new LogRoleHost(new Place(id, Role.Acceptor), this, scene, () => acceptor = new Acceptor(id, scene.Options));
        Learner = new LogRoleHost(new Place(id, Role.Learner), this, scene, CreateLearner);
        Proposer = new LogRoleHost(new Place(id, Role.Proposer), this, scene, CreateProposer);
    }

    public NodeId Id { get; }

    public LogRoleHost? Acceptor { get; }

    public LogRoleHost Learner { get; }

    public LogRoleHost Proposer { get; }

    public IEnumerable<LogRoleHost> Roles => Acceptor is null ? [Learner, Proposer] : [Acceptor, Learner, Proposer];

    /// <summary>Null: the node is down.</summary>
    public Hearing? Hearing { get; private set; }

    public bool IsUp => Hearing is not null;

    public Now Now => new((ulong)scene.Now.TotalMilliseconds, 0);

    public bool Leads => Proposer.IsUp && proposer.Leader == Id;

    public bool WaitsToStand => Proposer.IsRunning(Timer.Stand);

    public Ballot Ballot => proposer.Ballot;

    public ulong Applied => replica.Slot;

    public ulong Trimmed { get; private set; }

    public string? LastAnswer => client.LastAnswer;

    public Configuration Configuration => replica.InForce?.Configuration ?? scene.Configuration;

    public RegisterRow? Find(string key) => replica.Find(key);

    public IEnumerable<RegisterRow> Registers => replica.All;

    private InForce? InForce => replica.InForce;

    /// <summary>Comes up; what is not told of it can be seen in what it says later.</summary>
    public IReadOnlyList<(Cause.Restarted Cause, IReadOnlyList<Outcome> Outcomes)> Start(IEnumerable<RoleHost> roles)
    {
        if (!IsUp)
        {
            Hearing = new Hearing(Id, ++boot, Patience);
            Hearing.SetPeers(scene.Nodes.Select(node => node.Id));
            client = new ScenarioClient(this, scene, boot);
            appliedTold = 0;
            told = HearingView.Nobody;
            wasWaiting = false;
        }
        var back = roles.Select(role => (Role: role, Cause: role.Start())).ToList();
        // What the acceptor says is for a learner that has begun.
        var begun = back.OrderBy(each => each.Role == Acceptor).ToDictionary(each => each.Role, each => Settle(Begin(each.Role)));
        return [.. back.Select(each => (each.Role == Learner ? each.Cause with { Snapshot = snapshots.Newest } : each.Cause, begun[each.Role]))];
    }

    private IReadOnlyList<Outcome> Begin(RoleHost role)
    {
        if (role == Learner)
            return role.Act(effects => learner.Start(snapshots.Newest, InForce, effects));
        if (role == Acceptor)
            return role.Act(effects => acceptor!.Start(effects));
        return role == Proposer
            ? role.Act(effects =>
            {
                proposer.Start(Now, effects);
                proposer.On(told, Now, effects);
            })
            : [];
    }

    /// <summary>The whole process is gone.</summary>
    public void Stop() => Hearing = null;

    public Role? TakerOf(NodeId from, Message message) => Takers.Of(message, isOwn: from == Id, Acceptor is not null);

    /// <summary>A message of another node has arrived; null: the role that would take it is down.</summary>
    public (bool Changed, IReadOnlyList<Outcome> Outcomes)? Take(Packet packet)
    {
        if (!IsUp || (TakerOf(packet.From, packet.Message) is { } role && !Find(role)!.IsUp))
            return null;
        var changed = Route(packet.From, packet.Message);
        return (changed, Settle([]));
    }

    public RoleHost? Find(Role role) => role switch
    {
        Role.Acceptor => Acceptor,
        Role.Learner => Learner,
        _ => Proposer,
    };

    /// <summary>Null where the timer does not run.</summary>
    public IReadOnlyList<Outcome>? Fire(RoleHost role, Timer timer)
    {
        if (role.Fire(timer) is not { } done)
            return null;
        wasWaiting &= timer != Timer.Stand;
        return Settle(done);
    }

    public IReadOnlyList<Outcome> Call(Action<ScenarioClient> call)
    {
        call(client);
        return Settle([]);
    }

    public IReadOnlyList<Outcome>? FireClient() => client.Fire() ? Settle([]) : null;

    /// <summary>Someone on this node says something to its proposer.</summary>
    public IReadOnlyList<Outcome> Say(Message message)
    {
        Route(Id, message);
        return Settle([]);
    }

    /// <summary>Rounds of heartbeats have passed.</summary>
    public (bool Changed, IReadOnlyList<Outcome> Outcomes) Hear()
    {
        var view = Hearing!.View;
        if (view == told)
            return (false, []);
        var changed = !view.Heard.Keys.SequenceEqual(told.Heard.Keys);
        told = view;
        return (changed, Proposer.IsUp ? Settle(Proposer.Act(effects => proposer.On(view, Now, effects))) : []);
    }

    /// <summary>Lets everything happen inside the node that follows from what was done.</summary>
    public IReadOnlyList<Outcome> Settle(IReadOnlyList<Outcome> done)
    {
        outcomes.AddRange(done);
        while (true)
        {
            if (local.TryDequeue(out var next))
            {
                next();
            }
            else if (appliedTold < Applied)
            {
                // After what the slots hold was told.
                appliedTold = Applied;
                client.OnApplied(appliedTold);
            }
            else
            {
                break;
            }
        }
        if (WaitsToStand && !wasWaiting)
            outcomes.Add(Proposer.StandsAfter!);
        wasWaiting = WaitsToStand;
        Outcome[] taken = [.. outcomes];
        outcomes.Clear();
        return taken;
    }

    /// <summary>One role of this node says something to another, or to the client.</summary>
    public void Enqueue(Message message)
    {
        if (message is Trim trim)
            Trimmed = Math.Max(Trimmed, trim.Through);
        local.Enqueue(() => Route(Id, message));
    }

    public void Record(Outcome? outcome)
    {
        if (outcome is not null)
            outcomes.Add(outcome);
    }

    private bool Route(NodeId from, Message message)
    {
        if (TakerOf(from, message) is { } role)
            return Find(role) is { IsUp: true } taker && Pass(taker, from, message);
        if (message is LeaderIs leader)
            Record(new Outcome.Follows(Id, leader.Leader));
        client.On(from, message);
        return true;
    }

    private bool Pass(RoleHost role, NodeId from, Message message)
    {
        var (changed, done) = role.Receive(from, message);
        outcomes.AddRange(done);
        return changed;
    }

    /// <summary>The learner told something.</summary>
    public void Told(Effect.Told what)
    {
        switch (what)
        {
            case Completed completed:
                local.Enqueue(() => client.OnCompleted(completed));
                break;
            case SnapshotWanted:
                local.Enqueue(KeepSnapshot);
                break;
            case SnapshotAsked asked:
                SendChunk(asked);
                break;
            case ChunkReceived chunk when snapshots.Add(chunk.Offset, chunk.Total, chunk.Bytes.Bytes.Span) is { } whole:
                local.Enqueue(() => Restore(chunk.Slot, whole));
                break;
        }
    }

    private Learner CreateLearner()
    {
        replica = new ScenarioReplica((slot, entry, before) =>
        {
            scene.Invariants.Applying(Id, slot, entry, before.AppliedSlot, before.Digest);
            Learner.Record(new Outcome.Applies(slot, entry));
        });
        if (snapshots.Find(snapshots.Newest) is { } newest)
            replica.Restore(newest);
        snapshots.ForgetIncoming();
        return learner = new Learner(Id, scene.Configuration, replica, scene.Options, Acceptor is not null);
    }

    private Proposer CreateProposer() => proposer = new Proposer(Id, scene.Configuration, new Rounds(), scene.Options);

    private void KeepSnapshot()
    {
        var slot = Applied;
        var snapshot = replica.Freeze();
        snapshots.Keep(slot, snapshot);
        Record(new Outcome.KeepsSnapshot(slot));
        outcomes.AddRange(Learner.Act(effects => learner.OnSnapshotDurable(slot, snapshot.Length, effects)));
    }

    private void Restore(ulong slot, byte[] whole)
    {
        snapshots.ForgetIncoming();
        snapshots.Keep(slot, whole);
        replica.Restore(whole);
        scene.Invariants.CheckState(Id, slot, replica.Digest);
        Record(new Outcome.Restores(slot));
        client.OnSkipped(slot);
        outcomes.AddRange(Learner.Act(effects => learner.OnRestored(slot, InForce, effects)));
    }

    private void SendChunk(SnapshotAsked asked)
    {
        var slot = snapshots.Find(asked.Slot) is null ? snapshots.Newest : asked.Slot;
        if (snapshots.Find(slot) is not { } snapshot)
            return;
        var offset = slot == asked.Slot ? (int)Math.Min(asked.Offset, (ulong)snapshot.Length) : 0;
        var piece = snapshot.AsMemory(offset, Math.Min(scene.ChunkBytes, snapshot.Length - offset));
        Learner.Record(scene.Send(Id, asked.To, new SnapshotChunk(slot, (ulong)offset, (ulong)snapshot.Length, new Value(piece)))!);
    }
}
