using Paxos.Protocol;

namespace Paxos.TestKit.Charts;

/// <summary>The vertical line of a node.</summary>
/// <param name="Kind">What the node is, in a word.</param>
/// <param name="Votes">That it does needs no mention.</param>
internal sealed record Lane(NodeId Node, string Kind, bool Votes);

internal enum Fate
{
    Taken,
    ChangesNothing,
    Lost,
}

/// <summary>What a note beside a lane is about.</summary>
internal enum Mark
{
    Call,
    Timer,
    Written,
    Writing,
    Recovered,
    Forgotten,
    Chosen,
    Applied,
    Undecided,
    Down,
    Up,
    Slow,
    Copy,
}

/// <summary>A message that arrives or is lost, drawn in the row where that happens. From a lane to itself: a loop.</summary>
internal sealed record Arrow(int Row, int From, int To, string Kind, string Text, Fate Fate);

/// <summary>A mark on a lane, with its text to the right of it.</summary>
internal sealed record Note(int Row, int Lane, Mark Mark, string Text);

/// <summary>A comment of the file, across all lanes.</summary>
internal sealed record Caption(int Row, string Text);

/// <summary>A node is down from this row to that one.</summary>
internal sealed record Outage(int Lane, int From, int To);
