using Paxos.Protocol;

namespace Paxos.Actors.Members;

/// <summary>
/// Changes who the members are, and who of them leads, while the cluster is at work. Any node takes a change; one at a time is
/// made, as an entry of the log, by a quorum. Each call takes no longer than <c>paxos.operation-timeout</c>.
/// </summary>
/// <remarks>
/// All throw <see cref="MembershipRefusedException"/> (certainly not made: the message says why), <see cref="NotAppliedException"/>
/// (certainly not made: nobody leads, or this node is no member) and <see cref="OutcomeUnknownException"/> (it may have been made,
/// or may still be: look at <see cref="PaxosExtension.Status"/>).
/// </remarks>
public interface IMembers
{
    /// <summary>
    /// Adds a node that was started with <c>paxos.join</c>, as a learner: the leader makes it a voter as soon as it has caught up.
    /// </summary>
    /// <param name="address">HOST:PORT of its remoting, as it says itself; null: what it says.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    Task<ConfigurationStatus> AddAsync(NodeId node, string? address = null, CancellationToken ct = default);

    /// <summary>Removes a node, voter or learner, be it up or down. It may be the leader, or the node that is asked.</summary>
    Task<ConfigurationStatus> RemoveAsync(NodeId node, CancellationToken ct = default);

    /// <summary>Makes a voter of a learner that has caught up. One that was added is promoted without this.</summary>
    Task<ConfigurationStatus> PromoteAsync(NodeId node, CancellationToken ct = default);

    /// <summary>
    /// Puts a node with an empty data directory, started with <c>paxos.join</c>, in the place of a member of its name whose own is
    /// lost: as a learner, and as a voter when it has caught up. The old one must never run again.
    /// </summary>
    /// <inheritdoc cref="AddAsync"/>
    Task<ConfigurationStatus> ReplaceAsync(NodeId node, string? address = null, CancellationToken ct = default);

    /// <summary>Lets another voter lead. It completes when this node sees that it does.</summary>
    Task TransferLeadershipAsync(NodeId node, CancellationToken ct = default);
}
