using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// A cluster that keeps a log, on one thread and in virtual time, drawn from a seed: the real roles, with a network, disks and
/// processes that fail. The invariants are looked at after every step.
/// </summary>
public sealed class LogSimulation
{
    private readonly SimulatedNetwork network;
    private readonly List<string> trace = [];
    private readonly Dictionary<(Place From, Place? To), long> localUs = [];
    private readonly int seed;
    private ulong id;

    private LogSimulation(int seed, SimulationOptions options)
    {
        this.seed = seed;
        Options = options;
        Random = new Random(seed);
        network = new SimulatedNetwork(options, Random);
        var names = Enumerable.Range(0, options.Voters + options.Learners)
            .Select(i => new Member(new NodeId(((char)('a' + i)).ToString()), default))
            .ToImmutableArray();
        Configuration = new Configuration(1, names[..options.Voters], names[options.Voters..], options.Rule);
        Invariants = new LogInvariants(Configuration, Schedule);
        Nodes = [.. Configuration.Everyone.Select(node => new SimulatedNode(node, this))];
    }

    /// <summary>What a campaign must have met to be worth something: <see cref="SimulationResult.Sometimes"/> counts them.</summary>
    public static IReadOnlyList<string> RareThings => LogMarks.All;

    internal SimulationOptions Options { get; }

    internal Random Random { get; }

    internal Schedule Schedule { get; } = new();

    internal Configuration Configuration { get; }

    internal LogInvariants Invariants { get; }

    internal Marks Marks { get; } = new();

    internal ImmutableArray<SimulatedNode> Nodes { get; }

    internal SimulatedNetwork Network => network;

    /// <summary>One run: a storm, and then a calm in which everything must come right.</summary>
    public static SimulationResult Run(int seed, SimulationOptions? options = null)
    {
        var simulation = new LogSimulation(seed, options ?? SimulationOptions.Draw(seed));
        simulation.Run();
        return new SimulationResult(
            seed, simulation.Invariants.Broken, simulation.Marks.Counts, simulation.Invariants.ChosenThrough, simulation.trace);
    }

    internal ulong NextId() => ++id;

    internal long DrawWriteUs() =>
        network.IsBad && Random.NextDouble() < Options.SlowWrites ? Random.Next(1_000, 100_000) : Random.Next(50, 1_000);

    internal void Trace(FormattableString line)
    {
        if (Options.IsTraced)
            trace.Add(FormattableString.Invariant($"{Schedule.NowUs / 1000.0,10:0.000} {FormattableString.Invariant(line)}"));
    }

    /// <summary>A role sends.</summary>
    internal void Send(SimulatedRole from, NodeId to, Message message)
    {
        LogMarks.Sent(this, from.Place, to, message);
        Invariants.Sent(from.Place, from.Life, message);
        if (to != from.Place.Node)
        {
            Send(from.Place.Node, to, message);
            return;
        }
        // Inside a node nothing is lost, and what one role says to another stays in order.
        var at = Schedule.NowUs + (Random.Next(20) == 0 ? Random.Next(3_000) : Random.Next(20));
        var taker = (from.Place, Node(to).TakerOf(to, message)?.Place);
        at = localUs[taker] = Math.Max(at, localUs.GetValueOrDefault(taker));
        var node = Node(to);
        node.At(at, () => node.Deliver(to, message));
    }

    /// <summary>A node sends what no role of its log does.</summary>
    internal void Send(NodeId from, NodeId to, Message message)
    {
        if (Find(to) is not { } node)
            return;
        if (from == to)
        {
            node.At(Schedule.NowUs + Random.Next(20), () => node.Deliver(from, message));
            return;
        }
        // Who asks for something draws a new number when it asks again, so what it asks is not doubled on the way.
        var mayBeDoubled = message is not (Submit or ConfirmRead or Reconfigure or Refused);
        foreach (var delay in network.Arrivals(from, to, mayBeDoubled))
            node.At(Schedule.NowUs + delay, () => Arrive(from, node, message));
    }

    internal SimulatedNode Node(NodeId node) => Find(node)!;

    private SimulatedNode? Find(NodeId id)
    {
        foreach (var node in Nodes)
        {
            if (node.Id == id)
                return node;
        }
        return null;
    }

    // A link that is cut meanwhile takes what is on it along.
    private void Arrive(NodeId from, SimulatedNode node, Message message)
    {
        if (!network.IsCut(from, node.Id))
            node.Deliver(from, message);
    }

    private void Run()
    {
        foreach (var node in Nodes)
            node.Start();
        var storm = new Storm(this);
        storm.Begin();
        CallLater();
        var endUs = (long)Options.Storm.TotalMicroseconds;
        if (!RunUntil(endUs, () => false))
            return;
        storm.End();
        Trace($"calm");
        new Calm(this).Run();
    }

    /// <summary>False where an invariant broke.</summary>
    internal bool RunUntil(long us, Func<bool> isDone)
    {
        while (!isDone() && Schedule.Step(us))
        {
            if (Invariants.Broken is null)
                continue;
            Trace($"{Invariants.Broken}");
            return false;
        }
        return true;
    }

    private void CallLater()
    {
        if (!network.IsBad)
            return;
        var node = Nodes[Random.Next(Nodes.Length)];
        if (node.IsUp && !node.IsPaused)
            node.Client.Call();
        Schedule.In((long)(Options.CallEvery.TotalMicroseconds * 2 * Random.NextDouble()), CallLater);
    }

    public override string ToString() => $"seed {seed} at {Schedule.NowUs / 1000} ms";
}
