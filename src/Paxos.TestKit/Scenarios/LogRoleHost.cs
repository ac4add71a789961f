using Paxos.Protocol;
using Paxos.Protocol.Log;
using Timer = Paxos.Protocol.Timer;

namespace Paxos.TestKit.Scenarios;

/// <summary>A role of a replicated log.</summary>
/// <param name="create">A role that remembers nothing yet.</param>
internal sealed class LogRoleHost(Place place, NodeHost node, LogScene scene, Func<ILogRole> create) : RoleHost(place, scene)
{
    private ILogRole role = null!;

    /// <summary>How long the role waits, or last waited, before it stands.</summary>
    public Outcome.WaitsToStand? StandsAfter { get; private set; }

    protected override void On(NodeId from, Message message, Effects yields) => role.On(from, message, node.Now, yields);

    protected override void OnTimer(Timer timer, Effects yields) => role.OnTimer(timer, node.Now, yields);

    protected override void Recover(IReadOnlyList<Event> events)
    {
        role = create();
        foreach (var @event in events)
            role.Recover(@event);
    }

    protected override void Write(CanonicalWriter writer) => role.Write(writer);

    protected override void OnTold(Effect.Told told) => node.Told(told);

    // What one role of a node says to another is the node's own affair.
    protected override bool IsTold(Effect effect) => effect is Effect.Send send && send.To != Place.Node;

    // Nearly everything is guarded by a timer; the node tells of the one that matters, where it begins to wait.
    protected override Outcome? Started(Timer timer, TimeSpan min, TimeSpan max)
    {
        if (timer == Timer.Stand)
            StandsAfter = new Outcome.WaitsToStand(min, max);
        return null;
    }
}
