using System.Globalization;
using Paxos.Protocol;
using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Charts;

/// <summary>
/// Gives everything in a run its row, so that nothing overlaps: what happens beside each other shares a row, and nothing
/// stands above what it follows on its lane. Both charts are drawn from this.
/// </summary>
internal sealed class ChartLayout
{
    private readonly List<Arrow> arrows = [];
    private readonly List<Note> notes = [];
    private readonly List<Caption> captions = [];
    private readonly List<Outage> outages = [];
    private readonly Dictionary<int, PlayedStep> stepRows = [];

    // The next free row of each column: lanes are the even columns, the room to the right of each is the odd one after it.
    private readonly int[] free;
    private readonly int?[] downSince;

    // Notes that wait for the end of the step, or for the next thing on their lane.
    private readonly List<(int Lane, Mark Mark, string Text)> waiting = [];

    public ChartLayout(ScenarioRun run)
    {
        Lanes = [.. run.Scenario.Nodes.Select(node => LaneFor(run.Scenario, node))];
        free = new int[2 * Lanes.Count];
        downSince = new int?[Lanes.Count];
        foreach (var step in run.Steps)
            Place(step);
        Rows = free.Max();
        for (var lane = 0; lane < Lanes.Count; lane++)
            EndOutage(lane, Rows + 1);
    }

    public IReadOnlyList<Lane> Lanes { get; }

    public int Rows { get; }

    public IReadOnlyList<Arrow> Arrows => arrows;

    public IReadOnlyList<Note> Notes => notes;

    public IReadOnlyList<Caption> Captions => captions;

    public IReadOnlyList<Outage> Outages => outages;

    /// <summary>Each step by the row in which it begins.</summary>
    public IReadOnlyDictionary<int, PlayedStep> StepRows => stepRows;

    /// <summary>What the signs mean, of those that occur.</summary>
    public IReadOnlyList<string> Legend =>
    [
        .. Meaning("■ on disk", notes.Exists(note => note.Mark == Mark.Written)),
        .. Meaning("□ being written", notes.Exists(note => note.Mark == Mark.Writing)),
        .. Meaning("▤ read back from disk", notes.Exists(note => note.Mark == Mark.Recovered)),
        .. Meaning("◆ applied", notes.Exists(note => note.Mark == Mark.Applied)),
        .. Meaning("▷ changes nothing", arrows.Exists(arrow => arrow.Fate == Fate.ChangesNothing)),
        .. Meaning("✗ lost", arrows.Exists(arrow => arrow.Fate == Fate.Lost)),
    ];

    private static Lane LaneFor(Scenario scenario, NodeId node) => scenario.Configuration.IndexOfVoter(node) >= 0
        ? new Lane(node, scenario.Log is null ? "acceptor" : "voter", Votes: true)
        : new Lane(node, scenario.Configuration.Everyone.Contains(node) ? "learner" : "outside", Votes: false);

    private static string[] Meaning(string meaning, bool occurs) => occurs ? [meaning] : [];

    /// <summary>How many characters have to fit between two lanes, each text with so many more around it.</summary>
    public int Between(int aroundNote, int aroundArrow) => Math.Max(
        notes.Where(note => note.Lane < Lanes.Count - 1).Select(note => note.Text.Length + aroundNote)
            .Concat(Loops(inMargin: false).Select(loop => loop.Text.Length + aroundNote)).DefaultIfEmpty().Max(),
        arrows.Where(arrow => arrow.From != arrow.To)
            .Select(arrow => Ceiling(arrow.Text.Length + aroundArrow, Math.Abs(arrow.To - arrow.From))).DefaultIfEmpty().Max());

    /// <summary>How many characters have to fit to the right of the last lane.</summary>
    public int Margin(int aroundNote) =>
        notes.Where(note => note.Lane == Lanes.Count - 1).Select(note => note.Text.Length + aroundNote)
            .Concat(Loops(inMargin: true).Select(loop => loop.Text.Length + aroundNote)).DefaultIfEmpty().Max();

    private IEnumerable<Arrow> Loops(bool inMargin) =>
        arrows.Where(arrow => arrow.From == arrow.To && (arrow.From == Lanes.Count - 1) == inMargin);

