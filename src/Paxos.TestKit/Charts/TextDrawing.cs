using System.Globalization;
using System.Text;

namespace Paxos.TestKit.Charts;

/// <summary>A chart as lines of characters.</summary>
internal sealed class TextDrawing
{
    // The step's number stands here.
    private const int Gutter = 5;
    private const int LeastSpacing = 12;

    // Around a note: mark and space before it, a space behind. Around an arrow's text: line and head on both sides.
    private const int AroundNote = 3;
    private const int AroundArrow = 6;

    private readonly ChartLayout layout;
    private readonly int width;
    private readonly int spacing;

    public TextDrawing(ChartLayout layout, int width)
    {
        this.layout = layout;
        var gaps = layout.Lanes.Count - 1;
        spacing = Math.Max(LeastSpacing, layout.Between(AroundNote, AroundArrow));
        var margin = layout.Margin(AroundNote);
        if (gaps > 0 && Gutter + gaps * spacing + margin > width)
            spacing = Math.Max(LeastSpacing, (width - Gutter - margin) / gaps);
        this.width = Math.Max(width, Gutter + gaps * spacing + LeastSpacing);
    }

    public void Write(StringBuilder text)
    {
        Append(text, Names());
        Append(text, Lanes(0));
        var captions = layout.Captions.ToLookup(caption => caption.Row);
        var arrows = layout.Arrows.ToLookup(arrow => arrow.Row);
        var notes = layout.Notes.ToLookup(note => note.Row);
        for (var row = 0; row < layout.Rows; row++)
        {
            var line = Lanes(row);
            if (captions[row].FirstOrDefault() is { } caption)
            {
                if (row > 0)
                    Append(text, line);
                foreach (var part in Wrapping.Wrap(caption.Text, width - Gutter - 2))
                    text.Append(' ', Gutter).Append("# ").Append(part).Append('\n');
                continue;
            }
            if (layout.StepRows.TryGetValue(row, out var step))
                Put(line, 0, step.Number.ToString(CultureInfo.InvariantCulture).PadLeft(3));
            foreach (var arrow in arrows[row])
                Draw(line, arrow);
            foreach (var note in notes[row])
                Draw(line, note.Lane, MarkOf(note.Mark), note.Text);
            Append(text, line);
        }
        Append(text, Lanes(layout.Rows));
        Append(text, Names());
        if (layout.Legend.Count > 0)
            text.Append('\n').Append(' ', Gutter).AppendJoin("   ", layout.Legend).Append('\n');
    }

    private int X(int lane) => Gutter + lane * spacing;

    private char[] Names()
    {
        var line = Blank();
        for (var lane = 0; lane < layout.Lanes.Count; lane++)
        {
            var (node, kind, votes) = layout.Lanes[lane];
            Put(line, X(lane), Cut(votes ? node.ToString() : $"{node} ({kind})", Room(lane) + 2));
        }
        return line;
    }

    private char[] Lanes(int row)
    {
        var line = Blank();
        for (var lane = 0; lane < layout.Lanes.Count; lane++)
        {
            var down = layout.Outages.Any(outage => outage.Lane == lane && outage.From < row && row < outage.To);
            line[X(lane)] = down ? '┊' : '│';
        }
        return line;
    }

    private void Draw(char[] line, Arrow arrow)
    {
        if (arrow.From == arrow.To)
        {
            var end = arrow.Fate switch { Fate.Lost => " ✗", Fate.ChangesNothing => " ▷", _ => "" };
            Draw(line, arrow.To, '↺', Cut(arrow.Text, Room(arrow.To) - end.Length) + end);
            return;
        }
        var leftwards = arrow.To < arrow.From;
        var (first, last) = leftwards ? (X(arrow.To) + 1, X(arrow.From) - 1) : (X(arrow.From) + 1, X(arrow.To) - 1);
        for (var x = first; x <= last; x++)
            line[x] = line[x] is ' ' ? (arrow.Fate == Fate.Lost ? '╌' : '─') : '┼';
        line[leftwards ? first : last] = (arrow.Fate, leftwards) switch
        {
            (Fate.Lost, _) => '✗',
            (Fate.ChangesNothing, true) => '◁',
            (Fate.ChangesNothing, false) => '▷',
            (_, true) => '◀',
            (_, false) => '▶',
        };
        // Beside the sender, so that no lane crosses the text; where it does not fit, in the middle of the way.
        var nearest = leftwards ? (X(arrow.From - 1) + 1, last) : (first, X(arrow.From + 1) - 1);
        var (from, to) = arrow.Text.Length + AroundArrow <= spacing ? nearest : (first, last);
        var label = $" {Cut(arrow.Text, to - from - 4)} ";
        Put(line, from + (to - from + 1 - label.Length) / 2, label);
    }

    private void Draw(char[] line, int lane, char mark, string text)
    {
        line[X(lane)] = mark;
        Put(line, X(lane) + 2, Cut(text, Room(lane)));
    }

    private static char MarkOf(Mark mark) => mark switch
    {
        Mark.Call => '●',
        Mark.Timer => '○',
        Mark.Written => '■',
        Mark.Writing or Mark.Slow => '□',
        Mark.Recovered => '▤',
        Mark.Forgotten or Mark.Down => '✗',
        Mark.Chosen => '★',
        Mark.Applied => '◆',
        Mark.Undecided => '☆',
        Mark.Up => '↑',
        _ => '+',
    };

    // What fits between the mark on a lane and the next lane, or the edge.
    private int Room(int lane) => (lane == layout.Lanes.Count - 1 ? width - X(lane) : spacing) - AroundNote;

    private char[] Blank()
    {
        var line = new char[width];
        Array.Fill(line, ' ');
        return line;
    }

    private static void Put(char[] line, int x, string text) => text.CopyTo(0, line, x, Math.Min(text.Length, line.Length - x));

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..Math.Max(0, length - 1)] + "…";

    private static void Append(StringBuilder text, char[] line) => text.Append(line.AsSpan().TrimEnd()).Append('\n');
}
