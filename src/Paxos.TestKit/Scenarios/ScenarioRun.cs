namespace Paxos.TestKit.Scenarios;

/// <summary>What came of a scenario: the one record from which course and charts are written.</summary>
/// <param name="End">What each node knows at the end, a line a node, and what is still in flight.</param>
/// <param name="Broken">The first broken invariant; the run ends there.</param>
public sealed record ScenarioRun(
    Scenario Scenario,
    IReadOnlyList<PlayedStep> Steps,
    IReadOnlyList<string> End,
    Breach? Broken)
{
    /// <summary>The course as it stands below the separator of a scenario file.</summary>
    public string Course { get; } = CourseText.Write(Steps, End, Broken);

    /// <summary>No invariant is broken, and the course is the expected one, where the file has one.</summary>
    public bool IsAsExpected => Broken is null && (Scenario.Expected ?? Course) == Course;
}

/// <param name="Number">Counted from 1.</param>
public sealed record PlayedStep(int Number, Step Step, IReadOnlyList<Turn> Turns);
