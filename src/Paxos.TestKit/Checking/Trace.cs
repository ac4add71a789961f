using Paxos.Protocol;

namespace Paxos.TestKit.Checking;

/// <summary>A message on its way from one role to another.</summary>
internal sealed record Flight(Place From, Place To, Message Message);

/// <summary>A move, in the names that the nodes really have.</summary>
/// <param name="Delivered">Of a delivery, what arrives.</param>
/// <param name="Sent">What leaves the one who acts.</param>
internal sealed record TracedMove(Move Move, Place Who, Flight? Delivered, IReadOnlyList<Flight> Sent);

/// <summary>
/// Finds the moves that lead from the first state to one that breaks an invariant. The table has each state's parent only, so
/// each move is found again by trying them all.
/// </summary>
internal sealed class Trace : IVisitor
{
    private readonly World world;
    private readonly Expansion expansion;
    private readonly int[] origins;
    private readonly HashSet<Flight> sent = [];

    // Which acceptor it is that stands in each place: states keep them in order, not by name.
    private int[] names;
    private int[] wanted = [];
    private Move? found;
    private int[] foundOrigins = [];

    public Trace(World world, int maxCrashes)
    {
        this.world = world;
        expansion = new Expansion(world, maxCrashes, this);
        origins = new int[world.Cast.Acceptors];
        names = [.. Enumerable.Range(0, world.Cast.Acceptors)];
    }

    public List<TracedMove> Find(StateTable states, int last, Move breaking)
    {
        var path = new Stack<int>();
        for (var state = last; states.ParentOf(state) >= 0; state = states.ParentOf(state))
            path.Push(state);
        var moves = new List<TracedMove>();
        var before = 0;
        foreach (var state in path)
        {
            found = null;
            wanted = [.. states[state]];
            expansion.Expand(states[before]);
            moves.Add(Name(found ?? throw new InvalidOperationException("The move that led to a state was not found again.")));
            names = [.. foundOrigins.Select(origin => names[origin])];
            before = state;
        }
        moves.Add(Name(breaking));
        return moves;
    }

    void IVisitor.Visit(ReadOnlySpan<int> before, Span<int> next, in Move move)
    {
        if (found is not null)
            return;
        world.Settle(before, next, move.Step, origins);
        if (!next.SequenceEqual(wanted))
            return;
        found = move;
        foundOrigins = [.. origins];
    }

    private TracedMove Name(Move move)
    {
        var who = PlaceOf(move.Who);
        var delivered = move.Kind == MoveKind.Deliver ? Delivered(move, who) : null;
        var left = move.Step.Released.Select(send => Sent(move.Who, send)).ToList();
        sent.UnionWith(left);
        return new TracedMove(move, who, delivered, left);
    }

    private Flight Delivered(Move move, Place to)
    {
        var message = world.Letters[move.Letter].Message;
        return move.From >= 0
            ? new Flight(PlaceOf(move.From), to, message)
            : sent.First(flight => flight.To == to && flight.Message == message);
    }

    private Flight Sent(int sender, Send send)
    {
        var (_, to, message) = world.Letters[send.Letter];
        return new Flight(PlaceOf(sender), to >= 0 ? PlaceOf(names.Length + to) : PlaceOf(send.Acceptor), message);
    }

    private Place PlaceOf(int who) =>
        who < names.Length ? world.Cast.Acceptor(names[who]) : world.Cast.Players[who - names.Length].Place;
}
