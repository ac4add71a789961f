using System.Globalization;

namespace Paxos.TestKit.Checking;

/// <summary>What an exhaustive check found.</summary>
/// <param name="States">The different states visited; those that differ in nothing but the acceptors' names count as one.</param>
/// <param name="Transitions">The moves tried, whether or not they led to a new state.</param>
/// <param name="Depth">The most moves that any state is away from the first, by the shortest way.</param>
/// <param name="IsComplete">Every state within the bound was visited: there was no violation, and the cap was not hit.</param>
public sealed record CheckResult(
    CheckOptions Options,
    int States,
    long Transitions,
    int Depth,
    TimeSpan Elapsed,
    bool IsComplete,
    Violation? Violation)
{
    /// <summary>A few lines: the figures, and the violation with its scenario.</summary>
    public override string ToString() => Describe(
        Options,
        string.Create(CultureInfo.InvariantCulture, $"{States:N0} states, {Transitions:N0} transitions, depth {Depth}, {Elapsed.TotalSeconds:F1} s"),
        Violation,
        IsComplete,
        Options.MaxStates);

    /// <summary>What each exhaustive check says at its end.</summary>
    internal static string Describe(object options, string figures, object? violation, bool isComplete, int maxStates)
    {
        var outcome = violation?.ToString() ?? (isComplete
            ? "Every invariant holds in every state.\n"
            : string.Create(CultureInfo.InvariantCulture, $"Gave up at {maxStates:N0} states: nothing is shown.\n"));
        return $"{options}\n{figures}\n{outcome}";
    }
}

/// <summary>An invariant that does not hold, and the shortest way there.</summary>
/// <param name="Moves">How many moves it takes.</param>
/// <param name="Scenario">The way as a scenario file, which breaks the same invariant when it is run.</param>
public sealed record Violation(BrokenInvariant Broken, int Moves, string Scenario)
{
    public Invariant Invariant => Broken.Invariant;

    public override string ToString() => $"{Broken}\nThe shortest way there, as a scenario:\n\n{Scenario}";
}

/// <summary>How far an exhaustive check is.</summary>
/// <param name="Waiting">The states found and not yet looked at.</param>
public readonly record struct CheckProgress(int States, int Waiting, int Depth);
