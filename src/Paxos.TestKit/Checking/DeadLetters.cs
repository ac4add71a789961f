namespace Paxos.TestKit.Checking;

/// <summary>
/// The answers that can do nothing to a player any more: to a ballot that it has left, or that it has counted. They are taken
/// out of the network, and states that differ in nothing else become one.
/// </summary>
/// <remarks>
/// That is sound if what does nothing now will never do anything. This is not taken on trust: it is looked at for each step
/// that the player takes in the course of the check, with the letters that were dead before it.
/// </remarks>
internal sealed class DeadLetters(PlayerTable table)
{
    private readonly List<Fate> fates = [];

    public bool IsDead(int shell, int acceptor, int letter)
    {
        var fate = FateOf(shell);
        if (!fate.Known.TryGetValue((acceptor, letter), out var isDead))
        {
            isDead = DoesNothing(shell, acceptor, letter);
            if (isDead)
                Bury(shell, acceptor, letter);
            else
                fate.Known[(acceptor, letter)] = false;
        }
        return isDead;
    }

    /// <summary>The player may go from one shell to the next.</summary>
    public void AddStep(int before, int after)
    {
        if (before == after || !FateOf(before).Next.Add(after))
            return;
        foreach (var ((acceptor, letter), isDead) in FateOf(before).Known.ToArray())
        {
            if (isDead)
                Bury(after, acceptor, letter);
        }
    }

    private void Bury(int shell, int acceptor, int letter)
    {
        var fate = FateOf(shell);
        if (fate.Known.TryGetValue((acceptor, letter), out var isDead) && isDead)
            return;
        if (!DoesNothing(shell, acceptor, letter))
            throw new DeadLetterRevivedException();
        fate.Known[(acceptor, letter)] = true;
        foreach (var next in fate.Next.ToArray())
            Bury(next, acceptor, letter);
    }

    private bool DoesNothing(int shell, int acceptor, int letter)
    {
        var steps = table.Do(shell, new Cue(Act.Receive, acceptor, letter));
        return steps.Length == 0 || steps[0].IsIdle(shell);
    }

    private Fate FateOf(int shell)
    {
        while (fates.Count <= shell)
            fates.Add(new Fate());
        return fates[shell];
    }

    private sealed class Fate
    {
        public Dictionary<(int Acceptor, int Letter), bool> Known { get; } = [];

        public HashSet<int> Next { get; } = [];
    }
}

/// <summary>A letter that did nothing does something after all, so none may be taken out.</summary>
internal sealed class DeadLetterRevivedException : Exception;
