using Paxos.Actors.Registers;

namespace Paxos.Actors.Clients;

/// <summary>
/// How far a watch has come, so that it can go on at another member, which may be behind, without a gap and without telling
/// anything twice. One revision may have several events, in the same order everywhere.
/// </summary>
internal sealed class WatchPosition(ulong? after, bool isPrefix)
{
    // Everything up to this revision was told.
    private ulong? after = after;

    // The newest revision of which something was told, which may not be complete: how many were told, and how many come again.
    private ulong last;
    private int told;
    private int again;

    /// <summary>Begins anew, after this revision; null: with how it is now.</summary>
    public ulong? Reopen()
    {
        again = told;
        return after;
    }

    /// <summary>How it was before what was told already: the member is behind, and its watch is of no use yet.</summary>
    public bool IsBehind(RegisterEvent @event) => @event.Kind == RegisterEventKind.Reset && @event.Revision < last;

    /// <summary>Whether this event is to be told.</summary>
    public bool Take(RegisterEvent @event)
    {
        switch (@event.Kind)
        {
            // Those of a prefix all have one revision, and where some are missing they all must come again.
            case RegisterEventKind.Reset:
                (after, last, told, again) = (isPrefix ? null : @event.Revision, @event.Revision, 0, 0);
                return true;
            case RegisterEventKind.Progress when @event.Revision < last || @event.Revision < after:
                return false;
            case RegisterEventKind.Progress:
                (after, last, told, again) = (@event.Revision, @event.Revision, 0, 0);
                return true;
            default:
                if (@event.Revision <= after)
                    return false;
                if (after is null || @event.Revision != last)
                    (after, last, told, again) = (@event.Revision - 1, @event.Revision, 0, 0);
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
