using System.Diagnostics;

namespace Paxos.TestKit.Checking;

/// <summary>
/// Looks at every state that single-decree Paxos can reach within a bound, on the classes that run in production:
/// messages arrive in any order, again and again or never, roles crash at any point and keep any prefix of the writes under
/// way, timers fire whenever they run. In each state every <see cref="Invariant"/> is checked.
/// </summary>
/// <remarks>
/// The states are visited breadth first, so the way to a violation is a shortest one. Crash and return are one move: what is
/// down takes no message, and that no message comes for a while is among the possible courses anyway. A proposer that came
/// back may propose again, as long as the rounds of the bound last.
/// </remarks>
public static class ExhaustiveCheck
{
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static CheckResult Run(CheckOptions options, IProgress<CheckProgress>? progress = null)
    {
        options.Validate();
        try
        {
            return new Search(options, progress, keepsDeadLetters: false).Run();
        }
        catch (DeadLetterRevivedException)
        {
            return new Search(options, progress, keepsDeadLetters: true).Run();
        }
    }

    private sealed class Search : IVisitor
    {
        private const int ProgressEvery = 100_000;

        private readonly CheckOptions options;
        private readonly IProgress<CheckProgress>? progress;
        private readonly World world;
        private readonly Checks checks;
        private readonly StateTable states;
        private readonly Expansion expansion;
        private readonly int[] origins;
        private long transitions;
        private int current;
        private BrokenInvariant? broken;
        private Move breaking;

        public Search(CheckOptions options, IProgress<CheckProgress>? progress, bool keepsDeadLetters)
        {
            this.options = options;
            this.progress = progress;
            world = new World(options, keepsDeadLetters);
            checks = new Checks(world.Facts);
            states = new StateTable(world.Width);
            expansion = new Expansion(world, options.Crashes, this);
            origins = new int[options.Acceptors];
        }

        public CheckResult Run()
        {
            var watch = Stopwatch.StartNew();
            states.Add(world.Initial(), -1);
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
                expansion.Expand(states[current]);
            }
            var violation = broken is null ? null : Describe(current - 1, broken);
            return new CheckResult(
                options, states.Count, transitions, depth, watch.Elapsed, violation is null && current == states.Count, violation);
        }

        public void Visit(ReadOnlySpan<int> before, Span<int> next, in Move move)
        {
            if (broken is not null)
                return;
            transitions++;
            broken = move.Step.Broken ?? CheckAcknowledged(move.Step.Acknowledged, next);
            world.Settle(before, next, move.Step, origins);
            if (states.Add(next, current))
                broken ??= CheckState(next);
            if (broken is not null)
                breaking = move;
        }

        // The journals are the same before and after the step that tells the caller.
        private BrokenInvariant? CheckAcknowledged(ulong acknowledged, ReadOnlySpan<int> state) =>
            acknowledged == 0 ? null : checks.AcknowledgedIsDurable(acknowledged, world.Chosen(state));

        private BrokenInvariant? CheckState(ReadOnlySpan<int> state)
        {
            var chosen = world.Chosen(state);
            var said = world.Said(state);
            return checks.OneValueABallot(world.Accepted(state))
                ?? checks.ChosenStaysChosen(chosen, world.Asked(state))
                ?? checks.Agreement(said)
                ?? checks.Validity(said | world.Facts.ValuesOf(chosen), world.Proposed(state));
        }

        private Violation Describe(int last, BrokenInvariant what)
        {
            var moves = new Trace(world, options.Crashes).Find(states, last, breaking);
            return new Violation(what, moves.Count, new TraceScenario(world.Cast, moves).Write(what));
        }
    }
}
