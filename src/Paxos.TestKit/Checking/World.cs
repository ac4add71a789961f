namespace Paxos.TestKit.Checking;

/// <summary>
/// The whole as a row of numbers: the acceptors' columns, the players' shells, the set of letters between players, and the
/// crashes so far with the values that were said to be chosen. From here on the check is work on integers.
/// </summary>
internal sealed class World
{
    private const int SaidBits = 16;

    private readonly Renamings renamings;
    private readonly bool keepsDeadLetters;

    public World(CheckOptions options, bool keepsDeadLetters)
    {
        this.keepsDeadLetters = keepsDeadLetters;
        Cast = new Cast(options);
        Letters = new Letters(Cast);
        Facts = new Facts(Cast.Configuration.Rule);
        Columns = new Columns(new AcceptorModel(Cast, Letters, Facts), Letters, Sets, Facts);
        renamings = new Renamings(Cast.Acceptors);
        Players = [.. Cast.Players.Select(player => new PlayerTable(Model(player, options.Rounds), Cast, Letters, renamings))];
    }

    public Cast Cast { get; }

    public Letters Letters { get; }

    public LetterSets Sets { get; } = new();

    public Facts Facts { get; }

    public Columns Columns { get; }

    public PlayerTable[] Players { get; }

    /// <summary>The place of the set of letters between players; before it are the acceptors, then the players.</summary>
    public int Common => Cast.Acceptors + Players.Length;

    public int Width => Common + 2;

    private int Past => Common + 1;

    public int[] Initial() => [.. Enumerable.Repeat(Columns.Initial, Cast.Acceptors), .. new int[Width - Cast.Acceptors]];

    public int Crashes(ReadOnlySpan<int> state) => state[Past] >> SaidBits;

    public void AddCrash(Span<int> state) => state[Past] += 1 << SaidBits;

    /// <summary>The values that anyone said are chosen.</summary>
    public ulong Said(ReadOnlySpan<int> state) => (ulong)state[Past] & ((1UL << SaidBits) - 1);

    /// <summary>The proposals that a quorum of journals holds, or has held.</summary>
    public ulong Chosen(ReadOnlySpan<int> state)
    {
        Span<ulong> holds = stackalloc ulong[Cast.Acceptors];
        for (var acceptor = 0; acceptor < holds.Length; acceptor++)
            holds[acceptor] = Columns.Holds(state[acceptor]);
        return Facts.Chosen(holds);
    }

    /// <summary>The values that someone asked for.</summary>
    public ulong Proposed(ReadOnlySpan<int> state)
    {
        var proposed = 0UL;
        for (var player = 0; player < Players.Length; player++)
            proposed |= Players[player].Proposed(state[Cast.Acceptors + player]);
        return proposed;
    }

    /// <summary>The proposals that anyone accepted, as far as it is in a journal.</summary>
    public ulong Accepted(ReadOnlySpan<int> state)
    {
        var accepted = 0UL;
        for (var acceptor = 0; acceptor < Cast.Acceptors; acceptor++)
            accepted |= Columns.Holds(state[acceptor]);
        return accepted;
    }

    /// <summary>The proposals that Accepts were sent for.</summary>
    public ulong Asked(ReadOnlySpan<int> state)
    {
        var asked = 0UL;
        for (var acceptor = 0; acceptor < Cast.Acceptors; acceptor++)
            asked |= Columns.Asked(state[acceptor]);
        return asked;
    }

    /// <summary>
    /// Puts letters into the network: what goes to or from an acceptor is in its column, all else is common.
    /// </summary>
    public void Release(Span<int> state, ReadOnlySpan<Send> sends)
    {
        foreach (var (acceptor, letter) in sends)
        {
            if (acceptor < 0)
                state[Common] = Sets.Add(state[Common], letter);
            else
                state[acceptor] = Columns.Post(state[acceptor], letter);
        }
    }

    /// <summary>
    /// Completes a state that comes out of a step. States that have the same future become one: without dead letters, and with
    /// the acceptors in order.
    /// </summary>
    /// <param name="origins">Which acceptor stood where each stands now.</param>
    public void Settle(ReadOnlySpan<int> before, Span<int> state, Step step, Span<int> origins)
    {
        state[Past] |= (int)step.Said;
        if (!keepsDeadLetters)
            RemoveDeadLetters(before, state);
        PutInOrder(state, origins);
    }

    private void RemoveDeadLetters(ReadOnlySpan<int> before, Span<int> state)
    {
        for (var acceptor = 0; acceptor < Cast.Acceptors; acceptor++)
        {
            var isNew = state[acceptor] != before[acceptor];
            foreach (var letter in Columns.Answers(state[acceptor]))
            {
                // The state before the step had no dead letters.
                var player = Letters[letter].To;
                var who = Cast.Acceptors + player;
                if ((isNew || state[who] != before[who]) && Players[player].IsDead(state[who], acceptor, letter))
                    state[acceptor] = Columns.Remove(state[acceptor], letter);
            }
        }
    }

    /// <summary>
    /// Of all states that differ in nothing but the acceptors' names, takes the one with the columns in order and, where
    /// columns are equal, the lowest shells. <see cref="PlayerTable"/> says why that is sound.
    /// </summary>
    private void PutInOrder(Span<int> state, Span<int> origins)
    {
        var acceptors = origins.Length;
        for (var i = 0; i < acceptors; i++)
            origins[i] = i;
        var isOrdered = true;
        var hasEquals = false;
        for (var i = 1; i < acceptors; i++)
        {
            for (var j = i; j > 0 && state[j - 1] > state[j]; j--)
            {
                (state[j - 1], state[j]) = (state[j], state[j - 1]);
                (origins[j - 1], origins[j]) = (origins[j], origins[j - 1]);
                isOrdered = false;
            }
        }
        for (var i = 1; i < acceptors; i++)
            hasEquals |= state[i] == state[i - 1];
        if (isOrdered && !hasEquals)
            return;

        Span<int> names = stackalloc int[acceptors];
        for (var i = 0; i < acceptors; i++)
            names[origins[i]] = i;
        var ordering = renamings.Find(names);
        var best = hasEquals ? BestAmongEquals(state, ordering) : ordering;
        for (var i = 0; i < acceptors; i++)
            origins[renamings[best][i]] = i;
        for (var player = 0; player < Players.Length; player++)
            state[acceptors + player] = Players[player].Image(state[acceptors + player], best);
    }

    // Renamings that exchange equal columns only, after the one that put them in order.
    private int BestAmongEquals(ReadOnlySpan<int> state, int ordering)
    {
        var best = ordering;
        for (var exchange = 1; exchange < renamings.Count; exchange++)
        {
            var isExchange = true;
            for (var i = 0; i < Cast.Acceptors; i++)
                isExchange &= state[i] == state[renamings[exchange][i]];
            if (isExchange && renamings.After(exchange, ordering) is var other && IsLower(state, other, best))
                best = other;
        }
        return best;
    }

    private bool IsLower(ReadOnlySpan<int> state, int renaming, int than)
    {
        for (var player = 0; player < Players.Length; player++)
        {
            var shell = state[Cast.Acceptors + player];
            var order = Players[player].Image(shell, renaming).CompareTo(Players[player].Image(shell, than));
            if (order != 0)
                return order < 0;
        }
        return false;
    }

    private PlayerModel Model(Player player, int rounds) => player.Call == Call.Learn
        ? new LearnerModel(player, Cast, Letters, Facts)
        : new ProposerModel(player, Cast, rounds, Letters, Facts);
}
