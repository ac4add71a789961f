namespace Paxos.Protocol;

/// <summary>The three roles that a node may play.</summary>
public enum Role
{
    Acceptor,
    Proposer,
    Learner,
}
