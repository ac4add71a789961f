using System.Collections.Immutable;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Protocol.Tests.MultiPaxos;

/// <summary>
/// Nodes of a log with a network that delivers in order, at once, and writes that are durable at once: for tests that say which
/// message is lost and which node dies, and look at what comes of it. Chance is the simulator's part.
/// </summary>
internal sealed class LogCluster
{
    private readonly Queue<(NodeId From, NodeId To, Message Message)> network = new();
    private readonly SortedDictionary<NodeId, LogNode> nodes = [];
    private readonly HashSet<NodeId> down = [];

    public LogCluster(string names, LogOptions? options = null, Configuration? configuration = null)
    {
        Options = options ?? LogOptions.Default;
        Configuration = configuration ?? Of(1, names);
        foreach (var name in names.Split(' '))
            Add(name);
        HearAll();
    }

    public LogOptions Options { get; }

    public Configuration Configuration { get; }

    /// <summary>What may be lost: true loses the message.</summary>
    public Func<NodeId, NodeId, Message, bool> Loses { get; set; } = (_, _, _) => false;

    /// <summary>The nodes of which the others still hear the process before the present one.</summary>
    public HashSet<NodeId> HeardLate { get; } = [];

    public List<(NodeId From, NodeId To, Message Message)> Delivered { get; } = [];

    public ulong Clock { get; set; }

    public LogNode this[string name] => nodes[new NodeId(name)];

    public IEnumerable<LogNode> Up => nodes.Values.Where(node => !down.Contains(node.Id));

    public static Configuration Of(uint epoch, string voters, string learners = "") =>
        new(epoch, Members(voters), Members(learners));

    public void Add(string name) => nodes[new NodeId(name)] = new LogNode(this, new NodeId(name), []);

    /// <summary>Everyone who is up hears everyone who is up, but for the links named.</summary>
    public void HearAll(params string[] cut)
    {
        bool Linked(NodeId a, NodeId b) =>
            a != b && !down.Contains(a) && !down.Contains(b) && !cut.Contains($"{a}-{b}") && !cut.Contains($"{b}-{a}");

        Pong PongOf(NodeId node, bool withReports) => new(
            0,
            0,
            BootOf(node),
            nodes.Keys.Where(other => Linked(node, other)).ToImmutableArray(),
            withReports
                ? nodes.Keys.Where(other => Linked(node, other)).Select(other => new HeardNode(other, BootOf(other), PongOf(other, false).Hears)).ToImmutableArray()
                : default);

        foreach (var node in Up)
        {
            node.Hear(new HearingView(nodes.Keys.Where(other => Linked(node.Id, other)).ToImmutableSortedDictionary(other => other, other => PongOf(other, true))));
        }
        Run();
    }

    private ulong BootOf(NodeId node) => (ulong)(nodes[node].Boots - (HeardLate.Contains(node) ? 1 : 0));

    public void Kill(string name)
    {
        down.Add(new NodeId(name));
        HearAll();
    }

    public void Restart(string name)
    {
        var old = this[name];
        down.Remove(old.Id);
        nodes[old.Id] = new LogNode(this, old.Id, old.Journal) { Boots = old.Boots + 1 };
        nodes[old.Id].Start();
        HearAll();
    }

    public void Send(NodeId from, NodeId to, Message message) => network.Enqueue((from, to, message));

    public void Run()
    {
        for (var steps = 0; network.TryDequeue(out var next); steps++)
        {
            Assert.True(steps < 100_000, "The nodes talk without end.");
            var (from, to, message) = next;
            if (down.Contains(from) || down.Contains(to) || !nodes.TryGetValue(to, out var node) || (from != to && Loses(from, to, message)))
                continue;
            Delivered.Add(next);
            node.Receive(from, message);
        }
    }

    /// <summary>Fires a timer of a node's proposer, where it runs.</summary>
    public void Fire(string name, Timer timer)
    {
        this[name].Fire(timer);
        Run();
    }

    /// <summary>Lets this node stand, and every node repeat what is not answered, until it leads.</summary>
    public void Elect(string name)
    {
        Fire(name, Timer.Stand);
        for (var i = 0; i < 50 && this[name].Proposer.Leader != new NodeId(name); i++)
            FireAll(Timer.Retry);
        Assert.Equal(new NodeId(name), this[name].Proposer.Leader);
    }

    public void FireAll(Timer timer)
    {
        foreach (var node in Up.ToList())
            node.Fire(timer);
        Run();
    }

    /// <summary>A client on that node submits to whoever it thinks leads.</summary>
    public void Submit(string name, string command)
    {
        var node = this[name];
        var leader = node.Proposer.Leader;
        Assert.NotEqual(default, leader);
        Send(node.Id, leader, new Submit(++node.Submitted, ImmutableArray.Create(Value.FromUtf8(command))));
        Run();
    }

    private static Member[] Members(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => new Member(new NodeId(name), new Incarnation((UInt128)name[0])))];
}

/// <summary>The roles of one node, and what they have told.</summary>
internal sealed class LogNode : ILogConsumer
{
    private readonly LogCluster cluster;
    private readonly HashSet<(string Role, Timer Timer)> timers = [];
    private HearingView heard = HearingView.Nobody;

