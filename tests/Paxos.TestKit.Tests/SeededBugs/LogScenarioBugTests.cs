using Paxos.TestKit.Scenarios;
using Xunit.Abstractions;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>The invariants are looked at while a scenario of the log runs: with a mistake in the core it breaks the one it is about.</summary>
public sealed class LogScenarioBugTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("27-log-own-no-op-over-what-was-accepted", "24-a-new-leader-adopts-a-value")]
    [InlineData("29-log-accept-below-a-promise", "26-a-deposed-leaders-late-accept")]
    [InlineData("31-log-promise-counted-before-its-last-page", "27-a-promise-in-pages")]
    [InlineData("40-log-phase-1-without-a-quorum", "24-a-new-leader-adopts-a-value")]
    [InlineData("41-log-phase-2-without-a-quorum", "21-a-log-all-goes-well")]
    public void A_mistake_in_the_log_breaks_the_scenario_that_is_about_it(string mutant, string scenario)
    {
        var bug = SeededBug.Read(mutant);
        using var core = new Core(bug.Patch);
        var run = core.Play(ScenarioLibrary.Open(scenario)!.Source);
        output.WriteLine($"{bug.Mistake}\n{run.Course}");
        Assert.Equal(bug.Breaks, run.Broken?.Invariant.ToString());
    }

    [Fact]
    public void The_core_as_it_is_takes_the_expected_course_in_the_same_harness()
    {
        var scenario = ScenarioLibrary.Open("24-a-new-leader-adopts-a-value")!;
        using var core = new Core(patch: null);
        Assert.Equal(scenario.Expected, (string)core.Play(scenario.Source).Course);
    }
}
