using System.Globalization;
using System.Text;
using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>Writes a run down: each step with its number, and below it what each role did, a line a turn.</summary>
internal static class CourseText
{
    public static string Write(IReadOnlyList<PlayedStep> steps, IReadOnlyList<string> end, Breach? broken)
    {
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"{step.Number,2}  {step.Step.Text}\n");
            foreach (var turn in step.Turns)
                text.Append("    ").Append(Line(turn)).Append('\n');
        }
        text.Append("end\n");
        foreach (var line in end)
            text.Append("    ").Append(line).Append('\n');
        if (broken is not null)
            text.Append(CultureInfo.InvariantCulture, $"{broken}\n");
        return text.ToString();
    }

    private static string Line(Turn turn)
    {
        var outcomes = Outcomes(turn.Outcomes);
        return turn.Cause switch
        {
            Cause.Received c when outcomes.Length == 0 && c.Changed => $"{Who(c)}: note {c.Packet.Message} from {c.Packet.From}",
            Cause.Received c when outcomes.Length == 0 => $"{Who(c)}: {c.Packet.Message} from {c.Packet.From} changes nothing",
            Cause.Received c => $"{Who(c)}: {outcomes}",
            Cause.Began c => $"{c.Place.Node}: {(outcomes.Length == 0 ? "wait" : outcomes)}",
            Cause.Retried c => $"{c.Place.Node}: {outcomes}",
            Cause.Synced c => $"{c.Place}: {outcomes}",
            Cause.Slowed c => $"{c.Place}: from here on its writes wait",
            Cause.Crashed c => $"{(c.Together ? c.Place.Node : c.Place)}: down{Fate(c)}",
            Cause.Restarted c => $"{c.Place}: back, with {Remembers(c)}{And(outcomes)}",
            Cause.Lost c => $"{c.Packet} is lost",
            Cause.Duplicated c => $"{c.Packet} is in flight once more",
            Cause.Heard { Nodes: [] } c => $"{c.Node}: hear nobody{And(outcomes)}",
            Cause.Heard c => $"{c.Node}: hear {string.Join(", ", c.Nodes)}{And(outcomes)}",
            Cause.Ran c => $"{c.Node}: {outcomes}",
            Cause.Noted c => c.Text,
            _ => throw new InvalidOperationException($"A cause without words: {turn.Cause}"),
        };
    }

    private static string Remembers(Cause.Restarted restarted) => restarted switch
    {
        { Snapshot: 0 } => "no snapshot",
        { Snapshot: { } slot } => $"the snapshot of slots 1 to {slot}",
        { Recovered: [] } => "an empty journal",
        _ => string.Join(", ", restarted.Recovered),
    };

    private static string And(string outcomes) => outcomes.Length == 0 ? "" : $"; {outcomes}";

    // The role is named only where it would not be clear: where more than one took the same arrow.
    private static string Who(Cause.Received received) =>
        received.Alone ? received.Place.Node.ToString() : received.Place.ToString();

    private static string Fate(Cause.Crashed crashed)
    {
        var text = new StringBuilder();
        if (crashed.Kept.Count > 0)
            text.Append("; in its journal all the same: ").AppendJoin(", ", crashed.Kept);
        if (crashed.Forgotten.Count > 0)
            text.Append("; never written: ").AppendJoin(", ", crashed.Forgotten);
        if (crashed.Unsaid.Count > 0)
            text.Append("; never sent: ").Append(Grouped(crashed.Unsaid));
        return text.ToString();
    }

    private static string Outcomes(IReadOnlyList<Outcome> outcomes)
    {
        var phrases = new Phrases();
        foreach (var outcome in outcomes)
        {
            switch (outcome)
            {
                case Outcome.Persists { Durable: true } o:
                    phrases.AddItem("persist ", $"{o.Event}");
                    break;
                case Outcome.Persists o:
                    phrases.Add($"begin to persist {o.Event}");
                    break;
                case Outcome.IsDurable o:
                    phrases.Add($"{o.Event} is durable");
                    break;
                case Outcome.Sends o:
                    phrases.Add($"{(o.IsLost ? "lose" : "send")} {o.Message}", o.To);
                    break;
                case Outcome.HoldsBack o:
                    phrases.Add("hold back ", o.Effect);
                    break;
                // Beside a message the timer only guards it; alone, waiting is what the role does.
                case Outcome.StartsTimer o when outcomes.Count == 1:
                    phrases.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"wait {o.Min.TotalMilliseconds} to {o.Max.TotalMilliseconds} ms, then retry"));
                    break;
                case Outcome.TellsChosen o:
                    phrases.Add($"say {o.Value} is chosen");
                    break;
                case Outcome.TellsUndecided:
                    phrases.Add("say undecided");
                    break;
                case Outcome.Applies o:
                    phrases.AddItem("apply ", $"{o.Slot}: {o.Entry}");
                    break;
                case Outcome.Follows o:
                    phrases.Add(o.Leader == o.Node ? "lead" : $"follow {(o.Leader == default ? "nobody" : o.Leader)}");
                    break;
                case Outcome.WaitsToStand o:
                    phrases.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"wait {o.Min.TotalMilliseconds} to {o.Max.TotalMilliseconds} ms, then stand"));
                    break;
                case Outcome.Answers o:
                    phrases.Add($"answer {o.Call}: {o.Answer}");
                    break;
                case Outcome.KeepsSnapshot o:
                    phrases.Add($"keep a snapshot of slots 1 to {o.Slot}");
                    break;
                case Outcome.Restores o:
                    phrases.Add($"take over the snapshot of slots 1 to {o.Slot}");
                    break;
            }
        }
        return phrases.ToString();
    }

    private static string Grouped(IEnumerable<Effect> effects)
    {
        var phrases = new Phrases();
        foreach (var effect in effects)
            phrases.Add("", effect);
        return phrases.ToString();
    }

    /// <summary>Phrases in order, where the same message to one node after the other is one phrase.</summary>
    private sealed class Phrases
    {
        private readonly StringBuilder text = new();
        private string? last;

        public void Add(string phrase)
        {
            text.Append(text.Length > 0 ? "; " : "").Append(phrase);
            last = phrase;
        }

        public void Add(string phrase, NodeId to)
        {
            if (last == phrase)
                text.Append(", ").Append(to);
            else
            {
                Add(phrase);
                text.Append(" to ").Append(to);
            }
        }

        /// <summary>One more of the same verb is one phrase with the one before.</summary>
        public void AddItem(string verb, string item)
        {
            if (last == verb)
            {
                text.Append(", ").Append(item);
                return;
            }
            Add(verb + item);
            last = verb;
        }

        public void Add(string verb, Effect effect)
        {
            if (effect is Effect.Send send)
                Add($"{verb}{send.Message}", send.To);
            else
                Add(effect is Effect.Chosen chosen ? $"{verb}the answer {chosen.Value}" : $"{verb}the answer undecided");
        }

        public override string ToString() => text.ToString();
    }
}
