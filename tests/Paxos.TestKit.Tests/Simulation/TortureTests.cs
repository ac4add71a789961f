using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.Simulation;

/// <summary>A campaign finds what breaks, and what it shows for it is small and can be played again.</summary>
public sealed class TortureTests
{
    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        var one = LogSimulation.Run(7, SimulationOptions.Draw(7) with { IsTraced = true });
        var other = LogSimulation.Run(7, SimulationOptions.Draw(7) with { Faults = one.Faults, IsTraced = true });
        Assert.Equal(one.Trace, other.Trace);
        Assert.True(one.Steps > 1_000);
    }

    [Fact]
    public void A_campaign_goes_on_until_so_many_steps_are_done_and_says_what_never_happened()
    {
        var result = Torture.Run(seed: 1, steps: 1);
        Assert.Equal((1, 1), (result.First, result.Seeds));
        Assert.Equal(LogSimulation.Run(1).Steps, result.Steps);
        Assert.NotEmpty(result.Never);
        Assert.Null(result.Broken);
    }

    [Fact]
    public void Disks_that_lie_break_an_invariant_and_the_smallest_storm_shows_it_again()
    {
        var campaign = Torture.Run(seed: 1, steps: 5_000_000, cores: 2, draw: Lying);
        Assert.NotNull(campaign.Broken);
        var broken = campaign.Broken;

        var storm = Shrinking.Shrink(broken.Seed, Lying(broken.Seed));

        Assert.Equal(broken.Broken!.Invariant, storm.Breaks);
        Assert.True(storm.Options.Faults!.Count < Math.Max(2, broken.Faults.Count), $"{storm.Options.Faults.Count} of {broken.Faults.Count} faults are left");
        var again = StormFile.Parse(storm.Write()).Replay();
        Assert.Equal((storm.Breaks, storm.What), (again.Broken?.Invariant, again.Broken?.What));
        Assert.NotEmpty(again.Trace);
    }

    [Fact]
    public void What_breaks_nothing_is_not_made_smaller() =>
        Assert.Throws<ArgumentException>(() => Shrinking.Shrink(1, SimulationOptions.Draw(1)));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"Breaks":"Promises","What":"","Seed":1,"Options":{}}""")]
    [InlineData("""{"Breaks":"Promise","What":"","Seed":1,"Options":null}""")]
    [InlineData("""{"Breaks":"Promise","What":"","Seed":1,"Options":{"Wind":9}}""")]
    public void What_is_no_storm_is_refused(string text) => Assert.Throws<FormatException>(() => StormFile.Parse(text));

    private static SimulationOptions Lying(int seed) => SimulationOptions.Draw(seed) with { DisksLie = true };
}
