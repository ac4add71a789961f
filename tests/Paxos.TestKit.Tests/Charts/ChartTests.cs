using System.Globalization;
using System.Xml.Linq;
using Paxos.TestKit.Charts;
using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Tests.Charts;

public sealed class ChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string> BuiltIn => [.. ScenarioLibrary.Names];

    [Fact]
    public void A_terminal_chart_shows_lanes_arrows_losses_writes_and_what_is_chosen()
    {
        var scenario = Scenario.Parse(
            """
            # One of two acceptors
            # A comment.
            nodes a b
            decide a x
            deliver Prepare a->*
            drop Promise b->a   # gone
            deliver Promise a->a
            retry a
            deliver Prepare a->b
            deliver Promise b->a
            deliver Accept a->*
            deliver Accepted *->a
            crash b
            """, "file.txt");
        Assert.Equal(
            """
            One of two acceptors

              A comment.

                 a                   b
                 │                   │
              1  ● proposes x        │
                 ■ reserved round 1  │
              2  ↺ Prepare(1.a)      │
                 ■ promised 1.a      │
                 │── Prepare(1.a) ──▶│
                 │                   ■ promised 1.a
                 │                   │
                 # gone
              3  │✗╌ Promise(1.a) ╌╌╌│
              4  ↺ Promise(1.a)      │
              5  ○ tries again       │
              6  │── Prepare(1.a) ──▶│
              7  │◀─ Promise(1.a) ───│
              8  ↺ Accept(1.a, x)    │
                 ■ accepted 1.a x    │
                 │─ Accept(1.a, x) ─▶│
                 │                   ■ accepted 1.a x
              9  ↺ Accepted(1.a)     │
                 │◀─ Accepted(1.a) ──│
                 ★ x is chosen       │
             10  │                   ✗ down
                 │                   ┊
                 a                   b

                 ■ on disk   ✗ lost

            At the end
              a: acceptor accepted 1.a x; proposer said x
              b: down
              in flight: Chosen(x) a->a; Chosen(x) a->b

            """.ReplaceLineEndings("\n"), MessageChart.Render(scenario.Run(), 80));
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Every_built_in_chart_fits_a_terminal_of_100_columns_with_nothing_cut(string name)
    {
        var chart = MessageChart.Render(ScenarioLibrary.Open(name)!.Run());
        var lines = chart[..chart.IndexOf("At the end", StringComparison.Ordinal)].Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.DoesNotContain("…", chart);
    }

    [Fact]
    public void A_long_value_is_cut_and_the_lanes_stay_where_they_are()
    {
        var value = new string('x', 300);
        var run = Scenario.Parse(
            $"nodes a b c\ndecide a {value}\ndeliver Prepare a->*\ndeliver Promise *->a\ndeliver Accept a->c", "f").Run();
        var chart = MessageChart.Render(run, 80);
        var lines = chart[..chart.IndexOf("At the end", StringComparison.Ordinal)].Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("…", chart);
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void No_text_of_a_picture_lies_on_another_or_outside(string name)
    {
        var picture = XDocument.Parse(SvgChart.Render(ScenarioLibrary.Open(name)!.Run())).Root!;
        var boxes = picture.Elements(Svg + "text").Select(Box).ToList();
        var (width, height) = (Number(picture, "width"), Number(picture, "height"));
        Assert.All(boxes, box => Assert.True(box.Left >= 0 && box.Right <= width && box.Top >= 0 && box.Bottom <= height, box.Text));
        for (var i = 0; i < boxes.Count; i++)
        {
            for (var j = 0; j < i; j++)
                Assert.False(boxes[i].Overlaps(boxes[j]), $"'{boxes[i].Text}' lies on '{boxes[j].Text}'");
        }
    }

    [Fact]
    public void A_picture_holds_any_value_as_text()
    {
        var run = Scenario.Parse("nodes a\ndecide a <b>&\"'\u0001\uD800\uFFFF\ndeliver Prepare a->a", "f").Run();
        var picture = XDocument.Parse(SvgChart.Render(run)).Root!;
        Assert.Contains(picture.Elements(Svg + "text"), text => text.Value == "proposes <b>&\"'·\uFFFD·");
    }

    [Fact]
    public void A_broken_invariant_is_shown_in_course_and_charts()
    {
        var scenario = Scenario.Parse("nodes a\ndecide a blue", "f");
        var run = scenario.Run() with { Broken = new BrokenInvariant(Invariant.Agreement, "a and b") };
        Assert.Contains("Agreement is broken: a and b", MessageChart.Render(run));
        Assert.Contains("Agreement is broken: a and b", SvgChart.Render(run));
        Assert.False(run.IsAsExpected);
    }

    private readonly record struct TextBox(string Text, double Left, double Right, double Top, double Bottom)
    {
        public bool Overlaps(TextBox other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }

    private static TextBox Box(XElement text)
    {
        var style = text.Attribute("class")!.Value.Split(' ')[0];
        var size = style switch { "title" => 19, "name" => 15, "caption" => 13, "kind" or "number" or "command" => 11, _ => 12 };
        // The advance of a monospace letter is 0.6 of its size; prose is narrower.
        var length = text.Value.Length * size * (style is "title" or "caption" ? 0.5 : 0.602);
        var (x, baseline) = (Number(text, "x"), Number(text, "y"));
        var left = style switch { "label" or "name" or "kind" => x - length / 2, "number" => x - length, _ => x };
        return new TextBox(text.Value, left, left + length, baseline - size * 0.75, baseline + size * 0.2);
    }

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
