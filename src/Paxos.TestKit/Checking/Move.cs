namespace Paxos.TestKit.Checking;

internal enum MoveKind
{
    Begin,
    Retry,
    Deliver,
    Crash,
}

/// <summary>One step of the whole. Who: an acceptor's index, or the number of acceptors and a player's index.</summary>
/// <param name="Who">Who acts; of a delivery, who receives.</param>
/// <param name="From">Of a delivery, who sent the letter; -1 for a letter of <see cref="Letter.Anyone"/>.</param>
/// <param name="Kept">Where the step dooms the one who acts, how many of its writes the crash to come will leave.</param>
/// <param name="CrashesAtOnce">It does not live on for a while with its doom.</param>
/// <param name="Step">What the one who acts does.</param>
internal readonly record struct Move(
    MoveKind Kind,
    int Who,
    int From = -1,
    int Letter = -1,
    int? Kept = null,
    bool CrashesAtOnce = false,
    Step Step = null!);