    public LogNode(LogCluster cluster, NodeId id, List<(string Role, Event Event)> journal)
    {
        this.cluster = cluster;
        Id = id;
        Journal = journal;
        Acceptor = new Acceptor(id, cluster.Options);
        Learner = new Learner(id, cluster.Configuration, this, cluster.Options, hasAcceptor: true);
        Proposer = new Proposer(id, cluster.Configuration, new Rounds(10), cluster.Options);
        foreach (var (role, @event) in journal)
            (role == "acceptor" ? (ILogRole)Acceptor : Proposer).Recover(@event);
        if (journal.Count == 0)
            Start();
    }

    public NodeId Id { get; }

    public Acceptor Acceptor { get; }

    public Learner Learner { get; }

    public Proposer Proposer { get; private set; }

    public List<(string Role, Event Event)> Journal { get; }

    public List<string> Applied { get; } = [];

    public List<Effect.Told> Told { get; } = [];

    public List<Message> ToClient { get; } = [];

    public int Boots { get; set; } = 1;

    public ulong Submitted { get; set; }

    public ulong TimeMs { get; set; }

    public ulong DueMs { get; set; } = ulong.MaxValue;

    private Now Now => new(cluster.Clock, 0);

    public void Start()
    {
        Do(Learner, (learner, effects) => learner.Start(0, null, effects));
        Do(Proposer, (proposer, effects) => proposer.Start(Now, effects));
    }

    public void Apply(ulong slot, Entry entry, Effects effects)
    {
        Assert.Equal(Applied.Count + 1, (int)slot);
        Applied.Add(entry.ToString());
        if (entry.Kind == EntryKind.Batch)
            TimeMs = Batch.Decode(entry.Value).TimeMs;
    }

    /// <summary>That role alone, in a process that goes on.</summary>
    public void RestartProposer()
    {
        timers.RemoveWhere(timer => timer.Role == "proposer");
        Proposer = new Proposer(Id, cluster.Configuration, new Rounds(10), cluster.Options);
        foreach (var (_, @event) in Journal.Where(each => each.Role == "proposer"))
            Proposer.Recover(@event);
        Do(Proposer, (proposer, effects) => proposer.Start(Now, effects));
        Hear(heard);
    }

    public void Hear(HearingView view)
    {
        Do(Proposer, (proposer, effects) => proposer.On(view, Now, effects));
        heard = view;
    }


    public void Receive(NodeId from, Message message)
    {
        switch (Takers.Of(message, isOwn: from == Id, hasAcceptor: true))
        {
            case Role.Acceptor:
                Do(Acceptor, (acceptor, effects) => acceptor.On(from, message, Now, effects));
                break;
            case Role.Learner:
                Do(Learner, (learner, effects) => learner.On(from, message, Now, effects));
                break;
            case Role.Proposer:
                Do(Proposer, (proposer, effects) => proposer.On(from, message, Now, effects));
                break;
            default:
                ToClient.Add(message);
                break;
        }
    }

    public void Fire(Timer timer)
    {
        if (timers.Remove(("proposer", timer)))
            Do(Proposer, (proposer, effects) => proposer.OnTimer(timer, Now, effects));
        if (timers.Remove(("learner", timer)))
            Do(Learner, (learner, effects) => learner.OnTimer(timer, Now, effects));
    }

    public bool IsRunning(Timer timer) => timers.Contains(("proposer", timer));

    // What a role wrote is all that it goes by: a copy that read it takes the step in the same way.
    private void Do<TRole>(TRole role, Action<TRole, Effects> step)
        where TRole : ILogRole
    {
        var copy = Copy(role);
        var ofCopy = new Effects();
        step(copy, ofCopy);
        var effects = new Effects();
        step(role, effects);
        Assert.Equal<Effect>(effects, ofCopy);
        Assert.Equal(Three.Bytes(role.Write), Three.Bytes(copy.Write));
        CarryOut(role is Acceptor ? "acceptor" : role is Learner ? "learner" : "proposer", effects);
    }

    private TRole Copy<TRole>(TRole role)
        where TRole : ILogRole
    {
        ILogRole copy = role switch
        {
            Acceptor _ => new Acceptor(Id, cluster.Options),
            Learner _ => new Learner(Id, cluster.Configuration, new Twin(this), cluster.Options, hasAcceptor: true),
            _ => CopyOf(Proposer),
        };
        var reader = new CanonicalReader(Three.Bytes(role.Write));
        copy.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        return (TRole)copy;
    }

    // Whom it hears, and which member of the log it is, its host tells it.
    private Proposer CopyOf(Proposer proposer)
    {
        var copy = new Proposer(Id, cluster.Configuration, new Rounds(10), cluster.Options);
        copy.On(heard, default, new Effects());
        copy.On(Id, new InForce(proposer.Configuration, 1), default, new Effects());
        return copy;
    }

    private void CarryOut(string role, Effects effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.Persist persist:
                    Journal.Add((role, persist.Event));
                    break;
                case Effect.Send send:
                    cluster.Send(Id, send.To, send.Message);
                    break;
                case Effect.StartTimer start:
                    timers.Add((role, start.Timer));
                    break;
                case Effect.StopTimer stop:
                    timers.Remove((role, stop.Timer));
                    break;
                case Effect.Told told:
                    Told.Add(told);
                    break;
            }
        }
    }

    // Stands on the copy of a learner, where this node has come to.
    private sealed class Twin(LogNode node) : ILogConsumer
    {
        public ulong TimeMs { get; private set; } = node.TimeMs;

        public ulong DueMs => node.DueMs;

        public void Apply(ulong slot, Entry entry, Effects effects)
        {
            if (entry.Kind == EntryKind.Batch)
                TimeMs = Batch.Decode(entry.Value).TimeMs;
        }
    }
}
