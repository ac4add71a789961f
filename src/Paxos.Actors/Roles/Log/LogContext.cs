using Paxos.Actors.Storage;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>What the actors of one log on one node share.</summary>
internal sealed class LogContext(GroupContext group, LogGroup log, SnapshotFiles snapshots)
{
    public GroupContext Group { get; } = group;

    public LogSection Settings => Group.Node.Settings.Log;

    public SnapshotFiles Snapshots { get; } = snapshots;

    public LogBoard Board => log.Board;

    /// <summary>True where this node votes in the group.</summary>
    public bool HasAcceptor => Group.Configuration.IndexOfVoter(Group.Node.Self.Id) >= 0;

    /// <summary>In its first state: what it had applied comes from a snapshot and the log.</summary>
    public IStateMachine NewMachine() => log.NewMachine();
}
