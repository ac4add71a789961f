using System.Globalization;
using Paxos.TestKit.Simulation;
using Xunit.Abstractions;

namespace Paxos.TestKit.Tests.Simulation;

/// <summary>
/// Clusters in bad weather, each drawn from a seed. <c>PAXOS_SEEDS=first..last</c> runs others.
/// </summary>
public sealed class LogSimulationTests(ITestOutputHelper output)
{
    private static readonly (int First, int Last) Seeds = Environment.GetEnvironmentVariable("PAXOS_SEEDS")?.Split("..") is [var first, var last]
        ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture))
        : (1, 400);

    [Fact]
    public void The_invariants_hold_in_any_weather_and_everything_rare_has_happened()
    {
        var sometimes = LogSimulation.RareThings.ToDictionary(what => what, _ => 0);
        var broken = new List<SimulationResult>();
        for (var seed = Seeds.First; seed <= Seeds.Last; seed++)
        {
            var result = LogSimulation.Run(seed);
            if (result.Broken is not null)
                broken.Add(result);
            foreach (var (what, count) in result.Sometimes)
                sometimes[what] = sometimes.GetValueOrDefault(what) + count;
        }
        foreach (var (what, count) in sometimes)
            output.WriteLine($"{count,8} {what}");
        Assert.Empty(broken);
        Assert.DoesNotContain(sometimes, mark => mark.Value == 0);
    }
}
