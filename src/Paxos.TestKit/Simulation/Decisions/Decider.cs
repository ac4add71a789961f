using System.Globalization;
using Paxos.Protocol;

namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>An application that decides and reads: new names, on which several agree, and old ones, which must stay what they are.</summary>
internal sealed class Decider(int number, LogSimulation world)
{
    private const long NameForUs = 200_000;
    private readonly Random random = world.Random;
    private int asked;

    public void Begin() => world.Schedule.In(Pause(), Ask);

    /// <summary>Decides once through this node.</summary>
    public static void Decide(LogSimulation world, SimulatedNode node, string name, Action done)
    {
        var wish = Value.FromUtf8($"{name} by {node.Id}");
        Ask(world, node, name, wish, answer =>
        {
            if (answer is Answer.Decided)
                done();
        });
    }

    private void Ask()
    {
        if (world.IsCalm)
            return;
        var up = world.Nodes.FindAll(node => node.Front is not null && !node.IsPaused);
        if (up.Count == 0)
        {
            Next();
            return;
        }
        var wish = Value.FromUtf8(string.Create(CultureInfo.InvariantCulture, $"{number}/{++asked}"));
        Ask(world, up[random.Next(up.Count)], Name(), random.Next(3) == 0 ? null : wish, _ => Next());
    }

    private static void Ask(LogSimulation world, SimulatedNode node, string name, Value? wish, Action<Answer> ended)
    {
        var wasChosen = world.Decisions.IsChosen(name);
        node.Decisions!.Ask(name, wish, answer =>
        {
            world.Decisions.Told(node.Id, name, wish, wasChosen, answer);
            ended(answer);
        });
    }

    private string Name()
    {
        var names = world.Decisions.Names;
        return names.Count > 0 && random.Next(4) == 0
            ? names[random.Next(names.Count)]
            : string.Create(CultureInfo.InvariantCulture, $"d{random.Next(2)}/{world.Schedule.NowUs / NameForUs}");
    }

    private void Next() => world.Schedule.In(Pause(), Ask);

    private long Pause() => (long)(world.Options.CallEvery.TotalMicroseconds * world.Options.Deciders * 2 * random.NextDouble());
}
