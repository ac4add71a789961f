using System.Security.Cryptography;
using System.Text;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>What the roles of one group on one node share, while the group has this configuration.</summary>
internal sealed class GroupContext
{
    // What every SQL journal's column holds.
    private const int MaxPersistenceIdLength = 255;

    private readonly Dictionary<NodeId, Incarnation> incarnations;

    public GroupContext(NodeContext node, GroupId group, Configuration configuration)
    {
        Node = node;
        Group = group;
        Configuration = configuration;
        incarnations = configuration.Voters.Concat(configuration.Learners).ToDictionary(member => member.Id, member => member.Incarnation);
    }

    public NodeContext Node { get; }

    public GroupId Group { get; }

    public Configuration Configuration { get; }

    /// <summary>Sends to the node as this configuration knows it; to a stranger, nothing.</summary>
    public void Send(NodeId to, string name, Message message)
    {
        if (incarnations.TryGetValue(to, out var incarnation))
        {
            Node.Transport.Send(new NodeEnvelope(
                Node.Settings.Cluster, Group, Configuration.Epoch, Node.Self, new Member(to, incarnation), name, message));
        }
    }

    /// <summary>True for a node that this configuration names, with this incarnation.</summary>
    public bool Knows(Member member) =>
        incarnations.TryGetValue(member.Id, out var incarnation) && incarnation == member.Incarnation;

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
}
