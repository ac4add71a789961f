using System.Collections.Immutable;
using Akka.Configuration;
using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>The section <c>paxos</c> of the configuration, read and checked. What each setting means stands in reference.conf.</summary>
public sealed class PaxosSettings
{
    /// <exception cref="PaxosConfigurationException">A setting is missing or makes no sense; the message names it.</exception>
    public PaxosSettings(Config paxos)
    {
        var read = new SettingReader(paxos, "paxos");
        Cluster = read.Id("cluster");
        Node = new NodeId(read.Id("node"));
        Members = ReadMembers(paxos.GetConfig("members"));
        Bootstrap = read.Flag("bootstrap");
        Join = read.Flag("join");
        if (Bootstrap && Join)
            throw Wrong("join", "is on, and so is paxos.bootstrap: a new node makes a new cluster with the others, or it joins one that is there");
        Self = ReadSelf(read.Text("address"));
        DataDirectory = read.Text("data-dir");
        if (string.IsNullOrWhiteSpace(DataDirectory))
            throw Wrong("data-dir", "is empty: name a directory");
        HttpAddress = read.Text("http-address") is { Length: > 0 } http ? http : null;
        OperationTimeout = read.Duration("operation-timeout");
        HeartbeatInterval = read.Duration("heartbeat-interval");
        SilentAfter = read.Duration("silent-after");
        MaxInFlight = read.AtLeastOne("decisions.max-in-flight");
        Retry = new RetryDelays(read.Duration("decisions.retry-base"), read.Duration("decisions.retry-max"));
        RoundsABlock = read.AtLeastOne("decisions.rounds-a-block");
        IdleAfter = read.Duration("decisions.idle-after");
        PageNames = read.AtLeastOne("decisions.page-names");
        MaxLoaded = read.AtLeastOne("decisions.max-loaded");
        BackoffMin = read.Duration("backoff.min");
        BackoffMax = read.Duration("backoff.max");
        JournalPlugin = read.Text("journal-plugin");
        RegisterGroups = read.Number("registers.groups", 1, Registers.RegisterGroups.Max);
        Hearing = new HearingSettings(read.Section("hearing"));
        Log = new LogSection(read.Section("log"), read.Section("election"));
    }

    public string Cluster { get; }

    public NodeId Node { get; }

    public ImmutableSortedDictionary<NodeId, MemberSettings> Members { get; }

    /// <summary>This node: one of the members, or one that joins them.</summary>
    public MemberSettings Self { get; }

    public bool Bootstrap { get; }

    public bool Join { get; }

    public string DataDirectory { get; }

    public string? HttpAddress { get; }

    public TimeSpan OperationTimeout { get; }

    public TimeSpan HeartbeatInterval { get; }

    public TimeSpan SilentAfter { get; }

    public int MaxInFlight { get; }

    public RetryDelays Retry { get; }

    public int RoundsABlock { get; }

    public TimeSpan IdleAfter { get; }

    public int MaxLoaded { get; }

    public int PageNames { get; }

    public TimeSpan BackoffMin { get; }

    public TimeSpan BackoffMax { get; }

    public string JournalPlugin { get; }

    /// <summary>Over how many groups the keys of the registers are spread.</summary>
    public int RegisterGroups { get; }

    public HearingSettings Hearing { get; }

    public LogSection Log { get; }

    private MemberSettings ReadSelf(string? address)
    {
        if (Members.TryGetValue(Node, out var named))
            return named;
        var members = string.Join(", ", Members.Keys);
        if (Bootstrap)
            throw Wrong("node", $"is '{Node}', which is not one of paxos.members ({members}), and only those form a cluster (paxos.bootstrap)");
        if (string.IsNullOrEmpty(address))
            throw Wrong("node", $"is '{Node}', which is not one of paxos.members ({members}); one that joins them needs paxos.address");
        if (Members.Values.FirstOrDefault(member => member.Address == address) is { } taken)
            throw Wrong("address", $"is {address}, which is that of member {taken.Id}");
        return new MemberSettings(Node, address, NodeRoles.All);
    }

    private static ImmutableSortedDictionary<NodeId, MemberSettings> ReadMembers(Config? members)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<NodeId, MemberSettings>();
        foreach (var (name, value) in members?.Root.GetObject()?.Items ?? [])
        {
            var setting = $"members.{name}";
            if (!NodeId.IsValid(name))
                throw Wrong(setting, $"has '{name}', which is no node id: 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ .");
            if (!value.IsObject() || value.GetObject().GetKey("address")?.GetString() is not { Length: > 0 } address)
                throw Wrong(setting, "has no address: write address = \"HOST:PORT\"");
            var roles = value.GetObject().GetKey("roles") is { } list ? ReadRoles(setting, list.GetStringList()) : NodeRoles.All;
            if ((roles & (NodeRoles.Acceptor | NodeRoles.Learner)) == 0)
                throw Wrong(setting + ".roles", "has neither acceptor nor learner: such a node would never be told what is chosen");
            read.Add(new NodeId(name), new MemberSettings(new NodeId(name), address, roles));
        }
        if (read.Values.All(member => (member.Roles & NodeRoles.Acceptor) == 0))
            throw Wrong("members", "has no acceptor: list the nodes, each with its address");
        if (read.Values.All(member => (member.Roles & NodeRoles.Proposer) == 0))
            throw Wrong("members", "has no proposer: nobody could get a value chosen");
        if (read.Values.GroupBy(member => member.Address).FirstOrDefault(group => group.Count() > 1) is { } shared)
            throw Wrong("members", $"gives the address {shared.Key} to {string.Join(" and ", shared.Select(member => member.Id))}");
        return read.ToImmutable();
    }

    private static NodeRoles ReadRoles(string setting, IEnumerable<string> names)
    {
        var roles = NodeRoles.None;
        foreach (var name in names)
        {
            roles |= name switch
            {
                "proposer" => NodeRoles.Proposer,
                "acceptor" => NodeRoles.Acceptor,
                "learner" => NodeRoles.Learner,
                _ => throw Wrong(setting + ".roles", $"has '{name}': the roles are proposer, acceptor and learner"),
            };
        }
        return roles;
    }

    private static PaxosConfigurationException Wrong(string setting, string what) => SettingReader.Wrong("paxos", setting, what);
}
