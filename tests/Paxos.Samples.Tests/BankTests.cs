using System.Diagnostics;
using Paxos.Samples.Bank;

namespace Paxos.Samples.Tests;

/// <summary>The sample as a user runs it.</summary>
public sealed class BankTests
{
    [Fact]
    public async Task No_money_is_lost_or_made_while_its_nodes_are_killed()
    {
        var printed = await RunAsync();
        Assert.Contains($"The sum is {Bank.Bank.Total}, as it was, on all nodes.", printed, StringComparison.Ordinal);
        foreach (var id in (string[])["a", "b", "c"])
            Assert.Contains($"Node {id} was killed, the others went on, and it is back.", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_gives_more_than_they_have()
    {
        var bank = new Bank.Bank();
        Assert.Equal(400, bank.Apply(new Transfer("account-0", "account-1", 600), default));
        Assert.Throws<InvalidOperationException>(() => bank.Apply(new Transfer("account-0", "account-1", 401), default));
        Assert.Throws<InvalidOperationException>(() => bank.Apply(new Transfer("account-0", "nobody", 1), default));
        Assert.Equal((400, 1600), (bank.Balances["account-0"], bank.Balances["account-1"]));
        Assert.NotNull(bank.Refuse(new Transfer("account-0", "account-1", 0)));
    }

    [Fact]
    public void A_bank_is_its_snapshot_and_the_snapshot_stays_as_it_was()
    {
        var bank = new Bank.Bank();
        bank.Apply(new Transfer("account-0", "account-1", 600), default);
        var write = bank.Freeze();
        bank.Apply(new Transfer("account-0", "account-1", 100), default);
        using var snapshot = new MemoryStream();
        write(snapshot);
        snapshot.Position = 0;
        var other = new Bank.Bank();
        other.Restore(snapshot);
        Assert.Equal((400, 1600), (other.Balances["account-0"], other.Balances["account-1"]));
        Assert.Equal(Bank.Bank.Total, other.Balances.Values.Sum());
    }

    private static async Task<string> RunAsync()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Bank.Bank).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
            Assert.True(process.ExitCode == 0, $"It ended with {process.ExitCode}:\n{await output}\n{await error}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
