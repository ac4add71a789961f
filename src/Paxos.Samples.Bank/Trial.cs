using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Paxos.Samples.Bank;

/// <summary>Three nodes and their clients; each node in turn is killed and comes back; then the money is counted.</summary>
internal sealed class Trial : IDisposable
{
    private const int TransfersBetween = 20;

    private static readonly string[] Ids = ["a", "b", "c"];

    private readonly string directory = Directory.CreateTempSubdirectory("bank-").FullName;
    private readonly int[] ports = FreePorts(Ids.Length);
    private readonly Dictionary<string, NodeProcess> nodes = [];

    /// <summary>The program's exit code: 0 where the sum is what it was, and the same on all nodes.</summary>
    public async Task<int> RunAsync()
    {
        Console.WriteLine($"Three nodes, with {Bank.Total} between them, in {directory}.");
        foreach (var id in Ids)
            Start(id);
        await Task.WhenAll(nodes.Values.Select(node => node.DoneAsync(TransfersBetween)));
        // One of them leads.
        foreach (var id in Ids)
        {
            nodes[id].Kill();
            // Those that are left are a majority: they go on, under another leader where it was that one.
            await Task.WhenAll(nodes.Values.Where(node => node.Id != id).Select(node => node.DoneAsync(TransfersBetween)));
            nodes[id].Dispose();
            Start(id);
            await nodes[id].DoneAsync(TransfersBetween);
            Console.WriteLine($"Node {id} was killed, the others went on, and it is back.");
        }
        foreach (var node in nodes.Values)
        {
            node.Order("stop");
            Console.WriteLine($"Node {node.Id} since its last start: {await node.WaitForAsync("stopped: ")}.");
        }
        return await AuditAsync();
    }

    public void Dispose()
    {
        foreach (var node in nodes.Values)
            node.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private void Start(string id) => nodes[id] = new NodeProcess(id, directory, ports);

    private async Task<int> AuditAsync()
    {
        var balances = new List<string>();
        foreach (var node in nodes.Values)
        {
            node.Order("audit");
            balances.Add(await node.WaitForAsync("audit "));
        }
        var sum = balances[0].Split(' ').Sum(account => long.Parse(account[(account.IndexOf('=') + 1)..], CultureInfo.InvariantCulture));
        Console.WriteLine(balances[0]);
        if (balances.Any(other => other != balances[0]))
            Console.WriteLine($"The nodes do not agree: {string.Join("; ", balances)}");
        else if (sum != Bank.Total)
            Console.WriteLine($"The sum was {Bank.Total} and is {sum}.");
        else
            Console.WriteLine($"The sum is {sum}, as it was, on all nodes.");
        return sum == Bank.Total && balances.TrueForAll(other => other == balances[0]) ? 0 : 1;
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Stop());
        return ports;
    }
}
