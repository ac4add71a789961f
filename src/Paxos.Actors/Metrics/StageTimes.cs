using System.Diagnostics;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Metrics;

/// <summary>
/// How long what a node leads, or was called for, stays in each stage, in one log. A slot is followed by what its proposer says to
/// its own acceptor and learner.
/// </summary>
internal sealed class StageTimes(PaxosMeter meter, GroupId group)
{
    // More than a window: who proposes so far ahead of what it knows to be chosen is not measured.
    private const int Remembered = 1024;

    private readonly TagList queue = Tags(group, "queue");
    private readonly TagList quorum = Tags(group, "quorum");
    private readonly TagList apply = Tags(group, "apply");
    private readonly TagList call = Tags(group, "call");

    // When each slot was proposed. Written by the proposer; the learner reads it when the slot is chosen, a turn before it is written again.
    // Of many groups most have no commands, and need none.
    private (ulong Slot, long At)[]? proposed;
    private Ballot ballot;
    private ulong proposedThrough;
    private ulong chosenThrough;
    private long waitsSince;

    /// <summary>A command has come to the proposer.</summary>
    public void Submitted()
    {
        proposed ??= new (ulong, long)[Remembered];
        if (waitsSince == 0)
            waitsSince = Stopwatch.GetTimestamp();
    }

    /// <summary>What the proposer says to its own node, before it is said.</summary>
    public void Says(Message message)
    {
        switch (message)
        {
            case Accept accept:
                // What it proposed at another one may be chosen by another leader, or never.
                if (accept.Ballot != ballot)
                    Begin(accept);
                Chosen(accept.ChosenThrough);
                Proposed(accept.Slot);
                break;
            case Chosen chosen:
                Chosen(chosen.Through);
                break;
        }
    }

    /// <summary>The learner of this node has applied the slot.</summary>
    public void Applied(ulong slot) => Record(slot, apply);

    /// <param name="since">When the command came to this node: <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Completed(long since) => meter.Passed(since, call);

    private void Begin(Accept accept)
    {
        ballot = accept.Ballot;
        proposedThrough = 0;
        chosenThrough = accept.ChosenThrough;
        if (proposed is not null)
            Array.Clear(proposed);
    }

    private void Proposed(ulong slot)
    {
        // Else it is said again.
        if (slot <= proposedThrough)
            return;
        proposedThrough = slot;
        if (proposed is not null)
            proposed[slot % Remembered] = (slot, Stopwatch.GetTimestamp());
        if (waitsSince != 0)
            meter.Passed(waitsSince, queue);
        waitsSince = 0;
    }

    private void Chosen(ulong through)
    {
        for (var slot = Math.Max(chosenThrough + 1, through - Math.Min(through, Remembered - 1)); slot <= through; slot++)
            Record(slot, quorum);
        chosenThrough = Math.Max(chosenThrough, through);
    }

    private void Record(ulong slot, in TagList stage)
    {
        if (proposed?[slot % Remembered] is var (of, at) && of == slot && at != 0)
            meter.Passed(at, stage);
    }

    private static TagList Tags(GroupId group, string stage) => new() { { "group", group.ToString() }, { "stage", stage } };
}
