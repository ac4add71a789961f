using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.TestKit.Simulation.Banking;
using Paxos.TestKit.Simulation.Decisions;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// A cluster that keeps a log, on one thread and in virtual time, drawn from a seed: the real roles, with a network, disks and
/// processes that fail. The invariants are looked at after every step.
/// </summary>
public sealed class LogSimulation
{
    private readonly SimulatedNetwork network;
    private readonly List<string> trace = [];
    private readonly Dictionary<(SimulatedRole From, SimulatedRole? To), long> localUs = [];
    private readonly int seed;

    // Above all numbers that a client gives its own.
    private ulong id = 1UL << 32;

    private LogSimulation(int seed, SimulationOptions options)
    {
        this.seed = seed;
        Options = options;
        Faults = options.Faults ?? StormPlan.Draw(options, seed);
        Random = new Random(seed);
        network = new SimulatedNetwork(options, Random);
        var names = Enumerable.Range(0, options.Voters + options.Learners)
            .Select(i => new Member(new NodeId(((char)('a' + i)).ToString()), default))
            .ToImmutableArray();
        Configuration = new Configuration(1, names[..options.Voters], names[options.Voters..], options.Rule);
        Invariants = new LogInvariants(Configuration, Schedule);
        Decisions = new DecisionJudge(Invariants, Configuration, Marks);
        Bank = new BankJudge(Invariants, Marks);
        Machines = new MachineJudge(Invariants, Schedule, options.Sessions, Marks);
        History = new RegisterHistory(Invariants, Schedule);
        Administrator = new Administrator(this);
        Nodes = [.. names.Select(node => new SimulatedNode(node, Configuration, joins: false, Configuration.IndexOfVoter(node.Id) >= 0, this))];
    }

    /// <summary>What a campaign must have met to be worth something: <see cref="SimulationResult.Sometimes"/> counts them.</summary>
    public static IReadOnlyList<string> RareThings { get; } = [.. LogMarks.All, .. DecisionMarks.All, .. Storm.Kinds];

    internal SimulationOptions Options { get; }

    internal IReadOnlyList<PlannedFault> Faults { get; }

    internal Random Random { get; }

    internal Schedule Schedule { get; } = new();

    internal Configuration Configuration { get; }

    internal LogInvariants Invariants { get; }

    internal Marks Marks { get; } = new();

    internal DecisionJudge Decisions { get; }

    internal BankJudge Bank { get; }

    internal MachineJudge Machines { get; }

    internal RegisterHistory History { get; }

    internal Administrator Administrator { get; }

    /// <summary>All that there are and were.</summary>
    internal List<SimulatedNode> Nodes { get; }

    /// <summary>Whom a leader made way for last, until somebody leads.</summary>
    internal NodeId Successor { get; set; }

    /// <summary>The last fault is over.</summary>
    internal bool IsCalm { get; private set; }

    internal SimulatedNetwork Network => network;

    /// <summary>One run: a storm, and then a calm in which everything must come right.</summary>
    public static SimulationResult Run(int seed, SimulationOptions? options = null)
    {
        var simulation = new LogSimulation(seed, options ?? SimulationOptions.Draw(seed));
        simulation.Run();
        return new SimulationResult(
            seed,
            simulation.Invariants.Broken,
            simulation.Marks.Counts,
            simulation.Invariants.ChosenThrough,
            simulation.Schedule.Steps,
            [.. simulation.Faults.Where(fault => fault.AtUs <= simulation.Schedule.NowUs)],
            simulation.trace);
    }

    internal ulong NextId() => ++id;

    internal void Trace(FormattableString line)
    {
        if (Options.IsTraced)
            trace.Add(FormattableString.Invariant($"{Schedule.NowUs / 1000.0,10:0.000} {FormattableString.Invariant(line)}"));
    }

