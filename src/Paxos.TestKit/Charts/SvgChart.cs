using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Charts;

/// <summary>
/// Draws a run as an SVG picture: a lane for each node, time runs downwards. It brings a background of its own, light or
/// dark as the viewer prefers.
/// </summary>
public static class SvgChart
{
    public static string Render(ScenarioRun run) => new SvgDrawing(new ChartLayout(run), run).Draw();
}
