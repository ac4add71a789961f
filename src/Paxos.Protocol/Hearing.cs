using System.Collections.Immutable;

namespace Paxos.Protocol;

/// <summary>What a node last said in answer: since when it runs, and whom it hears.</summary>
/// <param name="Boot">Another number at each start of its process.</param>
/// <param name="Hears">The nodes that answer it, itself not named.</param>
public readonly record struct HeardNode(NodeId Node, ulong Boot, EquatableArray<NodeId> Hears);

/// <summary>Are you there? Sent to every node at each round, and one answers for all the groups of both nodes.</summary>
public sealed record Ping(ulong Round, ulong Boot) : Message;

/// <summary>The answer: who I am since when, whom I hear, and what those last told me whom they hear.</summary>
/// <param name="Asker">The boot of the process that asked: each counts its rounds anew.</param>
/// <param name="IsNew">My process has heard others for no longer than it takes to miss one, or hears nobody yet: it led nobody before.</param>
public sealed record Pong(ulong Round, ulong Asker, ulong Boot, EquatableArray<NodeId> Hears, EquatableArray<HeardNode> Reports, bool IsNew = false) : Message
{
    /// <summary>The process of that node that the sender last heard; 0: none.</summary>
    public ulong BootOf(NodeId node)
    {
        foreach (var reported in Reports.AsSpan())
        {
            if (reported.Node == node)
                return reported.Boot;
        }
        return 0;
    }
}

/// <summary>
/// Whom a node hears, both ways, and whom those hear: what elections are judged by. A snapshot; never changes.
/// </summary>
public sealed record HearingView(ImmutableSortedDictionary<NodeId, Pong> Heard)
{
    public static readonly HearingView Nobody = new(ImmutableSortedDictionary<NodeId, Pong>.Empty);

    /// <summary>True where the node answers this one.</summary>
    public bool Hears(NodeId node) => Heard.ContainsKey(node);
}

/// <summary>
/// The node's ear, one for all groups (after the ballot leader election of OmniPaxos, EuroSys 2023, section 5: heartbeats in
/// rounds, in which each node says whether it hears a quorum). A node is heard when it has answered one of the last rounds,
/// so the link is known to work both ways; one that is only deaf or only mute is not heard.
/// </summary>
/// <param name="patience">After how many rounds without an answer a node is not heard any more: 1 or more.</param>
public sealed class Hearing(NodeId self, ulong boot, int patience)
{
    private readonly SortedDictionary<NodeId, (ulong Round, Pong Pong)> answers = [];
    private ImmutableArray<NodeId> peers = [];
    private ulong round;

    // The round in which this process first heard anybody.
    private ulong? firstHeard;

    public HearingView View { get; private set; } = HearingView.Nobody;

    /// <summary>Whom to ask: all nodes of all groups but this one.</summary>
    public void SetPeers(IEnumerable<NodeId> nodes)
    {
        peers = [.. nodes.Where(node => node != self).Distinct().Order()];
        foreach (var gone in answers.Keys.Except(peers).ToList())
            answers.Remove(gone);
    }

    /// <summary>A new round begins. True where the view has changed with the one that ended.</summary>
    public bool OnRound(Effects effects)
    {
        var changed = Look();
        round++;
        foreach (var peer in peers)
            effects.SendNow(peer, new Ping(round, boot));
        return changed;
    }

    /// <summary>True where the view has changed: a node that answers is heard at once.</summary>
    public bool On(NodeId from, Message message, Effects effects)
    {
        switch (message)
        {
            case Ping ping:
                effects.SendNow(from, new Pong(
                    ping.Round,
                    ping.Boot,
                    boot,
                    View.Heard.Keys.ToImmutableArray(),
                    View.Heard.Select(heard => new HeardNode(heard.Key, heard.Value.Boot, heard.Value.Hears)).ToImmutableArray(),
                    IsNew: (firstHeard ?? round) + (ulong)patience >= round));
                return false;
            // An answer to the process before this one would be of a later round than all that come, and hide them.
            case Pong pong when pong.Asker == boot && peers.Contains(from) && (!answers.TryGetValue(from, out var last) || pong.Round > last.Round):
                answers[from] = (pong.Round, pong);
                return Look();
            default:
                return false;
        }
    }

    /// <summary>
    /// The node's process has ended, as far as can be told: it is heard no more until it answers. Nobody comes to harm where that is
    /// wrong. True where the view has changed.
    /// </summary>
    public bool OnEnded(NodeId node) => answers.Remove(node) && Look();

    private bool Look()
    {
        var heard = answers
            .Where(answer => answer.Value.Round + (ulong)patience >= round)
            .ToImmutableSortedDictionary(answer => answer.Key, answer => answer.Value.Pong with { Round = 0 });
        if (heard.SequenceEqual(View.Heard))
            return false;
        firstHeard ??= round;
        View = new HearingView(heard);
        return true;
    }
}
