using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation;

/// <summary>The timers of a role or of a front: one of each kind runs at a time, and a crash stops them all.</summary>
internal sealed class SimulatedTimers(SimulatedNode node, LogSimulation world, Action<Timer> ring)
{
    private readonly Dictionary<Timer, long> running = [];
    private long started;

    public void Start(Timer timer, TimeSpan min, TimeSpan max)
    {
        var number = running[timer] = ++started;
        var delayUs = (min + (max - min) * world.Random.NextDouble()).TotalMicroseconds / node.ClockRate;
        node.At(world.Schedule.NowUs + (long)delayUs, () =>
        {
            if (running.GetValueOrDefault(timer) != number)
                return;
            running.Remove(timer);
            ring(timer);
        });
    }

    public void Stop(Timer timer) => running.Remove(timer);

    public void StopAll() => running.Clear();
}
