using System.Globalization;
using System.Net;

namespace Paxos.Node;

/// <summary>Where something listens or is reached: a host name or address and a port, IPv6 in brackets.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <param name="source">The option or setting that the text came from, for the message.</param>
    /// <exception cref="UsageException">The text is no HOST:PORT.</exception>
    public static HostPort Parse(string text, string source)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0)
            throw new UsageException($"{source}: '{text}' is no HOST:PORT: write it like 127.0.0.1:4053.");
        var host = text[..colon];
        if (host is ['[', .. var address, ']'])
            host = address;
        else if (host.Contains(':'))
            throw new UsageException($"{source}: '{text}': put an IPv6 address in brackets, like [::1]:4053.");
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw new UsageException($"{source}: '{text}': '{host}' is neither a host name nor an address.");
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            throw new UsageException($"{source}: '{text}': '{text[(colon + 1)..]}' is no port: it takes 1 to 65535.");
        return new HostPort(host, port);
    }

    /// <summary>The wildcard addresses are good to listen on, and no place to be reached at.</summary>
    public bool IsWildcard => IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    public override string ToString() => (Host.Contains(':') ? $"[{Host}]:" : Host + ":") + Port.ToString(CultureInfo.InvariantCulture);
}
