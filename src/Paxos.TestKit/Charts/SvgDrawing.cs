using System.Globalization;
using System.Xml.Linq;
using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Charts;

/// <summary>A chart as lines, marks and labels of an SVG picture.</summary>
internal sealed class SvgDrawing
{
    private const double Padding = 24;
    private const double Row = 30;
    private const double CaptionLine = 18;
    private const double Slope = 3;

    // The widths of a letter, on the generous side: 12 px monospace, 11 px monospace, 13 px sans.
    private const double Letter = 7.4;
    private const double SmallLetter = 6.8;
    private const double ProseLetter = 6.4;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly ChartLayout layout;
    private readonly ScenarioRun run;
    private readonly double firstLane;
    private readonly double spacing;
    private readonly double width;
    private readonly double top;
    private readonly double[] y;
    private readonly List<XElement> elements = [];

    public SvgDrawing(ChartLayout layout, ScenarioRun run)
    {
        this.layout = layout;
        this.run = run;
        var gaps = layout.Lanes.Count - 1;
        var commands = layout.StepRows.Values.Select(step => ChartWords.Cut(step.Step.Text).Length).DefaultIfEmpty().Max();
        firstLane = Padding + (commands + 4) * SmallLetter + 44;
        spacing = Math.Max(150, layout.Between(aroundNote: 5, aroundArrow: 7) * Letter);
        var right = Math.Max(60, layout.Margin(aroundNote: 5) * Letter);
        width = Math.Max(firstLane + gaps * spacing + right + Padding, 2 * Padding + run.Scenario.Title.Length * 11);
        top = Padding + 92;
        y = new double[layout.Rows + 2];
        y[0] = top;
        var captions = layout.Captions.ToDictionary(caption => caption.Row, caption => Lines(caption).Count);
        for (var row = 0; row <= layout.Rows; row++)
            y[row + 1] = y[row] + (captions.TryGetValue(row, out var lines) ? lines * CaptionLine + 18 : Row);
    }

    public string Draw()
    {
        var bottom = y[layout.Rows] + 14;
        DrawBands();
        Text("title", Padding, Padding + 18, run.Scenario.Title);
        DrawLanes(bottom);
        foreach (var caption in layout.Captions)
            Draw(caption);
        foreach (var (row, step) in layout.StepRows)
            DrawCommand(row, step);
        foreach (var arrow in layout.Arrows)
            Draw(arrow);
        foreach (var note in layout.Notes)
            Draw(note);
        var height = DrawEnd(bottom + 30) + Padding;
        var svg = new XElement(Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            new XAttribute("width", Number(width)),
            new XAttribute("height", Number(height)),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", SvgStyle.Clean(run.Scenario.Title)),
            new XElement(Svg + "style", SvgStyle.Sheet),
            Element("rect", "card", ("x", 0.5), ("y", 0.5), ("width", width - 1), ("height", height - 1), ("rx", 10)),
            elements);
        return svg.ToString().ReplaceLineEndings("\n") + "\n";
    }

    private double X(int lane) => firstLane + lane * spacing;

    private double Middle(int row) => y[row] + Row / 2;

    private List<string> Lines(Caption caption) =>
        [.. Wrapping.Wrap(SvgStyle.Clean(caption.Text), (int)((width - 2 * Padding) / ProseLetter))];

    // Every other step lies on a band, so that the eye finds what belongs together.
    private void DrawBands()
    {
        var starts = layout.StepRows.Keys.Order().ToList();
        foreach (var (row, step) in layout.StepRows.Where(entry => entry.Value.Number % 2 == 0))
        {
            var next = starts.Concat(layout.Captions.Select(caption => caption.Row)).Append(layout.Rows).Where(other => other > row).Min();
            Add("rect", "band", ("x", 12), ("y", y[row]), ("width", width - 24), ("height", y[next] - y[row]), ("rx", 5));
        }
    }

    private void DrawLanes(double bottom)
    {
        for (var lane = 0; lane < layout.Lanes.Count; lane++)
        {
            var x = X(lane);
            Line("lane", x, top - 12, x, bottom);
            Add("rect", "node", ("x", x - 40), ("y", top - 52), ("width", 80), ("height", 40), ("rx", 7));
            Text("name", x, top - 34, ChartWords.Cut(layout.Lanes[lane].Node.ToString()));
            Text("kind", x, top - 19, layout.Lanes[lane].Kind);
        }
        foreach (var outage in layout.Outages)
        {
            var end = outage.To > layout.Rows ? bottom : Middle(outage.To);
            Line("gap", X(outage.Lane), Middle(outage.From), X(outage.Lane), end);
            Line("outage", X(outage.Lane), Middle(outage.From), X(outage.Lane), end);
        }
    }

    private void Draw(Caption caption)
    {
        var lines = Lines(caption);
        var height = lines.Count * CaptionLine + 14;
        Add("rect", "blank", ("x", Padding), ("y", y[caption.Row] + 2), ("width", width - 2 * Padding), ("height", height));
        for (var i = 0; i < lines.Count; i++)
            Text("caption", Padding, y[caption.Row] + 22 + i * CaptionLine, lines[i]);
    }

    private void DrawCommand(int row, PlayedStep step)
    {
        Text("number", Padding + 2.6 * SmallLetter, Middle(row) + 4, step.Number.ToString(CultureInfo.InvariantCulture));
        Text("command", Padding + 4 * SmallLetter, Middle(row) + 4, ChartWords.Cut(step.Step.Text));
    }

