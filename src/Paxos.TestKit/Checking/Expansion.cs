namespace Paxos.TestKit.Checking;

/// <summary>Takes the states that can come next.</summary>
internal interface IVisitor
{
    /// <param name="next">As it comes out of the move, not yet settled (<see cref="World.Settle"/>). The visitor may change it.</param>
    void Visit(ReadOnlySpan<int> before, Span<int> next, in Move move);
}

/// <summary>Every move that is possible in a state: this is what "every interleaving" means.</summary>
internal sealed class Expansion(World world, int maxCrashes, IVisitor visitor)
{
    private readonly int acceptors = world.Cast.Acceptors;
    private readonly int[] next = new int[world.Width];

    public void Expand(ReadOnlySpan<int> state)
    {
        for (var acceptor = 0; acceptor < acceptors; acceptor++)
        {
            foreach (var letter in world.Columns.Requests(state[acceptor]))
                DeliverToAcceptor(state, acceptor, letter);
            foreach (var letter in world.Columns.Answers(state[acceptor]))
                DeliverToPlayer(state, acceptor, letter);
            CrashAcceptor(state, acceptor);
        }
        foreach (var letter in world.Sets[state[world.Common]])
            DeliverToPlayer(state, -1, letter);
        var late = world.Chosen(state) == 0 ? 0 : 1;
        for (var player = 0; player < world.Players.Length; player++)
        {
            ActPlayer(state, player, new Cue(Act.Begin, Argument: late), new Move(MoveKind.Begin, acceptors + player));
            ActPlayer(state, player, new Cue(Act.Retry), new Move(MoveKind.Retry, acceptors + player));
            CrashPlayer(state, player);
        }
    }

    private void DeliverToAcceptor(ReadOnlySpan<int> state, int acceptor, int letter)
    {
        var from = world.Letters[letter].From;
        var move = new Move(MoveKind.Deliver, acceptor, from < 0 ? -1 : acceptors + from, letter);
        var steps = world.Columns.Deliver(state[acceptor], letter);
        ActAcceptor(state, acceptor, steps[0], move);
        for (var i = 1; i < steps.Length && MayCrash(state); i++)
        {
            var doomed = steps[i];
            if (doomed.Step.Released.Length > 0 || world.Columns.CanLeak(doomed.After))
                ActAcceptor(state, acceptor, doomed, Doomed(move, i));
            else
                ActAcceptor(state, acceptor, world.Columns.Crash(doomed.After), Doomed(move, i) with { CrashesAtOnce = true });
        }
    }

    /// <param name="link">The acceptor along whose link it comes; -1 for a letter between players.</param>
    private void DeliverToPlayer(ReadOnlySpan<int> state, int link, int letter)
    {
        var (from, player, _) = world.Letters[letter];
        var sender = link >= 0 ? link : from >= 0 ? acceptors + from : -1;
        ActPlayer(state, player, new Cue(Act.Receive, link, letter), new Move(MoveKind.Deliver, acceptors + player, sender, letter));
    }

    private void ActPlayer(ReadOnlySpan<int> state, int player, Cue cue, Move move)
    {
        var steps = world.Players[player].Do(state[acceptors + player], cue);
        for (var i = 0; i < steps.Length && (i == 0 || MayCrash(state)); i++)
        {
            if (!steps[i].IsIdle(state[acceptors + player]))
                ActPlayer(state, player, steps[i], Doomed(move, i));
        }
    }

    private void CrashAcceptor(ReadOnlySpan<int> state, int acceptor)
    {
        var isDoomed = world.Columns[state[acceptor]].Lost is not null;
        if (!isDoomed && !MayCrash(state))
            return;
        var step = world.Columns.Crash(state[acceptor]);
        // A crash that changes nothing leaves the same state, with fewer crashes to come: nothing new.
        if (!step.IsIdle(state[acceptor]))
            ActAcceptor(state, acceptor, step, new Move(MoveKind.Crash, acceptor, Kept: isDoomed ? null : 0));
    }

    private void CrashPlayer(ReadOnlySpan<int> state, int player)
    {
        var who = acceptors + player;
        var isDoomed = world.Players[player][state[who]].Lost is not null;
        if (!isDoomed && !MayCrash(state))
            return;
        var step = world.Players[player].Do(state[who], new Cue(Act.Crash))[0];
        if (!step.IsIdle(state[who]))
            ActPlayer(state, player, step, new Move(MoveKind.Crash, who, Kept: isDoomed ? null : 0));
    }

    private void ActAcceptor(ReadOnlySpan<int> state, int acceptor, ColumnStep step, Move move)
    {
        Begin(state, move);
        next[acceptor] = step.After;
        world.Release(next, step.Common);
        visitor.Visit(state, next, move with { Step = step.Step });
    }

    private void ActPlayer(ReadOnlySpan<int> state, int player, PlayerStep step, Move move)
    {
        Begin(state, move);
        next[acceptors + player] = step.After;
        world.Release(next, step.Step.Released);
        visitor.Visit(state, next, move with { Step = step.Step });
    }

    // A doom counts as the crash that it announces.
    private void Begin(ReadOnlySpan<int> state, in Move move)
    {
        state.CopyTo(next);
        if (move.Kept is not null)
            world.AddCrash(next);
    }

    private bool MayCrash(ReadOnlySpan<int> state) => world.Crashes(state) < maxCrashes;

    private static Move Doomed(in Move move, int alternative) => alternative == 0 ? move : move with { Kept = alternative - 1 };
}
