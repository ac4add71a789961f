using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Charts;

/// <summary>Draws a run as an SVG picture: a lane for each node, time runs downwards.</summary>
public static class SvgChart
{
    public static string Render(ScenarioRun run) => run.Course;
}