    private static int Ceiling(int length, int parts) => (length + parts - 1) / parts;

    private void Place(PlayedStep step)
    {
        if (step.Step.Comments.Count > 0)
            captions.Add(new Caption(Take(0, free.Length - 1), string.Join(' ', step.Step.Comments)));
        if (step.Turns is [{ Cause: Cause.Noted noted }])
        {
            PlaceCaption(noted.Caption);
            return;
        }
        // A step begins below all before it.
        Array.Fill(free, free.Max());
        stepRows[free[0]] = step;
        Packet? packet = null;
        foreach (var turn in step.Turns)
        {
            // One arrow may reach more than one role.
            if (turn.Cause is not Cause.Received received || !ReferenceEquals(received.Packet, packet))
                PlaceCause(turn);
            packet = (turn.Cause as Cause.Received)?.Packet;
            if (PlaceOf(turn.Cause) is { } place)
                AddOutcomes(LaneOf(place.Node), turn.Outcomes);
        }
        Flush(_ => true);
    }

    // Several in a row share a line.
    private void PlaceCaption(string text)
    {
        if (captions.Count > 0 && captions[^1].Row == free.Max() - 1)
            captions[^1] = captions[^1] with { Text = $"{captions[^1].Text} {text}" };
        else
            captions.Add(new Caption(Take(0, free.Length - 1), text));
    }

    private void PlaceCause(Turn turn)
    {
        switch (turn.Cause)
        {
            case Cause.Received c:
                PlaceArrow(c.Packet, ChangesNothing(turn) ? Fate.ChangesNothing : Fate.Taken);
                break;
            case Cause.Lost c:
                PlaceArrow(c.Packet, Fate.Lost);
                break;
            case Cause.Duplicated c:
                Place(LaneOf(c.Packet.From), Mark.Copy, $"one more {ChartWords.Say(c.Packet.Message)}");
                break;
            case Cause.Began c:
                Place(LaneOf(c.Place.Node), Mark.Call, c.What);
                break;
            case Cause.Retried c:
                Place(LaneOf(c.Place.Node), Mark.Timer, "tries again");
                break;
            case Cause.Slowed c:
                Place(LaneOf(c.Place.Node), Mark.Slow, $"{Name(c.Place.Role)}'s disk is slow");
                break;
            case Cause.Crashed c:
                PlaceCrash(c);
                break;
            case Cause.Restarted c:
                PlaceRestart(c);
                break;
            case Cause.Heard c:
                Place(LaneOf(c.Node), Mark.Call, c.Nodes.Count == 0 ? "hears nobody" : $"hears {string.Join(' ', c.Nodes)}");
                break;
        }
    }

    // A role that is as before may still have answered: a nack, a promise repeated.
    private static bool ChangesNothing(Turn turn) => turn is { Cause: Cause.Received { Changed: false }, Outcomes.Count: 0 };

    private void PlaceArrow(Packet packet, Fate fate)
    {
        var (from, to) = (LaneOf(packet.From), LaneOf(packet.To));
        Flush(lane => lane == from || lane == to);
        var (left, right) = from == to ? (2 * to, 2 * to + 1) : (2 * Math.Min(from, to), 2 * Math.Max(from, to));
        arrows.Add(new Arrow(Take(left, right), from, to, packet.Kind, ChartWords.Say(packet.Message), fate));
    }

    private void PlaceCrash(Cause.Crashed crashed)
    {
        var lane = LaneOf(crashed.Place.Node);
        if (!crashed.WholeNode)
            Place(lane, Mark.Down, $"{Name(crashed.Place.Role)} down");
        else if (downSince[lane] is null)
            downSince[lane] = Place(lane, Mark.Down, "down");
        foreach (var kept in crashed.Kept)
            Place(lane, Mark.Written, ChartWords.Say(kept));
        foreach (var forgotten in crashed.Forgotten)
            Place(lane, Mark.Forgotten, $"never wrote: {ChartWords.Say(forgotten)}");
    }

