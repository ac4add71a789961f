using System.Runtime.CompilerServices;
using Paxos.TestKit.Scenarios;

namespace Paxos.Protocol.Tests.Scenarios;

/// <summary>
/// Plays every file in this folder. With <c>PAXOS_REWRITE=1</c> what comes of them is written below their line of
/// <c>----</c>, for review as a difference; never where <c>CI=true</c>.
/// </summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Files => [.. ScenarioLibrary.Names];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_scenario_takes_its_expected_course(string name)
    {
        var scenario = ScenarioLibrary.Open(name)!;
        var run = scenario.Run();
        Assert.Null(run.Broken);
        if (Environment.GetEnvironmentVariable("PAXOS_REWRITE") == "1" && Environment.GetEnvironmentVariable("CI") is not "true")
        {
            File.WriteAllText(Path.Combine(Folder(), scenario.FileName), scenario.WithCourse(run.Course));
            return;
        }
        Assert.Equal(scenario.Expected, run.Course);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_scenario_has_a_title_and_says_what_to_watch(string name)
    {
        var scenario = ScenarioLibrary.Open(name)!;
        Assert.InRange(scenario.Title.Length, 1, 60);
        Assert.InRange(scenario.Introduction.Count, 3, 10);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
