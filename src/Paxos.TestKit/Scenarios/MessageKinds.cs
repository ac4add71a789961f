using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Scenarios;

/// <summary>What a scenario has to know about messages; names and takers are those of single-decree Paxos.</summary>
internal static class MessageKinds
{
    public static readonly string[] Names =
    [
        nameof(Prepare), nameof(Promise), nameof(Accept), nameof(Accepted), nameof(Nack),
        nameof(Query), nameof(Report), nameof(Learn), nameof(Chosen), nameof(Copy), nameof(Copies),
    ];

    /// <summary>The ballot that the message is about; null for the messages that have none.</summary>
    public static Ballot? BallotOf(this Message message) => message switch
    {
        Prepare m => m.Ballot,
        Promise m => m.Ballot,
        Accept m => m.Ballot,
        Accepted m => m.Ballot,
        Nack m => m.Ballot,
        Query m => m.Ballot,
        Report m => m.Ballot,
        _ => LogMessageKinds.BallotOf(message),
    };

    /// <summary>True where the text is the message's ballot, its slot, or all that stands in its parentheses.</summary>
    public static bool IsAbout(this Message message, string text) =>
        text == message.BallotOf()?.ToString()
        || text == LogMessageKinds.SlotOf(message)
        || message.ToString() == $"{message.GetType().Name}({text})";

    /// <summary>The acceptor comes first: on a node that has one, it is the acceptor that remembers.</summary>
    public static ReadOnlySpan<Role> TakenBy(Message message) => message switch
    {
        Prepare or Accept or Query or Copy or Copies => [Role.Acceptor],
        Promise or Accepted or Nack or Report => [Role.Proposer],
        Learn => [Role.Acceptor, Role.Learner],
        _ => [Role.Acceptor, Role.Proposer, Role.Learner],
    };
}
