using System.Globalization;
using Paxos.TestKit.Checking.Log;

namespace Paxos.TestKit.Checking.Moves;

/// <summary>What an exhaustive check of changing voters found.</summary>
/// <param name="States">The different states visited.</param>
/// <param name="Transitions">The moves tried, whether or not they led to a new state.</param>
/// <param name="Depth">The most moves that any state is away from the first, by the shortest way.</param>
/// <param name="LastOpened">
/// In so many states a quorum of the last epoch was open: a check in which nobody ever gets there shows nothing.
/// </param>
/// <param name="IsComplete">Every state within the bound was visited: there was no violation, and the cap was not hit.</param>
public sealed record MoveCheckResult(
    MoveCheckOptions Options,
    int States,
    long Transitions,
    int Depth,
    int LastOpened,
    TimeSpan Elapsed,
    bool IsComplete,
    LogViolation? Violation)
{
    /// <summary>A few lines: the figures, and the violation with the way there.</summary>
    public override string ToString() => CheckResult.Describe(
        Options,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{States:N0} states, {LastOpened:N0} in the last epoch, {Transitions:N0} transitions, depth {Depth}, {Elapsed.TotalSeconds:F1} s"),
        Violation,
        IsComplete,
        Options.MaxStates);
}
