using Paxos.Protocol;
using Paxos.Protocol.Log;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Simulation;

/// <summary>What a <see cref="SimulatedRole"/> runs while it is up.</summary>
internal interface IRunning
{
    void Recover(Event @event);

    void On(NodeId from, Message message, Now now, Effects effects);

    void OnTimer(Timer timer, Now now, Effects effects);
}

/// <summary>A role of the log.</summary>
internal sealed class OfLog(ILogRole role) : IRunning
{
    public void Recover(Event @event) => role.Recover(@event);

    public void On(NodeId from, Message message, Now now, Effects effects) => role.On(from, message, now, effects);

    public void OnTimer(Timer timer, Now now, Effects effects) => role.OnTimer(timer, now, effects);
}
