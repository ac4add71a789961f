namespace Paxos.TestKit.Simulation;

/// <summary>
/// When the last fault is over: within the bound a new command is chosen, every node has applied all that is chosen, all of
/// them are in the same state, and nothing that was due is left.
/// </summary>
internal sealed class Calm(LogSimulation world)
{
    private const long AskAgainUs = 300_000;
    private readonly HashSet<string> asked = [];
    private ulong servedAt;

    public void Run()
    {
        var before = world.Invariants.ChosenThrough;
        Ask();
        var withinUs = (long)world.Options.CalmWithin.TotalMicroseconds;
        var startUs = world.Schedule.NowUs;
        if (!world.RunUntil(startUs + withinUs, IsDone))
            return;
        if (!IsDone())
            world.Invariants.Stuck(Describe(before));
        world.Trace($"{world.Invariants.Broken?.ToString() ?? "all is well"}");
    }

    private void Ask()
    {
        if (servedAt > 0)
            return;
        foreach (var node in world.Nodes)
        {
            var command = node.Client.NewCommand();
            asked.Add(command.ToString());
            node.Client.Submit([command]);
        }
        world.Schedule.In(AskAgainUs, Ask);
    }

    private bool IsDone()
    {
        for (var slot = world.Invariants.ChosenThrough; servedAt == 0 && slot > 0 && IsNew(slot); slot--)
        {
            if (Commands(slot).Any(asked.Contains))
                servedAt = slot;
        }
        return servedAt > 0
            && world.Nodes.All(node => node.Consumer.Slot == world.Invariants.ChosenThrough && node.Consumer.DueMs == ulong.MaxValue);
    }

    // What was asked for now is among the last.
    private bool IsNew(ulong slot) => slot + 200 > world.Invariants.ChosenThrough;

    private IEnumerable<string> Commands(ulong slot) => world.Invariants.ChosenAt(slot) is { Entry: { Kind: Protocol.Log.EntryKind.Batch } entry }
        ? Protocol.Log.Batch.Decode(entry.Value).Commands.Select(command => command.ToString())
        : [];

    private string Describe(ulong before)
    {
        var nodes = world.Nodes.Select(node =>
            $"{node.Id}{(node.Leads ? " leads," : "")} applied {node.Consumer.Slot}{(node.Consumer.DueMs == ulong.MaxValue ? "" : ", something is due")}");
        return $"{world.Options.CalmWithin.TotalSeconds} s after the last fault {world.Invariants.ChosenThrough} slots are chosen, {before} were; "
            + $"{(servedAt == 0 ? "no new command" : "a new command too")}; {string.Join("; ", nodes)}";
    }
}
