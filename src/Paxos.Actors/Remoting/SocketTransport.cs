using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;

namespace Paxos.Actors.Remoting;

/// <summary>
/// A transport of Akka.Remote, in place of DotNetty's by one line, the transport-class of akka.remote.dot-netty.tcp, whose other
/// settings are its own too: a thread a connection, that runs what follows from a message and sends what that says. The bytes are
/// DotNetty's: the two understand each other.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Akka makes it, by the name in remoting.conf.")]
[SuppressMessage("Design", "CA1001", Justification = "Akka ends it by Shutdown.")]
internal sealed class SocketTransport : Transport
{
    private const string Scheme = "tcp";

    // What failed at once, for want of files say, would else fail again at once.
    private static readonly TimeSpan PauseAfterFailedAccept = TimeSpan.FromMilliseconds(100);

    private readonly TransportSettings settings;
    private readonly ConcurrentDictionary<Connection, bool> connections = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource<IAssociationEventListener> listener = new();
    private Address? local;
    private Socket? server;
    private volatile bool isShutDown;

    /// <exception cref="ConfigurationException">A setting asks for what this transport does not do.</exception>
    public SocketTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        settings = new TransportSettings(config);
        SchemeIdentifier = Scheme;
        MaximumPayloadBytes = settings.MaxFrameBytes;
        Log = Logging.GetLogger(system, typeof(SocketTransport));
    }

    public ILoggingAdapter Log { get; }

    public override bool IsResponsibleFor(Address remote) => true;

    /// <exception cref="RemoteTransportException">The address is not this machine's, or in use.</exception>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        try
        {
            var ip = await ResolveAsync(settings.Host).ConfigureAwait(false);
            server = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (ip.Equals(IPAddress.IPv6Any))
                server.DualMode = true;
            if (settings.ReusesAddress)
                server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            server.Bind(new IPEndPoint(ip, settings.Port));
            server.Listen(settings.Backlog);
        }
        catch (SocketException e)
        {
            server?.Dispose();
            throw new RemoteTransportException($"{settings.Host}:{settings.Port}: {e.Message}.", e);
        }
        var port = settings.PublicPort ?? ((IPEndPoint)server.LocalEndPoint!).Port;
        local = new Address(Scheme, System.Name, HostIn(settings.PublicHost), port);
        // Nobody is let in before remoting has named who is told of it.
        _ = listener.Task.ContinueWith(
            named => new Thread(() => Accept(named.Result)) { IsBackground = true, Name = "paxos-remoting-accept" }.UnsafeStart(),
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        return (local, listener);
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        try
        {
            var ip = await ResolveAsync(remoteAddress.Host!).ConfigureAwait(false);
            var target = new IPEndPoint(Reachable(ip), remoteAddress.Port!.Value);
            // It blocks: on a thread of its own.
            var connected = await Task.Factory.StartNew(
                () => Connect(target), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            return Open(connected, remoteAddress);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Without the cause, since remoting would log no more than that there is one.
            throw new InvalidAssociationException($"{e.Message} {remoteAddress}");
        }
    }

    public override Task<bool> Shutdown()
    {
        isShutDown = true;
        server?.Dispose();
        foreach (var connection in connections.Keys)
            connection.Close();
        return Task.FromResult(true);
    }

    public void Forget(Connection connection) => connections.TryRemove(connection, out _);

    // An asynchronous call would make .NET wake a thread of its own at each packet, for as long as the socket lives.
    private Socket Connect(IPEndPoint target)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var timeout = new CancellationTokenSource(settings.ConnectTimeout);
        using var late = timeout.Token.Register(socket.Dispose);
        try
        {
            socket.Connect(target);
            return socket;
        }
        catch
        {
            socket.Dispose();
            if (timeout.IsCancellationRequested)
                throw new SocketException((int)SocketError.TimedOut);
            throw;
        }
    }

    private void Accept(IAssociationEventListener told)
    {
        while (!isShutDown)
        {
            Socket? socket = null;
            try
            {
                socket = server!.Accept();
                var remote = (IPEndPoint)socket.RemoteEndPoint!;
                told.Notify(new InboundAssociation(Open(socket, new Address(Scheme, System.Name, HostIn(remote.Address.ToString()), remote.Port))));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It was gone before it was there, or files are short for a moment.
                socket?.Dispose();
                if (!isShutDown)
                {
                    Log.Warning("A connection could not be taken: {0}.", e.Message);
                    Thread.Sleep(PauseAfterFailedAccept);
                }
            }
        }
    }

    private Connection Open(Socket socket, Address remote)
    {
        try
        {
            settings.ApplyTo(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var connection = new Connection(this, socket, local!, remote);
        connections[connection] = true;
        if (isShutDown)
            connection.Close();
        return connection;
    }

    private async Task<IPAddress> ResolveAsync(string host)
    {
        if (IPAddress.TryParse(host, out var ip))
            return ip;
        var all = await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
        return Array.Find(all, address => address.AddressFamily == settings.PreferredFamily) ?? all[0];
    }

    // One that listens at all of its addresses on this machine, and says so.
    private static IPAddress Reachable(IPAddress ip) =>
        ip.Equals(IPAddress.Any) ? IPAddress.Loopback : ip.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : ip;

    // As it stands in an address.
    private static string HostIn(string host) => host.Contains(':') && !host.StartsWith('[') ? $"[{host}]" : host;
}
