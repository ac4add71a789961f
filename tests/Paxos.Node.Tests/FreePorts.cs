using System.Net;
using System.Net.Sockets;

namespace Paxos.Node.Tests;

/// <summary>Ports of the loopback address that nobody listens on.</summary>
internal static class FreePorts
{
    /// <summary>Different ones; the system does not hand them out again soon.</summary>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => Listen()).ToArray();
        var ports = Array.ConvertAll(listeners, listener => listener.Port);
        Array.ForEach(listeners, listener => listener.Dispose());
        return ports;
    }

    public static ListeningPort Listen() => new();

    internal sealed class ListeningPort : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public ListeningPort() => listener.Start();

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose() => listener.Dispose();
    }
}
