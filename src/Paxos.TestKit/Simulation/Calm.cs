using Paxos.Protocol.Registers;
using Paxos.TestKit.Simulation.Decisions;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// When the last fault is over: within the bound every member names the same leader, through each of them a new command is done
/// and a read answered, all have applied all that is chosen, and nothing that was due is left.
/// </summary>
internal sealed class Calm(LogSimulation world)
{
    private const long AskAgainUs = 300_000;

    // Idempotency keys are let go a minute's worth at a time: later than any run.
    private const ulong NotDueMs = 60_000;
    private const string NewName = "last";
    private readonly HashSet<SimulatedNode> written = [];
    private readonly HashSet<SimulatedNode> read = [];
    private readonly HashSet<(SimulatedNode Node, string Name)> decided = [];

    private string[] names = [];

    public void Run()
    {
        var before = world.Invariants.ChosenThrough;
        // A new one, and the oldest and the newest that are there.
        names = [.. world.Decisions.Names.Take(1).Concat(world.Decisions.Names.TakeLast(1)).Append(NewName).Distinct()];
        Ask();
        if (!world.RunUntil(world.Schedule.NowUs + (long)world.Options.CalmWithin.TotalMicroseconds, IsDone))
            return;
        if (!IsDone())
            world.Invariants.Break(LogInvariant.Progress, Describe(before));
        else
            Judge();
        world.Trace($"{world.Invariants.Broken?.ToString() ?? "all is well"}");
    }

    private void Ask()
    {
        world.Administrator.Finish();
        foreach (var node in world.Administrator.Living.Where(node => node.Front is not null))
        {
            if (!written.Contains(node))
                Caller.Write(world, node, () => written.Add(node));
            if (!read.Contains(node))
                Caller.Read(world, node, () => read.Add(node));
            foreach (var name in names.Where(name => !decided.Contains((node, name))))
                Decider.Decide(world, node, name, () => decided.Add((node, name)));
        }
        if (!IsDone())
            world.Schedule.In(AskAgainUs, Ask);
    }

    private bool IsDone()
    {
        if (!world.Administrator.IsDone)
            return false;
        var leader = default(Protocol.NodeId);
        foreach (var node in world.Administrator.Living)
        {
            if (leader == default)
                leader = node.Leader;
            if (!IsDone(node) || node.Leader == default || node.Leader != leader)
                return false;
        }
        return true;
    }

    private bool IsDone(SimulatedNode node) =>
        written.Contains(node)
        && read.Contains(node)
        && names.All(name => decided.Contains((node, name)))
        && node.Decisions!.HasMoved(world.Invariants.Newest)
        && node.Front is { Pending: 0 }
        && node.Replica is { DueMs: >= NotDueMs } replica
        && replica.AppliedSlot == world.Invariants.ChosenThrough;

    private void Judge()
    {
        var replica = world.Administrator.Living.First().Replica!;
        world.History.Check(key => Read(replica, key));
    }

    private static string? Read(JudgedReplica replica, string key)
    {
        var answer = RegisterAnswer.Decode(replica.Query(new RegisterQuery.Get(key).Encode()));
        return answer.Rows.Count == 0 ? null : answer.Rows[0].Value.ToString();
    }

    private string Describe(ulong before)
    {
        var nodes = world.Administrator.Living.Select(node =>
            $"{node.Id} says {(node.Leader == default ? "nobody" : node.Leader)} leads, {(written.Contains(node) ? "has" : "has not")} written, "
            + $"{(read.Contains(node) ? "has" : "has not")} read, has decided {names.Count(name => decided.Contains((node, name)))} of {names.Length} names, "
            + $"{(node.Decisions?.HasMoved(world.Invariants.Newest) == true ? "" : "does not vote about decisions, ")}{node.Front?.Pending} calls wait, applied {node.Replica?.AppliedSlot}"
            + $"{(node.Replica?.DueMs >= NotDueMs ? "" : ", something is due")}");
        return $"{world.Options.CalmWithin.TotalSeconds} s after the last fault {world.Invariants.ChosenThrough} slots are chosen, {before} were; "
            + $"{world.Invariants.Newest}{(world.Administrator.IsDone ? "" : ", which is not done")}; {string.Join("; ", nodes)}";
    }
}
