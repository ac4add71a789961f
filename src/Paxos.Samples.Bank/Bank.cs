using System.Collections.Immutable;
using System.Text.Json;
using Paxos.Actors.StateMachines;
using Paxos.Protocol.Log;

namespace Paxos.Samples.Bank;

/// <summary>What the bank is asked to do. It travels and is kept as JSON.</summary>
public sealed record Transfer(string From, string To, long Amount);

/// <summary>
/// The bank: accounts, and money that moves between them. Every node has one and gives it the same transfers in the same order,
/// so all that it does may hang on nothing but its accounts and the transfer.
/// </summary>
public sealed class Bank : StateMachine<Transfer, long>
{
    public const long Total = Accounts * Each;

    private const int Accounts = 10;
    private const long Each = 1000;

    // Immutable, so that a snapshot holds it as it was while transfers go on. Sorted, so that all nodes go through it in one order.
    private ImmutableSortedDictionary<string, long> balances =
        Enumerable.Range(0, Accounts).ToImmutableSortedDictionary(NameOf, _ => Each, StringComparer.Ordinal);

    /// <summary>What questions are answered from: it never changes, another one takes its place.</summary>
    public ImmutableSortedDictionary<string, long> Balances => balances;

    public static string NameOf(int account) => $"account-{account}";

    public static string AnyName(Random random) => NameOf(random.Next(Accounts));

    /// <summary>Asked before anything is proposed: it sees the transfer, not the accounts.</summary>
    public override string? Refuse(Transfer command) => command.Amount > 0 ? null : "An amount is 1 or more.";

    /// <summary>Returns what the giver has left. What it throws is the transfer's result, on every node.</summary>
    public override long Apply(Transfer command, in Context context)
    {
        var left = BalanceOf(command.From) - command.Amount;
        if (left < 0)
            throw new InvalidOperationException($"{command.From} has {BalanceOf(command.From)}, which is less than {command.Amount}.");
        var received = BalanceOf(command.To);
        if (command.From != command.To)
            balances = balances.SetItem(command.From, left).SetItem(command.To, received + command.Amount);
        return BalanceOf(command.From);
    }

    public override Action<Stream> Freeze()
    {
        var frozen = balances;
        return snapshot => JsonSerializer.Serialize(snapshot, frozen);
    }

    public override void Restore(Stream snapshot) =>
        balances = JsonSerializer.Deserialize<Dictionary<string, long>>(snapshot)!.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private long BalanceOf(string account) => balances.TryGetValue(account, out var balance)
        ? balance
        : throw new InvalidOperationException($"There is no {account}.");
}
