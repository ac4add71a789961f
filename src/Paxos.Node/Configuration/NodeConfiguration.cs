using System.Globalization;
using System.Text;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Paxos.Actors;

namespace Paxos.Node.Configuration;

/// <summary>All that a node needs to start: what the file and the command line say, made one, and checked.</summary>
internal sealed class NodeConfiguration
{
    public const string SystemName = "paxos";

    private static readonly HostPort DefaultHttp = new("127.0.0.1", 8080);

    // What a node of its own wants of Akka; a file may set it otherwise.
    private const string ProgramDefaults = """
        akka {
          actor.provider = remote
          loggers = ["Paxos.Node.Hosting.ConsoleLogger, paxos"]
          loglevel = INFO
          stdout-loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
        }
        """;

    /// <summary>What an actor system of the program wants of Akka.</summary>
    public static Config Defaults => ConfigurationFactory.ParseString(ProgramDefaults).WithFallback(PaxosExtension.RemotingConfig());

    private NodeConfiguration(Config akka, PaxosSettings settings, HostPort remoting, HostPort http)
    {
        Akka = akka;
        Settings = settings;
        Remoting = remoting;
        Http = http;
    }

    /// <summary>The actor system's configuration.</summary>
    public Config Akka { get; }

    public PaxosSettings Settings { get; }

    /// <summary>Where this node listens for the others.</summary>
    public HostPort Remoting { get; }

    /// <summary>Where it serves HTTP.</summary>
    public HostPort Http { get; }

    /// <summary>What the number of voters can bear, where it is a number that few would choose knowingly; else null.</summary>
    public string? Warning
    {
        get
        {
            if (Settings.Join)
                return null;
            var voters = Settings.Members.Values.Count(member => member.Roles.HasFlag(NodeRoles.Acceptor));
            if (voters == 1)
                return "1 voter: when this node is down nothing can be decided, and its disk is the only copy. Three voters bear the loss of one.";
            return voters % 2 == 0
                ? $"{voters} voters bear the loss of {(voters / 2) - 1}, no more than {voters - 1} would: take {voters - 1} or {voters + 1}."
                : null;
        }
    }

    /// <exception cref="UsageException">The options or the file make no node; the message names which, and what to do.</exception>
    public static NodeConfiguration Compose(NodeOptions options)
    {
        var members = options.Members is null ? null : MemberList.Parse(options.Members);
        var bind = options.Bind is null ? (HostPort?)null : HostPort.Parse(options.Bind, "--bind");
        var http = options.Http is null ? (HostPort?)null : HostPort.Parse(options.Http, "--http");
        if (options.Id is { } id)
        {
            MemberList.CheckId(id, "--id");
            // One that is not named joins, or has joined: then --bind is where the others reach it.
            if (members is not null && !members.ContainsKey(id) && (options.Bootstrap || bind is not { IsWildcard: false }))
            {
                throw new UsageException(
                    $"--id: '{id}' is not one of --members ({string.Join(", ", members.Keys)}). One that joins them also needs --bind HOST:PORT, "
                    + "where they reach it, and --join.");
            }
        }
        if (options.Bootstrap && options.Join)
            throw new UsageException("--join: with --bootstrap a new node makes a new cluster, with --join it joins one that is there: give one of them.");
        if (options.Data is { } data && string.IsNullOrWhiteSpace(data))
            throw new UsageException("--data: the directory's name is empty.");
        if (options.ConfigFile is null)
            RequireAll(options);

        // One text, the options last: a list of members on the command line then replaces the file's, where a fallback would merge them.
        var file = options.ConfigFile is null ? "" : NodeFile.Read(options.ConfigFile);
        var given = NodeFile.Parse(options.ConfigFile ?? "the options", file + "\n" + ToHocon(options, members, bind));
        var settings = ReadSettings(options.ConfigFile, given);
        CheckRemoting(given, settings);
        var self = HostPort.Parse(WithoutSystem(settings.Self.Address), MembersSource(options, settings));
        var listen = bind ?? Listen(given, self);
        var serve = http ?? (settings.HttpAddress is { } announced ? FromUrl(announced) : DefaultHttp);
        var derived = new StringBuilder();
        // Where it listens, and under which address it is known.
        Set(derived, "akka.remote.dot-netty.tcp.hostname", listen.Host);
        Set(derived, "akka.remote.dot-netty.tcp.port", Text(listen.Port));
        Set(derived, "akka.remote.dot-netty.tcp.public-hostname", self.Host);
        Set(derived, "akka.remote.dot-netty.tcp.public-port", Text(self.Port));
        if (settings.HttpAddress is null)
            Set(derived, "paxos.http-address", $"http://{(serve.IsWildcard ? serve with { Host = self.Host } : serve)}");
        var all = ConfigurationFactory.ParseString(derived.ToString())
            .WithFallback(given)
            .WithFallback(Defaults);
        return new NodeConfiguration(all, settings, listen, serve);
    }