    private void PlaceRestart(Cause.Restarted restarted)
    {
        var lane = LaneOf(restarted.Place.Node);
        var row = Place(lane, Mark.Up, $"{Name(restarted.Place.Role)} back");
        EndOutage(lane, row);
        foreach (var recovered in restarted.Recovered)
            Place(lane, Mark.Recovered, ChartWords.Say(recovered));
    }

    private void AddOutcomes(int lane, IReadOnlyList<Outcome> outcomes)
    {
        AddApplied(lane, [.. outcomes.OfType<Outcome.Applies>()]);
        foreach (var outcome in outcomes)
        {
            if (NoteOf(outcome, outcomes.Count == 1) is var (mark, text))
                waiting.Add((lane, mark, text));
        }
    }

    private void AddApplied(int lane, Outcome.Applies[] applied)
    {
        if (applied is [var only])
            waiting.Add((lane, Mark.Applied, $"{only.Slot}: {LogWords.Say(only.Entry)}"));
        else if (applied is [var first, .., var last])
            waiting.Add((lane, Mark.Applied, $"{first.Slot} to {last.Slot}"));
    }

    private static (Mark Mark, string Text)? NoteOf(Outcome outcome, bool isAlone) => outcome switch
    {
        Outcome.Persists o => (o.Durable ? Mark.Written : Mark.Writing, ChartWords.Say(o.Event)),
        Outcome.IsDurable o => (Mark.Written, ChartWords.Say(o.Event)),
        Outcome.StartsTimer o when isAlone => (Mark.Timer,
            string.Create(CultureInfo.InvariantCulture, $"waits {o.Min.TotalMilliseconds} to {o.Max.TotalMilliseconds} ms")),
        Outcome.TellsChosen o => (Mark.Chosen, $"{o.Value} is chosen"),
        Outcome.TellsUndecided => (Mark.Undecided, "undecided"),
        Outcome.Follows o when o.Leader == o.Node => (Mark.Chosen, "leads"),
        Outcome.Follows o when o.Leader == default => (Mark.Undecided, "no leader"),
        Outcome.WaitsToStand => (Mark.Timer, "may stand"),
        Outcome.Answers o => (Mark.Chosen, o.Answer),
        Outcome.KeepsSnapshot o => (Mark.Written, $"snapshot 1 to {o.Slot}"),
        Outcome.Restores o => (Mark.Recovered, $"snapshot 1 to {o.Slot}"),
        _ => null,
    };

    private void Flush(Predicate<int> lanes)
    {
        foreach (var (lane, mark, text) in waiting.FindAll(note => lanes(note.Lane)))
            Put(lane, mark, text);
        waiting.RemoveAll(note => lanes(note.Lane));
    }

    private int Place(int lane, Mark mark, string text)
    {
        Flush(other => other == lane);
        return Put(lane, mark, text);
    }

    private int Put(int lane, Mark mark, string text)
    {
        var row = Take(2 * lane, 2 * lane + 1);
        notes.Add(new Note(row, lane, mark, ChartWords.Cut(text)));
        return row;
    }

    /// <summary>The first row that is free in all these columns.</summary>
    private int Take(int first, int last)
    {
        var columns = free.AsSpan(first, last - first + 1);
        var row = 0;
        foreach (var next in columns)
            row = Math.Max(row, next);
        columns.Fill(row + 1);
        return row;
    }

    private void EndOutage(int lane, int row)
    {
        if (downSince[lane] is { } since)
            outages.Add(new Outage(lane, since, row));
        downSince[lane] = null;
    }

    private int LaneOf(NodeId node)
    {
        for (var lane = 0; ; lane++)
        {
            if (Lanes[lane].Node == node)
                return lane;
        }
    }

    private static Place? PlaceOf(Cause cause) => cause switch
    {
        Cause.Received c => c.Place,
        Cause.Began c => c.Place,
        Cause.Retried c => c.Place,
        Cause.Synced c => c.Place,
        Cause.Restarted c => c.Place,
        Cause.Heard c => new Place(c.Node, Role.Proposer),
        Cause.Ran c => new Place(c.Node, Role.Learner),
        _ => null,
    };

    private static string Name(Role role) => role.ToString().ToLowerInvariant();
}