    private void Draw(Arrow arrow)
    {
        var style = arrow.Fate switch
        {
            Fate.Lost => "lost",
            Fate.ChangesNothing => "idle",
            _ => SvgStyle.Of(arrow.Kind),
        };
        if (arrow.From == arrow.To)
        {
            DrawLoop(arrow, style);
            return;
        }
        var way = Math.Sign(arrow.To - arrow.From);
        var (x1, y1) = (X(arrow.From) + way * 3, Middle(arrow.Row) + 5 - Slope);
        var (x2, y2) = (X(arrow.To) - way * 3, Middle(arrow.Row) + 5 + Slope);
        if (arrow.Fate == Fate.Lost)
        {
            // It goes most of the way to the next lane, and no further.
            var reach = 1 - 0.08 / Math.Abs(arrow.To - arrow.From);
            (x2, y2) = (x1 + (x2 - x1) * reach, y1 + (y2 - y1) * reach);
            Cross("lost", x2, y2, 5);
        }
        else
            Head(style, x2, y2, way, filled: arrow.Fate == Fate.Taken);
        Line("arrow " + style, x1, y1, x2, y2);
        var share = 0.5 / Math.Abs(arrow.To - arrow.From);
        Text("label " + style, X(arrow.From) + way * spacing / 2, y1 + (y2 - y1) * share - 6, arrow.Text);
    }

    private void DrawLoop(Arrow arrow, string style)
    {
        var (x, middle) = (X(arrow.To), Middle(arrow.Row));
        var path = $"M {Number(x + 2)} {Number(middle - 6)} h 8 a 6 6 0 0 1 0 12 h -2";
        elements.Add(new XElement(Svg + "path", Class("arrow loop " + style), new XAttribute("d", path)));
        if (arrow.Fate == Fate.Lost)
            Cross("lost", x + 7, middle + 6, 4);
        else
            Head(style, x + 2, middle + 6, -1, filled: arrow.Fate == Fate.Taken);
        Text("note " + style, x + 24, middle + 4, arrow.Text);
    }

    private void Head(string style, double x, double tip, int way, bool filled)
    {
        var points = $"{Number(x)},{Number(tip)} {Number(x - way * 9)},{Number(tip - 4.5)} {Number(x - way * 9)},{Number(tip + 4.5)}";
        elements.Add(new XElement(Svg + "polygon", Class((filled ? "head " : "head hollow ") + style), new XAttribute("points", points)));
    }

    private void Draw(Note note)
    {
        var (x, middle) = (X(note.Lane), Middle(note.Row));
        var style = note.Mark.ToString().ToLowerInvariant();
        switch (note.Mark)
        {
            case Mark.Chosen or Mark.Undecided:
                var length = note.Text.Length * Letter + 34;
                Add("rect", "pill " + style, ("x", x - 9), ("y", middle - 11), ("width", length), ("height", 22), ("rx", 11));
                Add("circle", "dot " + style, ("cx", x), ("cy", middle), ("r", 4));
                Text("told " + style, x + 13, middle + 4, note.Text);
                return;
            case Mark.Written or Mark.Writing or Mark.Recovered:
                Add("rect", "disk " + style, ("x", x - 5), ("y", middle - 5), ("width", 10), ("height", 10), ("rx", 1.5));
                break;
            case Mark.Applied:
                elements.Add(new XElement(
                    Svg + "path", Class("applied"), new XAttribute("d", $"M {Number(x)} {Number(middle - 6)} l 6 6 l -6 6 l -6 -6 z")));
                break;
            case Mark.Down or Mark.Forgotten:
                Cross("crash", x, middle, note.Mark == Mark.Down ? 7 : 4);
                break;
            case Mark.Timer or Mark.Slow:
                Add("circle", "clock", ("cx", x), ("cy", middle), ("r", 6));
                Line("hand", x, middle - 4, x, middle);
                Line("hand", x, middle, x + 3, middle);
                break;
            default:
                Add("circle", note.Mark == Mark.Call ? "point" : "ring", ("cx", x), ("cy", middle), ("r", 5.5));
                break;
        }
        Text("note " + style, x + 13, middle + 4, note.Text);
    }

    private double DrawEnd(double from)
    {
        var at = from;
        if (run.Broken is { } broken)
        {
            Text("note down", Padding, at, broken.ToString());
            at += CaptionLine;
        }
        var room = (int)((width - 2 * Padding) / SmallLetter);
        foreach (var line in run.End.Append(string.Join("; ", layout.Legend)).SelectMany(line => Wrapping.Wrap(line, room)))
        {
            Text("command", Padding, at, line);
            at += CaptionLine;
        }
        return at - CaptionLine;
    }

    private void Cross(string style, double x, double middle, double size)
    {
        Line("cross " + style, x - size, middle - size, x + size, middle + size);
        Line("cross " + style, x - size, middle + size, x + size, middle - size);
    }

    private void Line(string style, double x1, double y1, double x2, double y2) =>
        Add("line", style, ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    private void Text(string style, double x, double baseline, string text) =>
        elements.Add(new XElement(Svg + "text", Class(style), At("x", x), At("y", baseline), SvgStyle.Clean(text)));

    private void Add(string name, string style, params ReadOnlySpan<(string Name, double Value)> attributes) =>
        elements.Add(Element(name, style, attributes));

    private static XElement Element(string name, string style, params ReadOnlySpan<(string Name, double Value)> attributes)
    {
        var element = new XElement(Svg + name, Class(style));
        foreach (var (attribute, value) in attributes)
            element.Add(At(attribute, value));
        return element;
    }

    private static XAttribute Class(string style) => new("class", style);

    private static XAttribute At(string name, double value) => new(name, Number(value));

    private static string Number(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);
}
