using System.Net;
using System.Net.Sockets;
using Akka.Configuration;

namespace Paxos.Actors.Remoting;

/// <summary>The settings of akka.remote.dot-netty.tcp, as Akka.Remote's own reference has them.</summary>
internal sealed class TransportSettings
{
    private readonly bool hasNoDelay;
    private readonly bool keepsAlive;
    private readonly int sendBufferBytes;
    private readonly int receiveBufferBytes;

    /// <exception cref="ConfigurationException">A setting asks for what the transport does not do.</exception>
    public TransportSettings(Config config)
    {
        if (config.GetBoolean("enable-ssl"))
            throw NotDone("enable-ssl is on, and this transport does not encrypt");
        if (config.GetString("byte-order", "little-endian") is var order && order != "little-endian")
            throw NotDone($"byte-order is {order}, and this transport has little-endian");
        Host = config.GetString("hostname") is { Length: > 0 } host ? host : IPAddress.Any.ToString();
        Port = config.GetInt("port");
        PublicHost = config.GetString("public-hostname") is { Length: > 0 } publicHost ? publicHost : Host;
        PublicPort = config.GetInt("public-port") is > 0 and var publicPort ? publicPort : null;
        MaxFrameBytes = config.GetByteSize("maximum-frame-size") ?? 128_000;
        Backlog = config.GetInt("backlog", 4096);
        ConnectTimeout = config.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(15));
        PreferredFamily = config.GetBoolean("dns-use-ipv6") ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        hasNoDelay = config.GetBoolean("tcp-nodelay", true);
        keepsAlive = config.GetBoolean("tcp-keepalive", true);
        sendBufferBytes = (int)(config.GetByteSize("send-buffer-size") ?? 0);
        receiveBufferBytes = (int)(config.GetByteSize("receive-buffer-size") ?? 0);
        ReusesAddress = config.GetString("tcp-reuse-addr", "off-for-windows") switch
        {
            "off-for-windows" => !OperatingSystem.IsWindows(),
            _ => config.GetBoolean("tcp-reuse-addr"),
        };
    }

    /// <summary>Where it listens.</summary>
    public string Host { get; }

    /// <summary>0: any that is free.</summary>
    public int Port { get; }

    /// <summary>By which others know it.</summary>
    public string PublicHost { get; }

    /// <summary>Null: the one at which it listens.</summary>
    public int? PublicPort { get; }

    public long MaxFrameBytes { get; }

    public int Backlog { get; }

    public TimeSpan ConnectTimeout { get; }

    /// <summary>Of the addresses that a name has.</summary>
    public AddressFamily PreferredFamily { get; }

    public bool ReusesAddress { get; }

    public void ApplyTo(Socket socket)
    {
        socket.NoDelay = hasNoDelay;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, keepsAlive);
        // 0: the system's own.
        if (sendBufferBytes > 0)
            socket.SendBufferSize = sendBufferBytes;
        if (receiveBufferBytes > 0)
            socket.ReceiveBufferSize = receiveBufferBytes;
    }

    private static ConfigurationException NotDone(string what) => new(
        $"akka.remote.dot-netty.tcp.{what}: leave transport-class as Akka.Remote has it (Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote).");
}
