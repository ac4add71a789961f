using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;
using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Checking;

/// <summary>
/// A message as the network of the check keeps it. The network is a set: what was sent once may arrive at any time, again and
/// again, or never. So loss, duplication, delay and reordering need no steps of their own.
/// </summary>
/// <param name="From">A player's index, <see cref="AnAcceptor"/> or <see cref="Anyone"/>.</param>
/// <param name="To">A player's index, or <see cref="AnAcceptor"/>.</param>
internal readonly record struct Letter(int From, int To, Message Message)
{
    /// <summary>The acceptor at the other end of the link. Which one it is, is not in the letter: acceptors have no name.</summary>
    public const int AnAcceptor = -1;

    /// <summary>Chosen is the same whoever says it; that receivers don't look at its sender is verified at each step.</summary>
    public const int Anyone = -2;

    /// <summary>It goes from player to player, not along an acceptor's link.</summary>
    public bool IsCommon => From != AnAcceptor && To != AnAcceptor;
}

/// <summary>A letter that a role puts into the network.</summary>
/// <param name="Acceptor">The acceptor whose link it takes; -1 for the sender's own link, and for a letter between players.</param>
internal readonly record struct Send(int Acceptor, int Letter) : IComparable<Send>
{
    public int CompareTo(Send other) => (Letter, Acceptor).CompareTo((other.Letter, other.Acceptor));
}

/// <summary>Gives every letter its number, and knows which roles of a node take a message.</summary>
internal sealed class Letters(Cast cast)
{
    private readonly Interner<Letter> known = new();

    public Letter this[int letter] => known[letter];

    /// <summary>The letters that a player's message becomes: one for each role at the node that takes it.</summary>
    public IEnumerable<Send> FromPlayer(Player sender, NodeId to, Message message)
    {
        var from = message is Chosen ? Letter.Anyone : sender.Index;
        var acceptor = cast.Configuration.IndexOfVoter(to);
        var takers = MessageKinds.TakenBy(message).ToArray();
        if (acceptor >= 0 && takers.Contains(Role.Acceptor))
            yield return new Send(acceptor, known.Id(new Letter(from, Letter.AnAcceptor, message)));
        if (cast.PlayerAt(to) is { } player && takers.Contains(player.Place.Role))
            yield return new Send(-1, known.Id(new Letter(from, player.Index, message)));
    }

    /// <summary>
    /// An acceptor's answer goes to the player that asked. A Chosen would reach the acceptor of that node too; it is left out,
    /// since who first said Chosen said it to everyone, and that letter is in the network for ever.
    /// </summary>
    public IEnumerable<Send> FromAcceptor(NodeId to, Message message)
    {
        var from = message is Chosen ? Letter.Anyone : Letter.AnAcceptor;
        if (cast.PlayerAt(to) is { } player && MessageKinds.TakenBy(message).Contains(player.Place.Role))
            yield return new Send(-1, known.Id(new Letter(from, player.Index, message)));
    }
}
