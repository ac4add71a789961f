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
        var names = Enumerable.Range('a', options.Acceptors + options.Learners).Select(c => new Member(new NodeId($"{(char)c}"), default)).ToList();
        Configuration = new Configuration(1, names[..options.Acceptors], names[options.Acceptors..]);
        Players =
        [
            .. Enumerable.Range(0, options.Proposers + options.Readers + options.Learners).Select(i =>
            {
                var call = i < options.Proposers ? Call.Propose : i < options.Proposers + options.Readers ? Call.Read : Call.Learn;
                var node = call == Call.Learn ? Configuration.Learners[i - options.Proposers - options.Readers].Id : Configuration.Voters[i].Id;
                return new Player(i, new Place(node, call == Call.Learn ? Role.Learner : Role.Proposer), call, Value.FromUtf8(Colours[i % Colours.Length]));
            }),
        ];
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
}
