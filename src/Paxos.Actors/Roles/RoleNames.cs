namespace Paxos.Actors.Roles;

/// <summary>The roles as persistence ids spell them: for ever.</summary>
internal static class RoleNames
{
    public const string Formation = "formation";
    public const string Proposer = "proposer";
    public const string Acceptor = "acceptor";
    public const string Learner = "learner";
    public const string Epochs = "epochs";
    public const string Names = "names";
    public const string LogProposer = "log-proposer";
    public const string LogAcceptor = "log-acceptor";
}
