using Paxos.Actors.Roles;
using Paxos.Protocol;

namespace Paxos.Actors.Members;

/// <summary>What somebody wants changed, and what the next configuration is then.</summary>
internal abstract record MemberChange(NodeId Node)
{
    /// <summary>The configuration that this one becomes.</summary>
    /// <exception cref="MembershipRefusedException">It cannot be, or would cost too much; the message says why.</exception>
    public Configuration Next(Configuration current, StatusBoard board)
    {
        try
        {
            return Change(current, board).WithAddresses(board.AddressesOf(current));
        }
        catch (ArgumentException e)
        {
            throw new MembershipRefusedException(e.Message);
        }
    }

    protected abstract Configuration Change(Configuration current, StatusBoard board);

    // The node knows best where its remoting is; who gives another address means another node, or has mistyped it.
    private static string Address(Configuration current, StatusBoard board, NodeId node, string said, string? given)
    {
        if (given is not null && given != said)
            throw new MembershipRefusedException($"Node {node} says that its address is {said}, not {given}.");
        foreach (var (other, address) in board.AddressesOf(current))
        {
            if (address == said && other != node)
                throw new MembershipRefusedException($"The address {said} is that of member {other}: each node has its own.");
        }
        return said;
    }

    public sealed record Add(NodeId Node, string? Given) : MemberChange(Node)
    {
        protected override Configuration Change(Configuration current, StatusBoard board)
        {
            if (current.Find(Node) is { } known)
                return current.Add(board.Stranger(Node)?.Member ?? known, "");
            if (board.Stranger(Node) is not var (member, address))
            {
                throw new MembershipRefusedException(
                    $"Node {Node} is not heard here: start it with an empty data directory, --join, and nodes of this cluster as its --members, then add it.");
            }
            return current.Add(member, Address(current, board, Node, address, Given));
        }
    }

    public sealed record Remove(NodeId Node) : MemberChange(Node)
    {
        protected override Configuration Change(Configuration current, StatusBoard board) => current.Remove(Node);
    }

    public sealed record Promote(NodeId Node) : MemberChange(Node)
    {
        // Whether it has caught up is for the leader to say.
        protected override Configuration Change(Configuration current, StatusBoard board) => current.Promote(Node);
    }

    public sealed record Replace(NodeId Node, string? Given) : MemberChange(Node)
    {
        protected override Configuration Change(Configuration current, StatusBoard board)
        {
            // Says that it is no member.
            if (current.Find(Node) is null)
                return current.Remove(Node);
            if (board.Stranger(Node) is not var (member, address))
            {
                throw new MembershipRefusedException(
                    $"No other node of the name {Node} is heard here: start it with an empty data directory and --join, then put it in the old one's place: as soon as it says that it waits to be made a member.");
            }
            return current.Replace(member, Address(current, board, Node, address, Given));
        }
    }
}
