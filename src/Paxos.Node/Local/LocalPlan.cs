using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Paxos.Node.Local;

/// <summary>One node of a local cluster: its id, its two addresses, its directory.</summary>
internal sealed record LocalNode(string Id, HostPort Remoting, HostPort Http, string Data)
{
    public Uri Endpoint => new($"http://{Http}");
}

/// <summary>Who the nodes of <c>paxos up</c> are. The same options give the same nodes, so a cluster can be started again.</summary>
internal sealed record LocalPlan(IReadOnlyList<LocalNode> Nodes)
{
    public const int MaxNodes = 9;

    // Far from the HTTP ports, and below the range that systems hand out to clients (32768 and up) for the usual ones.
    private const int RemotingOffset = 10_000;
    private const string Host = "127.0.0.1";

    /// <exception cref="UsageException">There are not enough ports above the first.</exception>
    public static LocalPlan Make(int nodes, string data, int httpPort)
    {
        if (httpPort + nodes - 1 > 65535)
            throw new UsageException($"--http-port: {nodes} nodes need the ports {httpPort} to {httpPort + nodes - 1}, but the highest is 65535.");
        var remotingPort = httpPort + RemotingOffset + nodes - 1 <= 65535 ? httpPort + RemotingOffset : httpPort - RemotingOffset;
        return new LocalPlan(
        [
            .. Enumerable.Range(0, nodes).Select(i =>
            {
                var id = ((char)('a' + i)).ToString();
                return new LocalNode(id, new HostPort(Host, remotingPort + i), new HostPort(Host, httpPort + i), Path.Combine(data, id));
            }),
        ]);
    }

    /// <summary>How many must be up for anything to be decided.</summary>
    public int Majority => (Nodes.Count / 2) + 1;

    /// <summary>The arguments that start one of them.</summary>
    public IReadOnlyList<string> Arguments(LocalNode node) =>
    [
        "node",
        "--id", node.Id,
        "--bind", node.Remoting.ToString(),
        "--http", node.Http.ToString(),
        "--data", node.Data,
        "--members", string.Join(',', Nodes.Select(member => $"{member.Id}={member.Remoting}")),
        "--bootstrap",
    ];

    /// <exception cref="UsageException">Something listens on one of the ports.</exception>
    public void CheckPorts()
    {
        foreach (var node in Nodes)
        {
            if (IsInUse(node.Http))
                throw new UsageException($"--http-port: {node.Http} is in use: end what listens there (another 'paxos up'?), or take another --http-port.");
            if (IsInUse(node.Remoting))
            {
                var offset = (node.Remoting.Port - node.Http.Port).ToString("+#;-#", CultureInfo.InvariantCulture);
                throw new UsageException(
                    $"--http-port: {node.Remoting} is in use, where node {node.Id} would listen for the others (its HTTP port {offset}): "
                    + "end what listens there, or take another --http-port.");
            }
        }
    }

    private static bool IsInUse(HostPort address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address.Host), address.Port);
        try
        {
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
