using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Scenarios;

/// <summary>The nodes of a replicated log, the messages between them, the links that are cut, and who watches.</summary>
internal sealed class LogScene : IStage
{
    private readonly Schedule schedule = new();
    private readonly HashSet<(NodeId, NodeId)> cut = [];

    public LogScene(Scenario scenario, LogSetup setup)
    {
        Configuration = scenario.Configuration;
        Options = setup.Options;
        ChunkBytes = setup.ChunkBytes;
        Invariants = new LogInvariants(Configuration, schedule);
        Nodes = [.. scenario.Nodes.Select(node => new NodeHost(node, this, !Configuration.Learners.Any(learner => learner.Id == node)))];
        foreach (var node in Nodes)
            node.Start(node.Roles);
        // Where a scenario begins everyone hears everyone, and nobody leads.
        foreach (var _ in Hear().ToList()) { }
    }

    public Configuration Configuration { get; }

    public LogOptions Options { get; }

    public int ChunkBytes { get; }

    public LogInvariants Invariants { get; }

    public Network Network { get; } = new();

    public IReadOnlyList<NodeHost> Nodes { get; }

    public TimeSpan Now => TimeSpan.FromMicroseconds(schedule.NowUs);

    public void PassTo(TimeSpan time)
    {
        if (time > Now)
            schedule.Step((long)time.TotalMicroseconds);
    }

    public NodeHost this[NodeId id] => Nodes.First(node => node.Id == id);

    public ulong NumberOf(NodeId id) => (ulong)Nodes.TakeWhile(node => node.Id != id).Count() + 1;

    public Outcome? Send(RoleHost from, NodeId to, Message message)
    {
        Invariants.Sent(from.Place, new Member(from.Place.Node, default), from.Life, message);
        return Send(from.Place.Node, to, message);
    }

    public Outcome? Send(NodeId from, NodeId to, Message message)
    {
        if (from == to)
        {
            this[from].Enqueue(message);
            return null;
        }
        var isLost = IsCut(from, to);
        if (!isLost)
            Network.Send(new Packet(from, to, message), this[to].TakerOf(from, message) is { } role ? [role] : []);
        return new Outcome.Sends(to, message) { IsLost = isLost };
    }

    public void Writing(Place place, Event @event) => Invariants.Writing(new Member(place.Node, default), @event);

    public void Durable(Place place, Event @event) => Invariants.Durable(new Member(place.Node, default), @event);

    public bool IsCut(NodeId a, NodeId b) => cut.Contains((a, b));

    /// <summary>False where the link was cut before.</summary>
    public bool Cut(NodeId a, NodeId b) => cut.Add((a, b)) && cut.Add((b, a));

    /// <summary>False where no link was cut.</summary>
    public bool Heal()
    {
        var wasCut = cut.Count > 0;
        cut.Clear();
        return wasCut;
    }

    /// <summary>So many rounds of heartbeats that everyone knows whom it hears, and whom those hear.</summary>
    public IEnumerable<(NodeHost Node, bool Changed, IReadOnlyList<Outcome> Outcomes)> Hear()
    {
        var up = Nodes.Where(node => node.IsUp).ToList();
        for (var round = 0; round < NodeHost.Patience + 4; round++)
        {
            foreach (var node in up)
                Beat(node);
        }
        foreach (var node in up)
        {
            var (changed, outcomes) = node.Hear();
            if (changed || outcomes.Count > 0)
                yield return (node, changed, outcomes);
        }
    }

    private void Beat(NodeHost node)
    {
        var pings = new Effects();
        node.Hearing!.OnRound(pings);
        foreach (var ping in pings.OfType<Effect.Send>())
        {
            if (IsCut(node.Id, ping.To) || this[ping.To].Hearing is not { } other)
                continue;
            var pongs = new Effects();
            other.On(node.Id, ping.Message, pongs);
            foreach (var pong in pongs.OfType<Effect.Send>())
                node.Hearing.On(ping.To, pong.Message, new Effects());
        }
    }
}
