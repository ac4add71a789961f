using Akka.Actor;

namespace Paxos.Actors.Roles.Log;

/// <summary>To a proposer that waits for its turn: it has one.</summary>
internal sealed record MayStand : INoSerializationVerificationNeeded
{
    public static readonly MayStand Instance = new();
}

/// <summary>
/// In how many groups a node stands at once. Where a node of many groups starts, or one that led many is lost, their elections are
/// all due at the same moment, and begun together they keep each other from ending before they are tried again. So they take turns.
/// This says only when a proposer stands and never what it may say: no safety hangs on it. For progress each must end its turn in
/// bounded time, whatever came of it.
/// </summary>
/// <param name="max">So many have a turn at once.</param>
internal sealed class ElectionTurns(int max)
{
    private readonly Lock gate = new();
    private readonly HashSet<IActorRef> taken = [];

    // Each in the order in which they came.
    private readonly LinkedList<IActorRef> preferred = [];
    private readonly LinkedList<IActorRef> others = [];
    private readonly Dictionary<IActorRef, LinkedListNode<IActorRef>> waiting = [];

    public bool Has(IActorRef proposer)
    {
        lock (gate)
            return taken.Contains(proposer);
    }

    /// <summary>True where the proposer has a turn from now on; it waits for none.</summary>
    public bool TryTake(IActorRef proposer)
    {
        lock (gate)
            return Take(proposer);
    }

    /// <summary>True where the proposer has a turn from now on; else it is told <see cref="MayStand"/> when it has.</summary>
    /// <param name="isPreferred">Before those that are not.</param>
    public bool TakeOrWait(IActorRef proposer, bool isPreferred)
    {
        lock (gate)
        {
            if (Take(proposer))
                return true;
            if (!waiting.ContainsKey(proposer))
                waiting.Add(proposer, (isPreferred ? preferred : others).AddLast(proposer));
            return false;
        }
    }

    /// <summary>The proposer has no turn any more, and waits for none.</summary>
    public void End(IActorRef proposer)
    {
        IActorRef next;
        lock (gate)
        {
            if (waiting.Remove(proposer, out var place))
                place.List!.Remove(place);
            if (!taken.Remove(proposer) || (preferred.First ?? others.First) is not { } first)
                return;
            next = first.Value;
            waiting.Remove(next);
            first.List!.Remove(first);
            taken.Add(next);
        }
        // Not under the lock: it may have its turn on this thread.
        next.Tell(MayStand.Instance);
    }

    private bool Take(IActorRef proposer)
    {
        if (taken.Contains(proposer))
            return true;
        if (taken.Count >= max)
            return false;
        taken.Add(proposer);
        return true;
    }
}
