using Paxos.Protocol;

namespace Paxos.TestKit.Checking.Moves;

/// <summary>
/// A node as the check sees it: the state of its roles, in canonical bytes, and what its journal would bring back. Equal nodes
/// have the same future.
/// </summary>
/// <param name="proposer">Null: it has none, or lost it in a crash.</param>
/// <param name="proposerEpoch">The epoch that the proposer is in.</param>
/// <param name="isLate">Of a read under way: something was chosen before it began.</param>
internal sealed class MoveNode(
    int place, byte[] epochs, byte[] acceptor, byte[] epochsJournal, byte[] acceptorJournal, byte[]? proposer, uint proposerEpoch, bool isLate)
    : IEquatable<MoveNode>
{
    private readonly string key =
        $"{place}|{Hex(epochs)}|{Hex(acceptor)}|{Hex(epochsJournal)}|{Hex(acceptorJournal)}|{Hex(proposer)}|{proposerEpoch}|{isLate}";

    public int Place => place;

    public byte[] Epochs => epochs;

    public byte[] Acceptor => acceptor;

    public byte[] EpochsJournal => epochsJournal;

    public byte[] AcceptorJournal => acceptorJournal;

    public byte[]? Proposer => proposer;

    public uint ProposerEpoch => proposerEpoch;

    public bool IsLate => isLate;

    public bool Equals(MoveNode? other) => key == other!.key;

    public override bool Equals(object? obj) => obj is MoveNode other && Equals(other);

    public override int GetHashCode() => key.GetHashCode(StringComparison.Ordinal);

    private static string Hex(byte[]? bytes) => bytes is null ? "" : Convert.ToHexString(bytes);
}

/// <summary>A message on its way. The network is a set of these, as in <see cref="Letter"/>.</summary>
internal readonly record struct MoveLetter(NodeId From, int To, Message Message);

/// <summary>What comes of a message at a node.</summary>
/// <param name="IsCrash">The node crashed in the middle of it, or right behind it.</param>
internal sealed record MoveStep(int After, int[] Letters, int[] Facts, bool IsCrash, BrokenInvariant? Broken);
