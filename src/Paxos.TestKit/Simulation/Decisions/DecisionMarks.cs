namespace Paxos.TestKit.Simulation.Decisions;

/// <summary>The rare turns in the life of decisions.</summary>
internal static class DecisionMarks
{
    public const string Decided = "a name was decided";
    public const string Undecided = "a read was told undecided";
    public const string Theirs = "a proposal met another's decision";
    public const string Outbid = "a proposer was outbid";
    public const string Adopted = "a proposer adopted another's value";
    public const string Copied = "a voter copied decisions";
    public const string Page = "a copy had a second page";
    public const string Moved = "voters changed under a proposal";

    public static readonly string[] All = [Decided, Undecided, Theirs, Outbid, Adopted, Copied, Page, Moved];
}
