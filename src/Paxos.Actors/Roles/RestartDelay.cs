namespace Paxos.Actors.Roles;

/// <summary>How long a failed role waits before it starts again: doubled at each failure; one that kept on for a while begins at the minimum again.</summary>
internal sealed class RestartDelay(PaxosSettings settings)
{
    private TimeSpan lastFailure = TimeSpan.MinValue / 2;
    private TimeSpan delay;

    public TimeSpan Next(TimeSpan now)
    {
        var longer = now - lastFailure < settings.BackoffMax * 2 ? delay * 2 : settings.BackoffMin;
        delay = longer < settings.BackoffMin ? settings.BackoffMin : longer > settings.BackoffMax ? settings.BackoffMax : longer;
        lastFailure = now;
        return delay;
    }
}
