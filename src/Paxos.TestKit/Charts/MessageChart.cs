using System.Globalization;
using System.Text;
using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Charts;

/// <summary>Draws a run for a terminal: a lane for each node, time runs downwards.</summary>
public static class MessageChart
{
    // Prose is hard to read in longer lines.
    private const int MaxLine = 84;

    /// <param name="width">The columns of the terminal. A chart is as wide as its messages need; past this, they are cut.</param>
    public static string Render(ScenarioRun run, int width = 100)
    {
        var text = new StringBuilder();
        text.Append(run.Scenario.Title).Append("\n\n");
        foreach (var line in Wrapping.Wrap(string.Join(' ', run.Scenario.Introduction), Math.Min(width, MaxLine)))
            text.Append("  ").Append(line).Append('\n');
        text.Append('\n');
        new TextDrawing(new ChartLayout(run), width).Write(text);
        text.Append("\nAt the end\n");
        foreach (var line in run.End)
            text.Append("  ").Append(line).Append('\n');
        if (run.Broken is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n{run.Broken}\n");
        return text.ToString();
    }
}
