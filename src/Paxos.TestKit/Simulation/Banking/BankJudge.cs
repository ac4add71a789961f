using Paxos.Protocol;

namespace Paxos.TestKit.Simulation.Banking;

/// <summary>Watches the bank: no money comes or goes, and every transfer was what its caller was told.</summary>
internal sealed class BankJudge(LogInvariants invariants, Marks marks)
{
    private readonly Dictionary<ulong, (ulong Index, bool Happened)> applied = [];
    private readonly HashSet<ulong> withdrawn = [];
    private ulong number;

    public ulong NextNumber() => ++number;

    /// <summary>Some node's bank has been given this as the log's command of that index.</summary>
    public void Applied(NodeId node, Transfer transfer, ulong index, bool happened, Bank bank)
    {
        if (applied.TryAdd(transfer.Number, (index, happened)))
            marks.Hit(happened ? LogMarks.Transfer : LogMarks.TransferRefused);
        else if (applied[transfer.Number] != (index, happened))
            invariants.Break(LogInvariant.ExactlyOnce, $"{transfer} was applied as {applied[transfer.Number]}, and at {node} as {(index, happened)}");
        if (withdrawn.Contains(transfer.Number))
            invariants.Break(LogInvariant.ExactlyOnce, $"{transfer} was applied, and its caller was told that it never would be");
        var total = bank.Balances.Aggregate(0UL, (sum, balance) => sum + balance);
        if (total != Bank.Total)
            invariants.Break(LogInvariant.Prefix, $"the bank of {node} has {total} after {transfer}, and began with {Bank.Total}");
    }

    public void Told(Transfer transfer, Outcome outcome, Value value)
    {
        if (outcome == Outcome.NotApplied && withdrawn.Add(transfer.Number) && applied.ContainsKey(transfer.Number))
            invariants.Break(LogInvariant.ExactlyOnce, $"{transfer} was applied, and its caller is told that it was not");
        if (outcome != Outcome.Done)
            return;
        var happened = new HappenedCodec().Decode(value.Bytes);
        if (!applied.TryGetValue(transfer.Number, out var known) || known.Happened != happened)
            invariants.Break(LogInvariant.ExactlyOnce, $"the caller of {transfer} is told {happened}, and it was applied as {known}");
    }
}
