using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Histories;

/// <summary>
/// Finds the first answer after which a history of one register has no linearization. What began later has nothing to do with it,
/// and what was answered later might have ended in any way: each beginning of a good history is good.
/// </summary>
internal static class FirstProblem
{
    private const int Shown = 12;

    public static string? Of(RegisterOperation[] history)
    {
        if (Linearization.Problem(history, out var isCertain) is not { } problem)
            return null;
        if (!isCertain)
            return problem;
        var answers = history.Where(operation => operation.ReturnedUs is not null).OrderBy(operation => operation.ReturnedUs).ToArray();
        var (good, bad) = (-1, answers.Length - 1);
        while (bad - good > 1)
        {
            var middle = (good + bad) / 2;
            if (Linearization.Problem(Until(history, answers[middle].ReturnedUs!.Value), out isCertain) is not null && isCertain)
                bad = middle;
            else
                good = middle;
        }
        var before = Until(history, answers[bad].ReturnedUs!.Value).Where(operation => operation.Number != answers[bad].Number).OrderBy(operation => operation.InvokedUs).ToList();
        var left = before.Count > Shown ? $"({before.Count - Shown} earlier ones)\n  " : "";
        return $"not linearizable. No order of what went before explains\n  {answers[bad]}\nafter\n  "
            + left + string.Join("\n  ", before.TakeLast(Shown));
    }

    private static List<RegisterOperation> Until(RegisterOperation[] history, long us) =>
    [
        .. history
            .Where(operation => operation.InvokedUs <= us)
            .Select(operation => operation.ReturnedUs > us ? operation with { ReturnedUs = null } : operation),
    ];
}
