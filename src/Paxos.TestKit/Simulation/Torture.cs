using System.Collections.Concurrent;
using System.Diagnostics;

namespace Paxos.TestKit.Simulation;

/// <summary>How far a campaign has come.</summary>
public sealed record TortureProgress(int Seeds, long Steps);

/// <summary>What came of a campaign.</summary>
/// <param name="First">The first seed.</param>
/// <param name="Seeds">How many storms were run, one a seed, one seed after the other.</param>
/// <param name="Sometimes">How often each fault and each rare turn came, those that never did among them.</param>
/// <param name="Broken">The storm of the lowest seed that broke an invariant; null: none did.</param>
public sealed record TortureResult(
    int First, int Seeds, long Steps, TimeSpan Elapsed, IReadOnlyDictionary<string, int> Sometimes, SimulationResult? Broken)
{
    /// <summary>What never happened, and so was not tested.</summary>
    public IEnumerable<string> Never => Sometimes.Where(each => each.Value == 0).Select(each => each.Key);
}

/// <summary>Storm after storm, each drawn from the next seed, until enough has happened or an invariant is broken.</summary>
public static class Torture
{
    /// <param name="seed">The first.</param>
    /// <param name="steps">No further storm begins when so many are done.</param>
    /// <param name="cores">Storms at a time. What is found does not hang on it, how far the campaign goes a little.</param>
    /// <param name="draw">What each seed is; null: <see cref="SimulationOptions.Draw"/>.</param>
    public static TortureResult Run(
        int seed,
        long steps,
        int cores = 1,
        Func<int, SimulationOptions>? draw = null,
        IProgress<TortureProgress>? progress = null,
        CancellationToken ct = default)
    {
        var campaign = new Campaign(seed, steps, draw ?? SimulationOptions.Draw, progress);
        var began = Stopwatch.GetTimestamp();
        Parallel.For(0, cores, new ParallelOptions { MaxDegreeOfParallelism = cores }, _ => campaign.Work(ct));
        return campaign.End(Stopwatch.GetElapsedTime(began));
    }

    private sealed class Campaign(int first, long steps, Func<int, SimulationOptions> draw, IProgress<TortureProgress>? progress)
    {
        private readonly ConcurrentBag<SimulationResult> broken = [];
        private readonly SortedDictionary<string, int> sometimes = new(LogSimulation.RareThings.ToDictionary(what => what, _ => 0), StringComparer.Ordinal);
        private int begun;
        private int done;
        private long stepsDone;

        // A seed is begun only after all below it were, so that the lowest that breaks something is always found.
        public void Work(CancellationToken ct)
        {
            while (broken.IsEmpty && Interlocked.Read(ref stepsDone) < steps && !ct.IsCancellationRequested)
            {
                var seed = first + Interlocked.Increment(ref begun) - 1;
                Add(LogSimulation.Run(seed, draw(seed)));
            }
        }

        public TortureResult End(TimeSpan elapsed) => new(first, done, stepsDone, elapsed, sometimes, broken.MinBy(result => result.Seed));

        private void Add(SimulationResult result)
        {
            if (result.Broken is not null)
                broken.Add(result);
            lock (sometimes)
            {
                foreach (var (what, count) in result.Sometimes)
                    sometimes[what] = sometimes.GetValueOrDefault(what) + count;
                stepsDone += result.Steps;
                done++;
                progress?.Report(new TortureProgress(done, stepsDone));
            }
        }
    }
}
