using System.Diagnostics;
using Paxos.Protocol.SingleDecree;
using Paxos.TestKit.Checking.Log;

namespace Paxos.TestKit.Checking.Moves;

/// <summary>
/// Looks at every state that decisions can reach within a bound while their voters change, on the classes that run in production:
/// messages arrive in any order, again and again or never, each node hears of each new configuration at any time, in order or not, and
/// nodes crash at any point. In each state the invariants are checked, across the epochs.
/// </summary>
/// <remarks>Retries need no timer: what was sent may arrive again.</remarks>
public static class MoveCheck
{
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static MoveCheckResult Run(MoveCheckOptions options, IProgress<CheckProgress>? progress = null)
    {
        options.Validate();
        return new Search(options, progress).Run();
    }

    private sealed class Search
    {
        private const int ProgressEvery = 100_000;

        private readonly MoveCheckOptions options;
        private readonly IProgress<CheckProgress>? progress;
        private readonly MoveCast cast;
        private readonly MoveFacts facts;
        private readonly MoveModel model;
        private readonly LetterSets sets = new();
        private readonly StateTable states;
        private readonly int count;
        private readonly int[] next;
        private long transitions;
        private int current;
        private BrokenInvariant? broken;

        // While a trace is made: the state to come to, or none for the move that breaks; and the words for the move that did.
        private int[]? wanted;
        private string? words;

        public Search(MoveCheckOptions options, IProgress<CheckProgress>? progress)
        {
            this.options = options;
            this.progress = progress;
            cast = new MoveCast(options);
            facts = new MoveFacts(cast);
            model = new MoveModel(cast, facts);
            count = cast.Nodes.Length;
            next = new int[2 * count + 2];
            states = new StateTable(next.Length);
        }

        private int Facts => 2 * count;

        private int Crashes => 2 * count + 1;

        public MoveCheckResult Run()
        {
            var watch = Stopwatch.StartNew();
            Begin();
            var depth = 0;
            var levelEnd = 1;
            var opened = 0;
            for (current = 0; current < states.Count && states.Count < options.MaxStates && broken is null; current++)
            {
                if (current == levelEnd)
                {
                    depth++;
                    levelEnd = states.Count;
                }
                if (current % ProgressEvery == ProgressEvery - 1)
                    progress?.Report(new CheckProgress(states.Count, states.Count - current, depth));
                if (facts.IsOpen(states[current][Facts]))
                    opened++;
                Expand(states[current]);
            }
            var isComplete = broken is null && current == states.Count;
            var elapsed = watch.Elapsed;
            var violation = broken is null ? null : new LogViolation(broken, Trace(current - 1));
            return new MoveCheckResult(options, states.Count, transitions, depth, opened, elapsed, isComplete, violation);
        }

        private void Begin()
        {
            for (var place = 0; place < count; place++)
            {
                next[place] = model.Newborn(place, out var sent);
                foreach (var letter in sent)
                    Post(letter);
                if (cast.Reads(place))
                    Post(model.Id(new MoveLetter(default, place, new BeginRead())));
                for (var epoch = 2; epoch <= cast.Configurations.Length; epoch++)
                    Post(model.Id(new MoveLetter(default, place, new InForce(epoch))));
            }
            states.Add(next, -1);
        }

        private void Post(int letter)
        {
            var to = model.LetterOf(letter).To;
            next[count + to] = sets.Add(next[count + to], letter);
        }

        private void Expand(ReadOnlySpan<int> state)
        {
            var isChosen = facts.IsChosen(state[Facts]);
            for (var place = 0; place < count; place++)
            {
                foreach (var letter in sets[state[count + place]])
                {
                    foreach (var step in model.Do(state[place], letter, isChosen))
                    {
                        if (step.IsCrash && state[Crashes] >= options.Crashes)
                            break;
                        Visit(state, place, letter, step);
                    }
                }
            }
        }

        private void Visit(ReadOnlySpan<int> state, int place, int letter, MoveStep step)
        {
            if (broken is not null || words is not null)
                return;
            state.CopyTo(next);
            next[place] = step.After;
            if (step.IsCrash)
                next[Crashes]++;
            foreach (var fact in step.Facts)
                next[Facts] = facts.Add(next[Facts], fact);
            foreach (var sent in step.Letters)
                Post(sent);
            Forget();
            var found = step.Broken ?? facts.Judge(next[Facts]);
            if (wanted is null)
            {
                transitions++;
                states.Add(next, current);
                broken = found;
            }
            else if (wanted.Length == 0 ? found is not null : next.AsSpan().SequenceEqual(wanted))
            {
                words = Words(place, letter, step);
            }
        }

        private void Forget()
        {
            var mayCrash = next[Crashes] < options.Crashes;
            for (var place = 0; place < count; place++)
            {
                foreach (var letter in sets[next[count + place]])
                {
                    if (IsDead(place, letter, mayCrash))
                        next[count + place] = sets.Remove(next[count + place], letter);
                }
            }
        }

        private bool IsDead(int place, int letter, bool mayCrash)
        {
            var (from, _, message) = model.LetterOf(letter);
            return model.IsDead(next[place], letter, mayCrash)
                || (message is Copy && model.IsOutdated(next[cast.Nodes.IndexOf(from)], message));
        }

        /// <summary>The table has each state's parent only: the moves are found again by trying them all.</summary>
        private List<string> Trace(int last)
        {
            var what = broken;
            broken = null;
            var path = new Stack<int[]>();
            path.Push([]);
            for (var state = last; states.ParentOf(state) >= 0; state = states.ParentOf(state))
                path.Push([.. states[state]]);
            var moves = new List<string>();
            var before = states[0].ToArray();
            foreach (var state in path)
            {
                wanted = state;
                words = null;
                Expand(before);
                moves.Add(words ?? throw new InvalidOperationException("The move that led to a state was not found again."));
                before = state;
            }
            broken = what;
            return moves;
        }

        private string Words(int place, int letter, MoveStep step)
        {
            var (from, _, message) = model.LetterOf(letter);
            var news = step.Facts.Select(fact => facts[fact]).Where(fact => fact.Kind != MoveFactKind.Proposed)
                .Select(fact => fact.Kind == MoveFactKind.Opened ? $"opened {fact.Epoch}" : $"{fact.Kind} {fact.Proposal}");
            return $"{(from == default ? "" : $"{from} -> ")}{cast.Nodes[place]}: {message}{(step.IsCrash ? ", and crashes" : "")}   [{string.Join("; ", news)}]";
        }
    }
}
