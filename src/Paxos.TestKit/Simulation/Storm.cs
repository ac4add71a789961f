using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation;

/// <summary>Faults, one after the other, each for a while.</summary>
internal sealed class Storm(LogSimulation world)
{
    private readonly Random random = world.Random;
    private bool isOver;

    public void Begin()
    {
        NextLater();
        if (world.Options.ChangeEvery is { } every)
            ChangeLater(every);
    }

    /// <summary>All is healed, and everybody is back.</summary>
    public void End()
    {
        isOver = true;
        world.Network.IsBad = false;
        world.Network.Heal();
        foreach (var node in world.Nodes.ToList())
        {
            node.Resume();
            node.Start();
            foreach (var role in node.Roles)
                node.Start(role);
        }
    }

    private void ChangeLater(TimeSpan every) => world.Schedule.In((long)(every.TotalMicroseconds * 2 * random.NextDouble()), () =>
    {
        if (isOver)
            return;
        world.Administrator.Change();
        ChangeLater(every);
    });

    private void NextLater() => world.Schedule.In((long)(world.Options.FaultEvery.TotalMicroseconds * 2 * random.NextDouble()), () =>
    {
        if (isOver)
            return;
        Next();
        NextLater();
    });

    private void Next()
    {
        var node = Victim();
        switch (random.Next(13))
        {
            case 0 or 1 or 2:
                Partition(node);
                break;
            case 3:
                world.Network.Heal();
                break;
            case 4:
                Hit("a node crashed");
                node.Crash();
                Later(node.Start);
                break;
            case 5:
                Hit("all nodes crashed");
                foreach (var each in world.Nodes.ToList())
                    each.Crash();
                foreach (var each in world.Nodes)
                    Later(each.Start);
                break;
            case 6 or 7 or 8:
                var role = node.Roles.ElementAt(random.Next(node.Roles.Count()));
                Hit($"a {role.Place.Role.ToString().ToLowerInvariant()} crashed alone");
                node.Crash(role);
                Later(() => node.Start(role));
                break;
            case 9 or 10:
                Hit("a node paused");
                node.Pause(random.Next(10_000, 1_500_000));
                break;
            case 11:
                var leader = world.Nodes.FirstOrDefault(each => each.Leads) ?? node;
                var voters = world.Invariants.Newest.Voters;
                Hit("a leader was asked to make way");
                world.Send(node, leader.Id, new Transfer(world.NextId(), voters[random.Next(voters.Length)].Id));
                break;
            case 12:
                // Before the others miss it: they must not take it for the process that it was.
                Hit("a node restarted quickly");
                node.Crash();
                world.Schedule.In(random.Next(1_000, 100_000), node.Start);
                break;
        }
    }

    // Whoever leads is struck more often: that is where the protocol has something to do.
    private SimulatedNode Victim()
    {
        var nodes = world.Nodes.FindAll(node => !node.IsGone);
        var leaders = nodes.FindAll(node => node.Leads);
        return leaders.Count > 0 && random.Next(2) == 0 ? leaders[random.Next(leaders.Count)] : nodes[random.Next(nodes.Count)];
    }

    private void Partition(SimulatedNode victim)
    {
        var shape = (PartitionShape)random.Next(Enum.GetValues<PartitionShape>().Length);
        Hit($"partition: {shape}");
        Partitions.Apply(world.Network, shape, [.. world.Nodes.Where(node => !node.IsGone).Select(node => node.Id).Distinct()], victim.Id, random);
        Later(world.Network.Heal);
    }

    private void Hit(string fault)
    {
        world.Trace($"fault: {fault}");
        world.Marks.Hit(fault);
    }

    private void Later(Action end) => world.Schedule.In(random.Next(10_000, 2_000_000), () =>
    {
        if (!isOver)
            end();
    });
}
