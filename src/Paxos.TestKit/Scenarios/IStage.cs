using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>What the roles of a scenario stand on: the network, the time, and who watches.</summary>
internal interface IStage
{
    /// <summary>Time passes only where something waits for it.</summary>
    TimeSpan Now => TimeSpan.Zero;

    void PassTo(TimeSpan time) { }

    /// <returns>What there is to tell; null: it stays inside the node.</returns>
    Outcome? Send(RoleHost from, NodeId to, Message message);

    /// <summary>A role begins to write.</summary>
    void Writing(Place place, Event @event) { }

    void Durable(Place place, Event @event);
}
