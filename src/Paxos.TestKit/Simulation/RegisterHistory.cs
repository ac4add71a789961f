using System.Globalization;
using Paxos.Protocol;
using Paxos.Protocol.Registers;

namespace Paxos.TestKit.Simulation;

/// <summary>What all clients asked of registers and were told, and how often they counted.</summary>
internal sealed class RegisterHistory(LogInvariants invariants, Schedule schedule)
{
    private readonly SortedDictionary<string, List<RegisterOperation>> byKey = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (int Acknowledged, int Unknown)> counted = new(StringComparer.Ordinal);
    private int number;

    /// <param name="counts">What the counter was before; null: it was not there.</param>
    public RegisterOperation Begin(string key, RegisterAction action, ulong? condition = null, string? counts = null)
    {
        number++;
        // A counter's value says how far it is and which operation brought it there.
        var value = action != RegisterAction.Put ? null : string.Create(CultureInfo.InvariantCulture, $"{Count(counts) + 1} by {number}");
        var operation = new RegisterOperation(number, key, action) { Value = value, Condition = condition, InvokedUs = schedule.NowUs };
        if (!byKey.TryGetValue(key, out var history))
            byKey.Add(key, history = []);
        history.Add(operation);
        return operation;
    }

    public void Return(RegisterOperation operation, Value told)
    {
        operation.ReturnedUs = schedule.NowUs;
        if (operation.Action == RegisterAction.Get)
        {
            var answer = RegisterAnswer.Decode(told);
            if (answer.Rows.Count > 0)
                (operation.Read, operation.Version) = (answer.Rows[0].Value.ToString(), answer.Rows[0].Version);
        }
        else
        {
            var result = RegisterResult.Decode(told);
            (operation.Happened, operation.Created, operation.Version) = (result.Happened, result.Created, result.Version);
        }
    }

    /// <summary>It certainly did not take place.</summary>
    public void Withdraw(RegisterOperation operation) => byKey[operation.Key].Remove(operation);

    /// <summary>An increment has ended.</summary>
    public void Counted(RegisterOperation operation, Outcome outcome)
    {
        var (acknowledged, unknown) = counted.GetValueOrDefault(operation.Key);
        if (outcome == Outcome.Unknown)
            counted[operation.Key] = (acknowledged, unknown + 1);
        else if (outcome == Outcome.Done && operation.Happened)
            counted[operation.Key] = (acknowledged + 1, unknown);
    }

    /// <summary>To be called when all is over.</summary>
    /// <param name="last">What is there at last.</param>
    public void Check(Func<string, string?> last)
    {
        foreach (var (key, (acknowledged, unknown)) in counted)
        {
            var count = Count(last(key));
            if (count < acknowledged || count > acknowledged + unknown)
            {
                invariants.Break(
                    LogInvariant.ExactlyOnce, $"{key} is {count}; {acknowledged} increments were acknowledged, and of {unknown} nobody was told");
            }
        }
        foreach (var (key, operations) in byKey)
        {
            if (!key.StartsWith(MachineJudge.Expiring) && Linearization.Problem(operations) is { } problem)
                invariants.Break(LogInvariant.Linearizable, $"{key}: {problem}");
        }
    }

    private static int Count(string? value) => value is null ? 0 : int.Parse(value.AsSpan(0, value.IndexOf(' ')), CultureInfo.InvariantCulture);
}
