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

    private readonly Lock gate = new();
    private volatile Known known;

    // Members of earlier configurations, by name. They may be needed until what they remember is elsewhere.
    private volatile FrozenDictionary<NodeId, Incarnation> former = FrozenDictionary<NodeId, Incarnation>.Empty;

    public GroupContext(NodeContext node, GroupId group, Configuration configuration)
    {
        Node = node;
        Group = group;
        known = new Known(configuration, configuration);
    }

    public NodeContext Node { get; }

    public GroupId Group { get; }

    /// <summary>The newest configuration that this node knows of the group.</summary>
    public Configuration Configuration => known.Newest;

    /// <summary>The group's log has come to this configuration.</summary>
    public void Adopt(Configuration configuration)
    {
        lock (gate)
        {
            var (newest, inLog) = (known.Newest, known.InLog);
            if (configuration.Epoch <= inLog.Epoch)
                return;
            known = new Known(configuration.Epoch > newest.Epoch ? configuration : newest, configuration);
            Remember(inLog);
        }
    }

    /// <summary>There is this newer configuration, which the group's log may not have come to here, or may not have at all.</summary>
    public void Hear(Configuration configuration)
    {
        lock (gate)
        {
            if (configuration.Epoch > known.Newest.Epoch)
                known = new Known(configuration, known.InLog);
        }
    }

    /// <summary>What these members say is still heard, and they can be asked, where the configurations do not name them.</summary>
    public void Remember(Configuration earlier)
    {
        lock (gate)
        {
            var all = former.ToDictionary();
            foreach (var member in earlier.Voters.Concat(earlier.Learners))
                all[member.Id] = member.Incarnation;
            former = all.ToFrozenDictionary();
        }
    }

    /// <summary>Sends to the node as the configurations know it, now or earlier; to a stranger, nothing.</summary>
    public void Send(NodeId to, string name, Message message)
    {
        var now = known;
        if (now.Incarnations.TryGetValue(to, out var incarnation) || former.TryGetValue(to, out incarnation))
        {
            Node.Transport.Send(new NodeEnvelope(
                Node.Settings.Cluster, Group, now.Newest.Epoch, Node.Self, new Member(to, incarnation), name, message));
        }
    }

    /// <summary>True for a node that the configurations name, with this incarnation.</summary>
    public bool Knows(Member member) =>
        known.Incarnations.TryGetValue(member.Id, out var incarnation) && incarnation == member.Incarnation;

    /// <summary>True for a node that no longer is a member, with the incarnation that it was one with.</summary>
    public bool Knew(Member member) =>
        !Names(member.Id) && former.TryGetValue(member.Id, out var incarnation) && incarnation == member.Incarnation;

    /// <summary>True for a node that the configurations name, with whatever incarnation.</summary>
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

    // A log that is behind may need those whom the newest configuration has let go: until it has come there they are not strangers.
    private sealed class Known(Configuration newest, Configuration inLog)
    {
        public Configuration Newest => newest;

        public Configuration InLog => inLog;

        public FrozenDictionary<NodeId, Incarnation> Incarnations { get; } = newest.Voters
            .Concat(newest.Learners)
            .Concat(inLog.Voters.Concat(inLog.Learners).Where(member => newest.Find(member.Id) is null))
            .ToFrozenDictionary(member => member.Id, member => member.Incarnation);
    }
}