    private static void RequireAll(NodeOptions options)
    {
        var missing = new List<string>();
        if (options.Id is null)
            missing.Add("--id ID");
        if (options.Members is null)
            missing.Add("--members a=HOST:PORT,b=...");
        if (options.Data is null)
            missing.Add("--data DIR");
        if (missing.Count > 0)
            throw new UsageException($"without --config FILE a node also needs {string.Join(" and ", missing)}.");
    }

    private static PaxosSettings ReadSettings(string? file, Config given)
    {
        if (Find(given, "paxos")?.IsObject() == false)
            throw new UsageException($"{file}: the setting paxos is no section: write paxos {{ }} with its settings between.");
        try
        {
            return new PaxosSettings(given.WithFallback(PaxosExtension.DefaultConfig()).GetConfig("paxos"));
        }
        catch (PaxosConfigurationException e)
        {
            throw new UsageException(file is null ? e.Message : $"{file}: {e.Message}");
        }
    }

    // Peers send to the member's address. A file that says another one under akka.remote means a node that nobody reaches.
    private static void CheckRemoting(Config given, PaxosSettings settings)
    {
        foreach (var setting in (string[])["akka.remote.dot-netty.tcp.public-hostname", "akka.remote.dot-netty.tcp.public-port"])
        {
            if (Find(given, setting) is not null)
            {
                throw new UsageException(
                    $"{setting} is set, but the address of a node is paxos.members.{settings.Node}.address: remove it, "
                    + "and use hostname and port beside it (or --bind) where the node listens at another address.");
            }
        }
    }

    private static HostPort Listen(Config given, HostPort self)
    {
        const string Host = "akka.remote.dot-netty.tcp.hostname";
        const string Port = "akka.remote.dot-netty.tcp.port";
        var (host, port) = (self.Host, self.Port);
        if (Find(given, Host) is { } givenHost)
            host = givenHost.GetString() ?? throw new UsageException($"{Host} is no text: write a host name or an address.");
        if (Find(given, Port) is { } givenPort && !(int.TryParse(givenPort.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535))
            throw new UsageException($"{Port}: '{givenPort.GetString()}' is no port: it takes 1 to 65535.");
        return new HostPort(host, port);
    }

    // Akka's own look-up throws a null reference where a section on the way is none.
    private static HoconValue? Find(Config given, string setting)
    {
        var found = given.Root;
        foreach (var word in setting.Split('.'))
        {
            if (found?.GetObject() is not { } section)
                return null;
            found = section.GetKey(word);
        }
        return found;
    }

    private static string WithoutSystem(string address)
    {
        const string Prefix = $"akka.tcp://{SystemName}@";
        return address.StartsWith(Prefix, StringComparison.Ordinal) ? address[Prefix.Length..] : address;
    }

    private static string MembersSource(NodeOptions options, PaxosSettings settings) =>
        !settings.Members.ContainsKey(settings.Node) ? "paxos.address"
        : options.Members is not null ? "--members"
        : $"{options.ConfigFile}: paxos.members.{settings.Node}.address";

    private static HostPort FromUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/"
            ? new HostPort(uri.Host.Trim('[', ']'), uri.Port)
            : throw new UsageException($"paxos.http-address: '{url}' is no http://HOST:PORT.");

    private static string ToHocon(NodeOptions options, IReadOnlyDictionary<string, HostPort>? members, HostPort? bind)
    {
        var hocon = new StringBuilder();
        if (options.Id is { } id)
            Set(hocon, "paxos.node", id);
        if (options.Data is { } data)
            Set(hocon, "paxos.data-dir", data);
        if (options.Bootstrap)
            Set(hocon, "paxos.bootstrap", "on");
        if (options.Join)
            Set(hocon, "paxos.join", "on");
        // The one that is given takes the place of the other in the file.
        if (options.Bootstrap != options.Join)
            Set(hocon, options.Join ? "paxos.bootstrap" : "paxos.join", "off");
        if (bind is { IsWildcard: false } own && members?.ContainsKey(options.Id ?? "") != true)
            Set(hocon, "paxos.address", own.ToString());
        if (members is not null)
        {
            hocon.AppendLine("paxos.members = null");
            foreach (var (member, address) in members)
                Set(hocon, $"paxos.members.\"{member}\".address", address.ToString());
        }
        return hocon.ToString();
    }

    private static void Set(StringBuilder hocon, string setting, string value) =>
        hocon.Append(setting).Append(" = \"").Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"")).AppendLine("\"");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