    /// <summary>What a role wrote is in its journal.</summary>
    internal void Durable(Member member, Event @event)
    {
        if (@event is InstanceEvent written)
            Decisions.Durable(member.Id, written);
        else
            Invariants.Durable(member, @event);
    }

    /// <summary>A role sends.</summary>
    internal void Send(SimulatedRole from, NodeId to, Message message)
    {
        if (from.Node.IsOldCopy)
        {
            // What it says is worth nothing. That nobody is harmed by it is seen on the others.
        }
        else if (message is OfInstance sent)
        {
            Decisions.Sent(from.Node.Id, sent);
        }
        else
        {
            LogMarks.Sent(this, from.Place, to, message);
            Invariants.Sent(from.Place, from.Member, from.Life, message);
        }
        var node = from.Node;
        if (to == node.Id)
        {
            // Inside a node nothing is lost, and what one role says to another stays in order.
            var at = Schedule.NowUs + (Random.Next(20) == 0 ? Random.Next(3_000) : Random.Next(20));
            var taker = (from, node.TakerOf(to, message));
            at = localUs[taker] = Math.Max(at, localUs.GetValueOrDefault(taker));
            node.At(at, () => node.Deliver(to, message));
        }
        else if (node.Find(to, from) is { } target)
        {
            Send(node, target, message);
        }
    }

    /// <summary>A node sends what no role of its log does.</summary>
    internal void Send(SimulatedNode from, NodeId to, Message message)
    {
        if (from.Id == to)
            from.At(Schedule.NowUs + Random.Next(20), () => from.Deliver(to, message));
        else if (from.Find(to, role: null) is { } target)
            Send(from, target, message);
    }

    /// <summary>A node says to another that it is there, and what it knows: to whoever has that name. It comes to the process that runs now, or to none.</summary>
    internal void Say(SimulatedNode from, NodeId to, Hello hello)
    {
        if (Find(to) is not { IsUp: true } node || node == from)
            return;
        var (life, openEpoch) = (node.Life, from.Decisions?.OpenEpoch ?? 0);
        foreach (var delay in network.Arrivals(from.Id, to, mayBeDoubled: true))
        {
            node.At(Schedule.NowUs + delay, () =>
            {
                if (node.Life == life && !network.IsCut(from.Id, to))
                    node.Membership.On(from.Self, hello, openEpoch);
            });
        }
    }

    /// <summary>The newest of this name.</summary>
    internal SimulatedNode? Find(NodeId id) => Nodes.FindLast(node => node.Id == id);

    // To a member and no other incarnation of it.
    private void Send(SimulatedNode from, Member to, Message message)
    {
        if (Find(to.Id) is not { } node)
            return;
        // Who asks for something draws a new number when it asks again, so what it asks is not doubled on the way.
        var mayBeDoubled = message is not (Submit or ConfirmRead or Reconfigure or Refused);
        foreach (var delay in network.Arrivals(from.Id, node.Id, mayBeDoubled))
            node.At(Schedule.NowUs + delay, () => Arrive(from, to, node, message));
    }

    // A link that is cut meanwhile takes what is on it along.
    private void Arrive(SimulatedNode from, Member to, SimulatedNode node, Message message)
    {
        if (!network.IsCut(from.Id, node.Id) && node.Self == to && node.Listens(from.Self, message))
            node.Deliver(from.Id, message);
    }

    private void Run()
    {
        foreach (var node in Nodes)
            node.Start();
        var storm = new Storm(this);
        storm.Begin();
        for (var number = 0; number < Options.Callers; number++)
            new Caller(number, this).Begin();
        for (var number = 0; number < Options.Deciders; number++)
            new Decider(number, this).Begin();
        var endUs = (long)Options.Storm.TotalMicroseconds;
        if (!RunUntil(endUs, () => false))
            return;
        storm.End();
        IsCalm = true;
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

    public override string ToString() => $"seed {seed} at {Schedule.NowUs / 1000} ms";
}
