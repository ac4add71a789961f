using System.Collections.Immutable;
using Paxos.Protocol;

namespace Paxos.TestKit.Checking;

/// <summary>What a player is there for.</summary>
internal enum Call
{
    Propose,
    Read,
    Learn,
}

/// <summary>A role that is not an acceptor: a proposer that proposes or reads, or a learner.</summary>
/// <param name="Index">Its place among the players.</param>
internal sealed record Player(int Index, Place Place, Call Call, Value Wish);

/// <summary>
/// Who takes part: the acceptors, and the players. There is at most one player on a node. A proposer shares its node with an
/// acceptor, but each crashes for itself.
/// </summary>
internal sealed class Cast
{
    private static readonly string[] Colours = ["blue", "red", "green", "white", "black"];

    public Cast(CheckOptions options)
    {
        var names = Enumerable.Range('a', options.Acceptors + options.Learners).Select(c => new NodeId($"{(char)c}"));
        var members = names.Select(name => new Member(name, default)).ToList();
        Configuration = new Configuration(1, members[..options.Acceptors], members[options.Acceptors..]);
        var callers = Configuration.Voters.Take(options.Proposers + options.Readers)
            .Select((voter, i) => (new Place(voter.Id, Role.Proposer), i < options.Proposers ? Call.Propose : Call.Read));
        var learners = Configuration.Learners.Select(learner => (new Place(learner.Id, Role.Learner), Call.Learn));
        Players = [.. callers.Concat(learners).Select((player, i) => new Player(i, player.Item1, player.Item2, Wish(i)))];
    }

    public Configuration Configuration { get; }

    public ImmutableArray<Player> Players { get; }

    public int Acceptors => Configuration.Voters.Length;

    public Place Acceptor(int index) => new(Configuration.Voters[index].Id, Role.Acceptor);

    public Player? PlayerAt(NodeId node)
    {
        foreach (var player in Players)
        {
            if (player.Place.Node == node)
                return player;
        }
        return null;
    }

    private static Value Wish(int player) => Value.FromUtf8(Colours[player % Colours.Length]);
}
