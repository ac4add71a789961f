namespace Paxos.Protocol.SingleDecree;

/// <summary>What the nodes say to each other when the voters of the decisions change, about all instances at once.</summary>
public abstract record EpochMessage : Message;

/// <summary>What an acceptor holds of one instance: the decision where it knows it, else the last proposal that it accepted.</summary>
public sealed record InstanceCopy(string Name, Proposal? Accepted, Value? Chosen)
{
    public override string ToString() => Chosen is { } chosen ? $"{Name}: chosen {chosen}" : $"{Name}: accepted {Accepted}";
}

/// <summary>
/// New voter to everyone who may have voted: vote in no epoch below this one again, write that down, and give me a page of the
/// instances that you hold.
/// </summary>
/// <param name="After">The page is to begin behind this number, which the page before ended with; the first: 0.</param>
/// <param name="IsPreceded">
/// The sender knows a node that voted in the epoch before. Only then may a node that never did give up to vote in it: else
/// nobody might be left who can open it.
/// </param>
public sealed record Copy(uint Epoch, ulong After, bool IsPreceded) : EpochMessage
{
    public override string ToString() => $"Copy(epoch {Epoch}, after {After}{(IsPreceded ? ", preceded" : "")})";
}

/// <summary>The answer to a <see cref="Copy"/>: sealed, and this is a page of what I hold.</summary>
/// <param name="Source">Who says it, with its incarnation: only the one that voted counts.</param>
/// <param name="Opened">The last configuration that the sender was open in when it was asked; null: none.</param>
/// <param name="After">As asked for.</param>
/// <param name="Next">Where the next page begins.</param>
/// <param name="IsLast">There is no next page.</param>
public sealed record Copies(
    uint Epoch, Member Source, Configuration? Opened, ulong After, ulong Next, bool IsLast, EquatableArray<InstanceCopy> Items) : EpochMessage
{
    public override string ToString()
    {
        var opened = Opened is null ? "never open" : $"open in {Opened.VoterEpoch}";
        return $"Copies(epoch {Epoch}, {opened}, after {After}{(Items.Count > 0 ? $", {string.Join(", ", Items)}" : "")}{(IsLast ? "" : $", next {Next}")})";
    }
}

/// <summary>To the host: read this page of the own instances, and call <see cref="Epochs.OnPage"/>.</summary>
public sealed record PageWanted(NodeId To, uint Epoch, Configuration? Opened, ulong After) : Effect.Told;

/// <summary>To the host: give these to the acceptors, and when they are durable call <see cref="Epochs.OnTaken"/>.</summary>
public sealed record CopiesArrived(uint Epoch, Member Source, ulong After, EquatableArray<InstanceCopy> Items) : Effect.Told;

/// <summary>To the host: from now on this node's acceptors vote in this epoch.</summary>
public sealed record EpochIsOpen(uint Epoch) : Effect.Told;
