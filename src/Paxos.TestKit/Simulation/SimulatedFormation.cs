using Paxos.Protocol;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// A node's <see cref="Formation"/>, its journal, and what it says to the others: who is a member, whom the node listens to, and
/// whether it may take part.
/// </summary>
internal sealed class SimulatedFormation
{
    private readonly SimulatedNode node;
    private readonly LogSimulation world;
    private readonly Configuration settings;
    private readonly bool joins;
    private readonly List<Event> journal = [];

    // Who said since the last round that it is there, and is no member.
    private readonly HashSet<NodeId> strangers = [];
    private readonly HashSet<Member> admitted = [];
    private ulong process;
    private ulong began;
    private Formation? formation;
    private Event? writing;

    /// <param name="settings">Who the members are, as its settings say.</param>
    /// <param name="joins">It is to be added to a cluster that is there.</param>
    public SimulatedFormation(SimulatedNode node, Configuration settings, bool joins, LogSimulation world)
    {
        this.node = node;
        this.world = world;
        this.settings = settings;
        this.joins = joins;
    }

    /// <summary>The first that names this node: what its roles begin with. Null: none has yet.</summary>
    public Configuration? First { get; private set; }

    /// <summary>The newest that names this node.</summary>
    public Configuration? Newest { get; private set; }

    public bool IsOpen => formation?.State == FormationState.Open;

    private Identity Identity => new("storm", node.Id, node.Self.Incarnation);

    /// <param name="inLog">What this node's log has come to: it may need those whom the newest does not name any more.</param>
    public Member? Find(NodeId id, Configuration? inLog) => Newest?.Find(id) ?? (inLog ?? First)?.Find(id);

    public bool Listens(Member sender) => admitted.Contains(sender);

    public IEnumerable<NodeId> Peers(Configuration? inLog) => Newest!.Everyone.Union((inLog ?? First!).Everyone);

    /// <summary>How much it has heard of that node's journal since it started.</summary>
    public ulong HeardOf(Member other) =>
        formation?.HelloTo(other.Id, 0)?.Heard is { } heard && heard.Incarnation == other.Incarnation ? heard.Journal : 0;

    /// <summary>The process starts.</summary>
    public void Start()
    {
        (process, began) = (world.NextId(), node.Disk.Written);
        Begin();
    }

    // Or the actor alone. What it had heard of others is forgotten.
    private void Begin()
    {
        admitted.Clear();
        strangers.Clear();
        formation = new Formation(
            Identity, journal.Count > 0, settings.Voters.Select(voter => voter.Id), settings.Learners.Select(learner => learner.Id), settings.Rule, joins, process, began);
        foreach (var @event in journal)
            formation.Recover(@event);
        // What it was told before it started anew, and may not have written.
        if (node.Replica?.InForce is { } inForce)
            formation.Adopt(inForce.Configuration);
        GoOn();
    }

    public void Crash()
    {
        if (writing is not null && world.Random.Next(2) == 0)
            Keep(writing);
        (formation, writing) = (null, null);
    }

    /// <summary>As it is on the disk now: to be put back later.</summary>
    public Action Copy()
    {
        Event[] copy = [.. journal];
        return () =>
        {
            journal.Clear();
            journal.AddRange(copy);
        };
    }

    /// <summary>The log has put this configuration in force.</summary>
    public void Adopt(Configuration configuration)
    {
        formation?.Adopt(configuration);
        GoOn();
    }

    /// <summary>Tells all whom it knows that it is there.</summary>
    public void OnRound()
    {
        if (formation is null)
            return;
        foreach (var peer in formation.Peers.Union(strangers).ToList())
        {
            if ((!formation.IsLetGo(peer) || strangers.Contains(peer)) && formation.HelloTo(peer, node.Disk.Written) is { } hello)
                world.Say(node, peer, hello);
        }
        strangers.Clear();
    }

    public void On(Member from, Hello hello, uint openEpoch)
    {
        if (formation is null)
            return;
        formation.On(from, hello, node.Disk.Written, openEpoch);
        if (formation.Stranger(from.Id) == from)
            strangers.Add(from.Id);
        GoOn();
        if (hello.Heard is null && formation?.HelloTo(from.Id, node.Disk.Written) is { Heard: not null } answer)
            world.Say(node, from.Id, answer);
    }

    private void GoOn()
    {
        if (formation is not { } its)
            return;
        if (its.Next() is { } @event)
        {
            writing = @event;
            node.At(world.Schedule.NowUs + node.Disk.DrawWriteUs(), () => Written(its, @event));
        }
        First = its.Genesis;
        Newest = its.Current;
        admitted.Clear();
        admitted.UnionWith(its.Listened.Where(its.TakesPartWith));
        if (node.IsOldCopy && admitted.FirstOrDefault(other => other != node.Self) is { Id: { } heeded } && heeded != default)
            world.Invariants.Break(LogInvariant.RefusesRightly, $"{node.Id} has an old copy of its disk, and listens to {heeded}");
        if (its.Reason is { } reason)
            node.Refuse(reason);
        else
            node.TakePart();
    }

    private void Written(Formation its, Event @event)
    {
        if (formation != its)
            return;
        if (node.Disk.Fails(SimulatedDisk.Event))
        {
            Crash();
            world.Administrator.Forgotten(node);
            node.Again(Begin);
            return;
        }
        writing = null;
        Keep(@event);
        its.Recover(@event);
        GoOn();
    }

    private void Keep(Event @event)
    {
        journal.Add(@event);
        node.Disk.Written++;
        if (@event is GenesisAgreed { Genesis: { Epoch: Configuration.FirstEpoch } genesis } && !genesis.Equals(world.Configuration))
            world.Invariants.Break(LogInvariant.Agreement, $"{node.Id} holds the genesis {genesis}, and there is {world.Configuration}");
    }
}
