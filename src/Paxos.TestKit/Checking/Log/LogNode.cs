using Paxos.Protocol;

namespace Paxos.TestKit.Checking.Log;

/// <summary>A configuration that a learner has applied, and the slot of its entry; the first: slot 0.</summary>
internal readonly record struct Standing(Configuration Configuration, ulong Slot);

/// <summary>
/// A node as the check sees it: the state of its roles, what their journals hold, which of them is doomed (as in
/// <see cref="Shell"/>), and what the invariants must remember of its past. Equal nodes have the same future.
/// </summary>
internal sealed record LogNode
{
    private string? key;

    /// <summary>Its place in the list of nodes.</summary>
    public required int Place { get; init; }

    /// <summary>Canonical bytes of the role.</summary>
    public required byte[] Acceptor { get; init; }

    /// <summary>Null: it never stands.</summary>
    public required byte[]? Proposer { get; init; }

    /// <summary>Canonical bytes of the role that would come back.</summary>
    public required byte[] AcceptorJournal { get; init; }

    public required byte[]? ProposerJournal { get; init; }

    /// <summary>The acceptor's records, where a part of them may be deleted; else empty.</summary>
    public EquatableArray<Event> Records { get; init; }

    /// <summary>A write of the role was issued that a crash to come will lose, with all after it.</summary>
    public bool IsAcceptorDoomed { get; init; }

    public bool IsProposerDoomed { get; init; }

    /// <summary>The learner has applied everything up to here.</summary>
    public ulong AppliedThrough { get; init; }

    public required Standing InForce { get; init; }

    /// <summary>The slot that the proposer waits for.</summary>
    public ulong? Awaited { get; init; }

    /// <summary>The newest durable snapshot.</summary>
    public ulong Snapshot { get; init; }

    public required Standing InForceAtSnapshot { get; init; }

    public int Snapshots { get; init; }

    /// <summary>The highest ballot that it promised, by a message that left or by a record in its journal.</summary>
    public Ballot Promised { get; init; }

    public int Stood { get; init; }

    /// <summary>The ballots at which the leader was asked for its commands, and for the next configuration.</summary>
    public Ballot Asked { get; init; }

    public Ballot AskedToChange { get; init; }

    public bool IsDoomed => IsAcceptorDoomed || IsProposerDoomed;

    private string Key => key ??=
        $"{Place}|{Hex(Acceptor)}|{Hex(Proposer)}|{Hex(AcceptorJournal)}|{Hex(ProposerJournal)}|{Records}|{IsAcceptorDoomed}"
        + $"|{IsProposerDoomed}|{AppliedThrough}|{InForce}|{Awaited}|{Snapshot}|{InForceAtSnapshot}|{Snapshots}|{Promised}|{Stood}"
        + $"|{Asked}|{AskedToChange}";

    public bool Equals(LogNode? other) => Key == other!.Key;

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    private LogNode(LogNode other)
    {
        // A copy has a key of its own.
        Place = other.Place;
        Acceptor = other.Acceptor;
        Proposer = other.Proposer;
        AcceptorJournal = other.AcceptorJournal;
        ProposerJournal = other.ProposerJournal;
        Records = other.Records;
        IsAcceptorDoomed = other.IsAcceptorDoomed;
        IsProposerDoomed = other.IsProposerDoomed;
        AppliedThrough = other.AppliedThrough;
        InForce = other.InForce;
        Awaited = other.Awaited;
        Snapshot = other.Snapshot;
        InForceAtSnapshot = other.InForceAtSnapshot;
        Snapshots = other.Snapshots;
        Promised = other.Promised;
        Stood = other.Stood;
        Asked = other.Asked;
        AskedToChange = other.AskedToChange;
    }

    private static string Hex(byte[]? bytes) => bytes is null ? "" : Convert.ToHexString(bytes);
}
