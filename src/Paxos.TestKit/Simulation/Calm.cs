using Paxos.Protocol.Registers;

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
    private readonly HashSet<SimulatedNode> written = [];
    private readonly HashSet<SimulatedNode> read = [];

    public void Run()
    {
        var before = world.Invariants.ChosenThrough;
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
            + $"{(read.Contains(node) ? "has" : "has not")} read, {node.Front?.Pending} calls wait, applied {node.Replica?.AppliedSlot}"
            + $"{(node.Replica?.DueMs >= NotDueMs ? "" : ", something is due")}");
        return $"{world.Options.CalmWithin.TotalSeconds} s after the last fault {world.Invariants.ChosenThrough} slots are chosen, {before} were; "
            + $"{world.Invariants.Newest}{(world.Administrator.IsDone ? "" : ", which is not done")}; {string.Join("; ", nodes)}";
    }
}
