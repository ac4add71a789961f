namespace Paxos.Actors.Roles;

/// <summary>
/// How often a node's groups ask again for what does not come. Each by itself does so at a fixed interval; where thousands do, after
/// a start or when a node was not heard for a moment, what they send is why the answers are late. So all of them together have a
/// rate that they keep to, and the more there are the longer each waits.
/// </summary>
internal sealed class RetryPace(int perSecond)
{
    private readonly int perSecond = perSecond;
    private int waiting;

    public Retrier NewRetrier() => new(this);

    /// <summary>One role's part. Used by its actor alone.</summary>
    internal sealed class Retrier(RetryPace pace)
    {
        private bool isWaiting;

        /// <param name="alone">How long it would wait if there were no others.</param>
        public TimeSpan Begin(TimeSpan alone)
        {
            if (!isWaiting)
                Interlocked.Increment(ref pace.waiting);
            isWaiting = true;
            var share = TimeSpan.FromSeconds((double)Volatile.Read(ref pace.waiting) / pace.perSecond);
            return share <= alone ? alone : share + alone;
        }

        /// <summary>It has waited, or need not any more.</summary>
        public void End()
        {
            if (isWaiting)
                Interlocked.Decrement(ref pace.waiting);
            isWaiting = false;
        }
    }
}
