using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>What the roles of one group on one node share.</summary>
internal sealed class GroupContext
{
    // What every SQL journal's column holds.
    private const int MaxPersistenceIdLength = 255;

    private volatile Known known;

    // Members of earlier configurations, by name. They may be needed until what they remember is elsewhere.
    private volatile FrozenDictionary<NodeId, Incarnation> former = FrozenDictionary<NodeId, Incarnation>.Empty;

    public GroupContext(NodeContext node, GroupId group, Configuration configuration)
    {
        Node = node;
        Group = group;
        known = new Known(configuration);
    }

    public NodeContext Node { get; }

    public GroupId Group { get; }

    /// <summary>The configuration in force on this node.</summary>
    public Configuration Configuration => known.Configuration;

    /// <summary>From now on the group has this configuration. Called by the group's supervisor alone.</summary>
    public void Adopt(Configuration configuration)
    {
        Remember(known.Configuration);
        known = new Known(configuration);
    }

    /// <summary>What these members say is still heard, and they can be asked, where the configuration in force does not name them.</summary>
    public void Remember(Configuration earlier)
    {
        var all = former.ToDictionary();
        foreach (var member in earlier.Voters.Concat(earlier.Learners))
            all[member.Id] = member.Incarnation;
        former = all.ToFrozenDictionary();
    }

    /// <summary>Sends to the node as this configuration knows it, or an earlier one; to a stranger, nothing.</summary>
    public void Send(NodeId to, string name, Message message)
    {
        var now = known;
        if (now.Incarnations.TryGetValue(to, out var incarnation) || former.TryGetValue(to, out incarnation))
        {
            Node.Transport.Send(new NodeEnvelope(
                Node.Settings.Cluster, Group, now.Configuration.Epoch, Node.Self, new Member(to, incarnation), name, message));
        }
    }

    /// <summary>True for a node that this configuration names, with this incarnation.</summary>
    public bool Knows(Member member) =>
        known.Incarnations.TryGetValue(member.Id, out var incarnation) && incarnation == member.Incarnation;

    /// <summary>True for a node that no longer is a member, with the incarnation that it was one with.</summary>
    public bool Knew(Member member) =>
        !Names(member.Id) && former.TryGetValue(member.Id, out var incarnation) && incarnation == member.Incarnation;

    /// <summary>True for a node that this configuration names, with whatever incarnation.</summary>
    public bool Names(NodeId node) => known.Incarnations.ContainsKey(node);

    /// <summary>The role's, and behind it the instance's name, or its SHA-256 where it is too long for a column.</summary>
    public string PersistenceId(string role, string name)
    {
        var id = Node.PersistenceId(Group.ToString(), role);
        if (name.Length == 0)
            return id;
        // A name that begins with ~ is hashed too, so that none can pose as another's hash.
        return id.Length + 1 + name.Length <= MaxPersistenceIdLength && name[0] != '~'
            ? $"{id}/{name}"
            : $"{id}/~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";
    }

    private sealed class Known(Configuration configuration)
    {
        public Configuration Configuration { get; } = configuration;

        public FrozenDictionary<NodeId, Incarnation> Incarnations { get; } =
            configuration.Voters.Concat(configuration.Learners).ToFrozenDictionary(member => member.Id, member => member.Incarnation);
    }
}
