using System.Globalization;
using System.Text;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking;

/// <summary>Writes a trace as a scenario file, which takes the same course when it is run.</summary>
internal sealed class TraceScenario(Cast cast, IReadOnlyList<TracedMove> moves)
{
    private readonly StringBuilder text = new();
    private readonly Dictionary<Flight, int> inFlight = [];
    private readonly HashSet<Place> slow = [];
    private readonly HashSet<Place> doomed = [];

    public string Write(BrokenInvariant broken)
    {
        var configuration = cast.Configuration;
        Line($"# {broken.Invariant} is broken");
        Line($"# Found by the exhaustive check: {broken.What}.");
        var voters = string.Join(' ', configuration.Voters.Select(voter => voter.Id));
        var learners = string.Join(' ', configuration.Learners.Select(learner => learner.Id));
        Line(learners.Length == 0 ? $"nodes {voters}" : $"nodes {voters} learners {learners}");
        for (var i = 0; i < moves.Count; i++)
            Write(i);
        return text.ToString();
    }

    private void Write(int index)
    {
        var (move, who, delivered, sent) = moves[index];
        // A doomed role writes slowly: what it has not written when the crash comes is lost.
        if (move.Kept is not null && move.Kind != MoveKind.Crash && slow.Add(who))
            Line($"slow {who}");
        if (move.Kind == MoveKind.Crash)
            Crash(who);
        else
            Line(delivered is null ? Call(move, who) : Deliver(delivered, index));
        foreach (var flight in sent)
            inFlight[flight] = inFlight.GetValueOrDefault(flight) + 1;
        if (move.Kind == MoveKind.Crash)
            return;
        if (move.Kept is { } kept)
        {
            doomed.Add(who);
            if (kept > 0)
                Line($"sync {who} {kept}");
            if (move.CrashesAtOnce)
                Crash(who);
        }
        else if (slow.Contains(who) && !doomed.Contains(who) && move.Step.Writes > 0)
        {
            Line($"sync {who}");
        }
    }

    private string Call(Move move, Place who) => move.Kind == MoveKind.Retry
        ? $"retry {who.Node}"
        : cast.PlayerAt(who.Node)! switch
        {
            { Call: Checking.Call.Propose, Wish: var wish } => $"decide {who.Node} {wish}",
            { Call: Checking.Call.Read } => $"read {who.Node}",
            _ => $"learn {who.Node}",
        };

    private string Deliver(Flight flight, int index)
    {
        // A message that arrives again, and is not sent again before, is there twice.
        var next = moves.Skip(index + 1).FirstOrDefault(later => later.Delivered == flight || later.Sent.Contains(flight));
        if (next?.Delivered == flight && inFlight[flight] == 1)
            Line($"duplicate {Selector(flight)}");
        else
            inFlight[flight]--;
        return $"deliver {Selector(flight)}";
    }

    private static string Selector(Flight flight)
    {
        // Only these concern more than one role of a node.
        var to = flight.Message is Chosen or Learn ? flight.To.ToString() : flight.To.Node.ToString();
        return $"{flight.Message} {flight.From.Node}->{to}";
    }

    private void Crash(Place who)
    {
        Line(doomed.Remove(who) ? $"crash {who} keep=0" : $"crash {who}");
        Line($"restart {who}");
    }

    private void Line(string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
