using System.Collections.Immutable;
using Paxos.Actors.Metrics;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>What the actors of one log put up about it, for anyone to read at any time. Each number is one actor's own.</summary>
internal sealed class LogBoard
{
    private ulong chosen;
    private ulong applied;
    private ulong trimmed;
    private ulong index;
    private volatile InForce? inForce;
    private volatile string? fault;
    private volatile string? trouble;
    private volatile bool isRead;
    private volatile Led led = new(default, Ballot.None);
    private volatile ImmutableDictionary<NodeId, ulong> learned = ImmutableDictionary<NodeId, ulong>.Empty;

    /// <summary>Why this node's replica serves no calls any more; null: it does.</summary>
    public string? Fault { get => fault; set => fault = value; }

    /// <summary>Why this node could not write the last time; null: it could.</summary>
    public string? Trouble { get => trouble; set => trouble = value; }

    /// <summary>The journal of the log has been read, where this node has one.</summary>
    public bool IsRead { get => isRead; set => isRead = value; }

    /// <summary>What keeps this node from doing its part in the group, and what to do; null: nothing.</summary>
    public string? Reason => fault ?? trouble ?? (isRead ? null : "This node is reading its log of the group.");

    public LogCounts Counts { get; } = new();

    public NodeId Leader => led.Leader;

    public Ballot Ballot => led.Ballot;

    public ulong Chosen { get => Volatile.Read(ref chosen); set => Volatile.Write(ref chosen, value); }

    public ulong Applied { get => Volatile.Read(ref applied); set => Volatile.Write(ref applied, value); }

    public ulong Trimmed { get => Volatile.Read(ref trimmed); set => Volatile.Write(ref trimmed, value); }

    /// <summary>The number of the last command that the machine has seen.</summary>
    public ulong Index { get => Volatile.Read(ref index); set => Volatile.Write(ref index, value); }

    /// <summary>Of a leader: what each node has, as far as it said.</summary>
    public ImmutableDictionary<NodeId, ulong> Learned => learned;

    /// <summary>The newest configuration that was applied here, and its slot; null: the log is not open.</summary>
    public InForce? InForce => inForce;

    /// <summary>One that joined applies configurations older than the one that let it in: those it passes over.</summary>
    public void Adopt(InForce applied)
    {
        if (inForce is not { } now || applied.Configuration.Epoch >= now.Configuration.Epoch)
            inForce = applied;
    }

    public void Lead(NodeId leader, Ballot ballot) => led = new Led(leader, ballot);

    public void Hear(NodeId node, ulong through) => learned = learned.SetItem(node, through);

    private sealed record Led(NodeId Leader, Ballot Ballot);
}
