using Xunit.Abstractions;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>The exhaustive check and the simulator can fail: they find each mistake in the core in tests/mutants, by the name of what it breaks.</summary>
public sealed class SeededBugTests(ITestOutputHelper output)
{
    private static readonly string[] Kinds = ["log", "epoch"];

    public static TheoryData<string> Patches => [.. Names(null)];

    public static TheoryData<string> LogPatches => [.. Names("log")];

    public static TheoryData<string> EpochPatches => [.. Names("epoch")];

    public static TheoryData<string> SimulatedPatches => [.. All.Where(bug => bug.Seeds is not null).Select(bug => bug.Name).Order()];

    private static IEnumerable<SeededBug> All => SeededBug.All.Where(bug => bug.Spec is null);

    // Those that the exhaustive check of this kind finds.
    private static IEnumerable<string> Names(string? kind) => All
        .Where(bug => bug.Seeds is null)
        .Select(bug => bug.Name)
        .Where(name => Array.Find(Kinds, one => name.Contains($"-{one}-", StringComparison.Ordinal)) == kind)
        .Order();

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_mistake_is_found_by_name_and_its_scenario_shows_it_again(string name)
    {
        var bug = SeededBug.Read(name);
        using var core = new Core(bug.Patch);
        var result = core.Check(bug.Options);
        output.WriteLine($"{bug.Mistake}\n{result}");
        Assert.NotNull(result.Violation);
        Assert.Equal(bug.Breaks, result.Violation.Invariant.ToString());

        var run = core.Play(result.Violation.Scenario);
        output.WriteLine(run.Course);
        Assert.Equal(bug.Breaks, run.Broken?.Invariant.ToString());
    }

    [Theory]
    [MemberData(nameof(LogPatches))]
    public void A_mistake_in_the_log_is_found_by_name(string name)
    {
        var bug = SeededBug.Read(name);
        using var core = new Core(bug.Patch);
        var result = core.CheckLog(bug.Options);
        output.WriteLine($"{bug.Mistake}\n{result}");
        Assert.NotNull(result.Violation);
        Assert.Equal(bug.Breaks, result.Violation.Invariant.ToString());
    }

    [Theory]
    [MemberData(nameof(SimulatedPatches))]
    public void A_mistake_is_found_by_name_in_a_simulated_storm(string name)
    {
        var bug = SeededBug.Read(name);
        using var core = new Core(bug.Patch);
        var result = core.Simulate(bug.Seeds!.Value.First, bug.Seeds.Value.Last);
        Assert.NotNull(result);
        output.WriteLine($"{bug.Mistake}\n{result}");
        Assert.Equal(bug.Breaks, result!.Broken.Invariant.ToString());
    }

    [Theory]
    [MemberData(nameof(EpochPatches))]
    public void A_mistake_in_a_change_of_voters_is_found_by_name(string name)
    {
        var bug = SeededBug.Read(name);
        using var core = new Core(bug.Patch);
        var result = core.CheckMove(bug.Options);
        output.WriteLine($"{bug.Mistake}\n{result}");
        Assert.NotNull(result.Violation);
        Assert.Equal(bug.Breaks, result.Violation.Invariant.ToString());
    }

    [Fact]
    public void Every_invariant_is_broken_by_a_mistake()
    {
        var broken = All.Where(bug => bug.Seeds is null).Select(bug => bug.Breaks);
        Assert.Equal(Enum.GetNames<Invariant>().Order(), broken.Distinct().Order());
    }

    [Theory]
    [InlineData("proposers=2 rounds=1 crashes=1")]
    [InlineData("proposers=1 readers=1 rounds=1 crashes=1")]
    public void The_core_as_it_is_passes_in_the_same_harness(string options)
    {
        using var core = new Core(patch: null);
        var result = core.Check(SeededBug.ParseOptions(options));
        Assert.True(result.IsComplete, (string)result.ToString());
    }
}
