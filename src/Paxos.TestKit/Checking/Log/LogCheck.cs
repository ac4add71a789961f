using System.Diagnostics;

namespace Paxos.TestKit.Checking.Log;

/// <summary>
/// Looks at every state that Multi-Paxos can reach within a bound, on the classes that run in production: messages arrive in any
/// order, again and again or never, nodes crash at any point and keep any prefix of the writes under way of each role. In each
/// state every <see cref="Invariant"/> is checked.
/// </summary>
/// <remarks>
/// Retries need no timer: what was sent may arrive again. A node's learner is a list of what was applied, with the answers that
/// a proposer waits for; who is told that it missed something asks the one who said so, at once.
/// </remarks>
public static class LogCheck
{
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static LogCheckResult Run(LogCheckOptions options, IProgress<CheckProgress>? progress = null)
    {
        options.Validate();
        return new Search(options, progress).Run();
    }

    private sealed class Search
    {
        private const int ProgressEvery = 100_000;

        private readonly LogCheckOptions options;
        private readonly IProgress<CheckProgress>? progress;
        private readonly LogCast cast;
        private readonly LogFacts facts;
        private readonly LogNodeModel model;
        private readonly LetterSets sets = new();
        private readonly StateTable states;
        private readonly int count;
        private readonly int[] next;
        private long transitions;
        private int current;
        private BrokenInvariant? broken;

        // While a trace is made: the state to come to, and the words for the move that did.
        private int[]? wanted;
        private string? words;
        private bool isBreaking;

        public Search(LogCheckOptions options, IProgress<CheckProgress>? progress)
        {
            this.options = options;
            this.progress = progress;
            cast = new LogCast(options);
            facts = new LogFacts(cast.Genesis, options.Slots);
            model = new LogNodeModel(cast, facts);
            count = cast.Nodes.Length;
            next = new int[2 * count + 2];
            states = new StateTable(next.Length);
        }

        private int Facts => 2 * count;

        private int Crashes => 2 * count + 1;

        public LogCheckResult Run()
        {
            var watch = Stopwatch.StartNew();
            for (var place = 0; place < count; place++)
                next[place] = model.Newborn(place);
            states.Add(next, -1);
            var depth = 0;
            var levelEnd = 1;
            for (current = 0; current < states.Count && states.Count < options.MaxStates && broken is null; current++)
            {
                if (current == levelEnd)
                {
                    depth++;
                    levelEnd = states.Count;
                }
                if (current % ProgressEvery == ProgressEvery - 1)
                    progress?.Report(new CheckProgress(states.Count, states.Count - current, depth));
                Expand(states[current]);
            }
            var isComplete = broken is null && current == states.Count;
            var elapsed = watch.Elapsed;
            var violation = broken is null ? null : new LogViolation(broken, Trace(current - 1));
            return new LogCheckResult(options, states.Count, transitions, depth, elapsed, isComplete, violation);
        }

        private void Expand(ReadOnlySpan<int> state)
        {
            for (var place = 0; place < count; place++)
            {
                foreach (var letter in sets[state[count + place]])
                    Act(state, place, LogMove.Deliver, letter);
                var node = model[state[place]];
                if (node.Proposer is not null && node.Stood < options.Ballots)
                    Act(state, place, LogMove.Stand, -1);
                if (node.IsDoomed || MayCrash(state))
                    Act(state, place, LogMove.Crash, -1);
                if (node.Snapshots < options.Snapshots && node.AppliedThrough > node.Snapshot)
                {
                    Act(state, place, LogMove.Snapshot, -1);
                    Act(state, place, LogMove.Trim, -1);
                }
            }
        }

        private bool MayCrash(ReadOnlySpan<int> state) => state[Crashes] < options.Crashes;

        private void Act(ReadOnlySpan<int> state, int place, LogMove move, int letter)
        {
            var node = model[state[place]];
            var steps = model.Do(state[place], move, letter);
            for (var i = 0; i < steps.Length && (i == 0 || MayCrash(state)); i++)
            {
                if (broken is not null && wanted is null)
                    return;
                var isCrash = i > 0 || (move == LogMove.Crash && !node.IsDoomed);
                Visit(state, place, steps[i], isCrash);
                if (wanted is not null && words is null && (isBreaking ? broken is not null : next.AsSpan().SequenceEqual(wanted)))
                    words = Words(place, move, letter, steps[i]);
            }
        }

        private void Visit(ReadOnlySpan<int> state, int place, LogStep step, bool isCrash)
        {
            state.CopyTo(next);
            next[place] = step.After;
            if (isCrash)
                next[Crashes]++;
            foreach (var fact in step.Facts)
                next[Facts] = facts.Add(next[Facts], fact);
            if (step.After != state[place])
                Forget(place);
            foreach (var letter in step.Letters)
            {
                var to = model.LetterOf(letter).To;
                if (!model.IsDead(next[to], letter))
                    next[count + to] = sets.Add(next[count + to], letter);
            }
            var found = step.Broken
                ?? (step.Issued >= 0 && facts.Contains(state[Facts], step.Issued)
                    ? new BrokenInvariant(Invariant.BallotsAreNotReused, $"{facts[step.Issued].Ballot} was issued before")
                    : null);
            if (wanted is not null)
            {
                if (isBreaking && words is null)
                    broken = found ?? facts.Judge(next[Facts]);
                return;
            }
            transitions++;
            broken = found;
            if (states.Add(next, current))
                broken ??= facts.Judge(next[Facts]);
        }

        private void Forget(int place)
        {
            foreach (var letter in sets[next[count + place]])
            {
                if (model.IsDead(next[place], letter))
                    next[count + place] = sets.Remove(next[count + place], letter);
            }
        }

        /// <summary>The table has each state's parent only: the moves are found again by trying them all.</summary>
        private List<string> Trace(int last)
        {
            var what = broken;
            var path = new Stack<int>();
            for (var state = last; states.ParentOf(state) >= 0; state = states.ParentOf(state))
                path.Push(state);
            var moves = new List<string>();
            var before = 0;
            foreach (var state in path)
            {
                wanted = [.. states[state]];
                words = null;
                Expand(states[before]);
                moves.Add(words ?? throw new InvalidOperationException("The move that led to a state was not found again."));
                before = state;
            }
            isBreaking = true;
            words = null;
            broken = null;
            wanted = [];
            Expand(states[before]);
            moves.Add(words ?? throw new InvalidOperationException("The move that breaks the invariant was not found again."));
            broken = what;
            return moves;
        }

        private string Words(int place, LogMove move, int letter, LogStep step)
        {
            var who = cast.Nodes[place];
            var text = move == LogMove.Deliver
                ? $"{cast.Nodes[model.LetterOf(letter).From]} -> {who}: {model.LetterOf(letter).Message}"
                : $"{who}: {move.ToString().ToLowerInvariant()}";
            if (step.Lost is { } lost)
                text += $"; a crash to come loses {lost}";
            var news = step.Facts.Select(fact => facts[fact]).Where(fact => fact.Kind is FactKind.Accepted or FactKind.Learned)
                .Select(fact => $"{fact.Kind} {fact.Slot}: {fact.Ballot} {fact.Entry}");
            return $"{text}   [{string.Join("; ", news)}]";
        }
    }
}
