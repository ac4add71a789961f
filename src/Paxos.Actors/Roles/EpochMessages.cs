using Akka.Actor;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

// What the actors of one node say to each other when the voters change. It never leaves the node.

/// <summary>The acceptors vote in this epoch from now on; 0: in none.</summary>
internal sealed record VotesIn(uint Epoch) : INoSerializationVerificationNeeded;

/// <summary>Write this name down; the answer is <see cref="Named"/>.</summary>
internal sealed record NameInstance(string Name) : INoSerializationVerificationNeeded;

internal sealed record Named : INoSerializationVerificationNeeded
{
    public static readonly Named Instance = new();
}

/// <summary>Which names were written down behind this number? At most so many. The answer is <see cref="NamesRead"/>, or none.</summary>
internal sealed record ReadNames(ulong After, int Max) : INoSerializationVerificationNeeded;

/// <param name="Names">Each with its number.</param>
/// <param name="IsLast">There are no others.</param>
internal sealed record NamesRead(IReadOnlyList<(ulong Number, string Name)> Names, bool IsLast) : INoSerializationVerificationNeeded;

/// <summary>
/// Once no acceptor is at work that may have voted before the seal: say so, with <see cref="Still"/>.
/// </summary>
internal sealed record WhenStill(PageWanted Page) : INoSerializationVerificationNeeded;

internal sealed record Still(PageWanted Page) : INoSerializationVerificationNeeded;

/// <summary>To the acceptor of an instance: what do you hold, durably? The answer is <see cref="InstanceRead"/>.</summary>
internal sealed record ReadInstance(string Name) : INoSerializationVerificationNeeded;

internal sealed record InstanceRead(string Name, InstanceCopy? Copy) : INoSerializationVerificationNeeded;

/// <summary>To the acceptor of an instance: take this over. The answer is <see cref="CopyTaken"/>, when it is durable.</summary>
internal sealed record TakeCopy(InstanceCopy Copy, uint Epoch) : INoSerializationVerificationNeeded;

internal sealed record CopyTaken(string Name) : INoSerializationVerificationNeeded;

/// <summary>The page that was wanted.</summary>
internal sealed record PageRead(PageWanted Page, ulong Next, bool IsLast, IReadOnlyList<InstanceCopy> Items) : INoSerializationVerificationNeeded;

/// <summary>The page could not be read: it is to be asked for again.</summary>
internal sealed record PageFailed(PageWanted Page) : INoSerializationVerificationNeeded;

/// <summary>The page is in the acceptors.</summary>
internal sealed record PageTaken(CopiesArrived Page) : INoSerializationVerificationNeeded;
