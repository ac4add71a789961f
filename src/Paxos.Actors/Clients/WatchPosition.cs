using Paxos.Actors.Registers;

namespace Paxos.Actors.Clients;

/// <summary>
/// How far a watch has come, so that it can go on at another member without a gap and without telling anything twice. One revision
/// may have several events, in the same order everywhere.
/// </summary>
internal sealed class WatchPosition(ulong? after)
{
    private ulong? after = after;

    // Of the revision behind it, which may not be complete: how many were told, and how many come again.
    private int told;
    private int again;

    /// <summary>Begins anew, after this revision; null: with how it is now.</summary>
    public ulong? Reopen()
    {
        again = told;
        return after;
    }

    /// <summary>Whether this event is to be told.</summary>
    public bool Take(RegisterEvent @event)
    {
        switch (@event.Kind)
        {
            // All of them have one revision, and where some are missing they all must come again.
            case RegisterEventKind.Reset:
                (after, told, again) = (null, 0, 0);
                return true;
            case RegisterEventKind.Progress:
                (after, told, again) = (@event.Revision, 0, 0);
                return true;
            default:
                if (after is null || @event.Revision > after + 1)
                    (after, told, again) = (@event.Revision - 1, 0, 0);
                if (again > 0)
                {
                    again--;
                    return false;
                }
                told++;
                return true;
        }
    }
}
