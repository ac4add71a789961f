using Paxos.Actors.Metrics;
using Paxos.Actors.Storage;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>What the actors of one log on one node share.</summary>
/// <param name="first">The configuration of the first slot; of a node that joined, the one that let it in.</param>
/// <param name="isPreferred">Where many elections are due, this node stands in this group before it does in others.</param>
internal sealed class LogContext(GroupContext group, Configuration first, LogGroup log, SnapshotFiles snapshots, bool isPreferred)
{
    private volatile bool hasAcceptor = group.Node.Settings.Self.Roles.HasFlag(NodeRoles.Acceptor)
        || first.IndexOfVoter(group.Node.Self.Id) >= 0
        || group.Configuration.IndexOfVoter(group.Node.Self.Id) >= 0;

    public GroupContext Group { get; } = group;

    public Configuration First { get; } = first;

    public LogSection Settings => Group.Node.Settings.Log;

    public bool IsPreferred => isPreferred;

    public SnapshotFiles Snapshots { get; } = snapshots;

    public LogBoard Board => log.Board;

    public StageTimes Times { get; } = new(group.Node.Meter, log.Group);

    /// <summary>True where this node votes in the group, or may come to.</summary>
    public bool HasAcceptor { get => hasAcceptor; set => hasAcceptor = value; }

    public LogOptions Options => log.Group == GroupId.Default ? Settings.Options : Settings.Options with { Promotes = false };

    /// <summary>In its first state: what it had applied comes from a snapshot and the log.</summary>
    public IStateMachine NewMachine() => log.NewMachine();
}
