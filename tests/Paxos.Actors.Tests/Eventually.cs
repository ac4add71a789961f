namespace Paxos.Actors.Tests;

/// <summary>Waits for a condition, with a bound: never for a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static async Task HoldsAsync(Func<bool> condition, Func<string> otherwise)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < Bound, otherwise());
            await timer.WaitForNextTickAsync();
        }
    }
}
