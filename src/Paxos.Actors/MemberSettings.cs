using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>What a node does. It may do all three.</summary>
[Flags]
public enum NodeRoles
{
    None = 0,

    /// <summary>Gets values chosen for those who ask.</summary>
    Proposer = 1,

    /// <summary>Votes, and remembers.</summary>
    Acceptor = 2,

    /// <summary>Is told what is chosen, and remembers that.</summary>
    Learner = 4,

    All = Proposer | Acceptor | Learner,
}

/// <param name="Address">HOST:PORT of the node's remoting, or akka.tcp://SYSTEM@HOST:PORT.</param>
public sealed record MemberSettings(NodeId Id, string Address, NodeRoles Roles);
