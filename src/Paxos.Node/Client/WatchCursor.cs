namespace Paxos.Node.Client;

/// <summary>
/// How far a watch is, over all the streams that it is made of: where the next one begins, and which of its events were there
/// before. One revision may bring several events (keys whose time is up go together, and a reset of a prefix is an event a key),
/// and a stream may break off between them.
/// </summary>
/// <param name="from">The revision after which to begin; null: with how it is now.</param>
internal sealed class WatchCursor(ulong? from, bool isPrefix)
{
    // Everything up to this revision was seen; and of the last one so many events.
    private ulong? whole = from;
    private ulong last = from ?? 0;
    private int seen;
    private int again;
    private bool isResetting;

    /// <summary>Where the next stream begins. One that broke off within a reset is asked for another reset.</summary>
    public ulong? After => isResetting ? null : whole;

    /// <summary>A stream begins, after <see cref="After"/>.</summary>
    public void Begin() => again = seen;

    /// <summary>True for an event that was not there before.</summary>
    public bool Advance(ulong revision)
    {
        if (revision <= whole || (revision == last && again-- > 0))
            return false;
        if (revision == last)
        {
            seen++;
            return true;
        }
        // The revision before this one is whole. What was reset is so as of its own revision.
        if (last > 0)
            whole = last;
        (last, seen, again, isResetting) = (revision, 1, 0, false);
        return true;
    }

    /// <summary>This is how a key was at a revision. False: that is older than what was seen before, so the node is behind.</summary>
    public bool Reset(ulong revision)
    {
        if (revision < last)
            return false;
        (last, seen, again, isResetting) = (revision, 0, 0, isPrefix);
        if (!isPrefix)
            whole = revision;
        return true;
    }

    /// <summary>Everything up to this revision has been told.</summary>
    public void Progress(ulong revision)
    {
        if (revision < last)
            return;
        (whole, last, seen, again, isResetting) = (revision, revision, 0, 0, false);
    }
}
