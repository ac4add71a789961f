namespace Paxos.TestKit.Simulation;

/// <summary>
/// Makes a storm that breaks an invariant smaller, as long as it breaks the same one: fewer faults (delta debugging: Zeller and
/// Hildebrandt 2002), then a smaller cluster in better weather.
/// </summary>
public static class Shrinking
{
    // What is left out changes all that is drawn behind it, so a smaller storm gets more than one chance.
    private const int Chances = 4;
    private const int MaxRuns = 2_000;

    /// <param name="seed">One that breaks an invariant with these options.</param>
    /// <exception cref="ArgumentException">It breaks none.</exception>
    public static StormFile Shrink(int seed, SimulationOptions options, CancellationToken ct = default)
    {
        var result = LogSimulation.Run(seed, options);
        if (result.Broken is not { } broken)
            throw new ArgumentException($"Seed {seed} breaks nothing.", nameof(seed));
        var search = new Search(new StormFile(broken.Invariant, broken.What, seed, options with { Faults = result.Faults }), ct);
        search.Run();
        return search.Smallest;
    }

    private sealed class Search(StormFile storm, CancellationToken ct)
    {
        private int runs;

        public StormFile Smallest { get; private set; } = storm;

        private SimulationOptions Options => Smallest.Options;

        public void Run()
        {
            bool isSmaller;
            do
            {
                isSmaller = LeaveOutFaults();
                isSmaller |= Simplify();
            }
            while (isSmaller && runs < MaxRuns && !ct.IsCancellationRequested);
        }

        private bool LeaveOutFaults()
        {
            var before = Options.Faults!.Count;
            for (var size = Math.Max(1, before / 2); size >= 1; size /= 2)
            {
                for (var at = 0; at < Options.Faults!.Count;)
                {
                    var faults = Options.Faults.ToList();
                    faults.RemoveRange(at, Math.Min(size, faults.Count - at));
                    if (!Try(Options with { Faults = faults }))
                        at += size;
                }
            }
            return Options.Faults!.Count < before;
        }

        private bool Simplify()
        {
            var isSmaller = false;
            foreach (var simpler in Simpler())
                isSmaller |= simpler != Options && Try(simpler);
            return isSmaller;
        }

        // Each from what is the smallest when it is its turn.
        private IEnumerable<SimulationOptions> Simpler()
        {
            yield return Options with { Loss = 0 };
            yield return Options with { Duplication = 0 };
            yield return Options with { Straggling = 0 };
            yield return Options with { SlowWrites = 0 };
            yield return Options with { ClockDrift = 0 };
            yield return Options with { Learners = 0 };
            yield return Options with { Rule = null };
            yield return Options with { Voters = 3, Rule = null };
            yield return Options with { Storm = TimeSpan.FromMicroseconds(Options.Faults is [.., var last] ? last.AtUs + 1 : 1) };
            yield return Options with { Callers = Options.Callers / 2 };
        }

        private bool Try(SimulationOptions options)
        {
            for (var chance = 0; chance < Chances && runs < MaxRuns && !ct.IsCancellationRequested; chance++)
            {
                runs++;
                var result = LogSimulation.Run(Smallest.Seed + chance, options);
                if (result.Broken is not { } broken || broken.Invariant != Smallest.Breaks)
                    continue;
                // Those that were to come later did not matter.
                Smallest = new StormFile(broken.Invariant, broken.What, result.Seed, options with { Faults = result.Faults });
                return true;
            }
            return false;
        }
    }
}
