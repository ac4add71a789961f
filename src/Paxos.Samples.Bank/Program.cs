using System.Globalization;
using Paxos.Samples.Bank;

// dotnet run --project src/Paxos.Samples.Bank
// It starts itself three times more, as the nodes: bank node ID DIRECTORY PORT PORT PORT
if (args is ["node", var id, var directory, .. var ports])
{
    await BankNode.RunAsync(id, directory, [.. ports.Select(port => int.Parse(port, CultureInfo.InvariantCulture))]);
    return 0;
}
try
{
    using var trial = new Trial();
    return await trial.RunAsync();
}
catch (TimeoutException e)
{
    Console.WriteLine(e.Message);
    return 1;
}
