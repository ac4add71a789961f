using Akka.Actor;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>The acceptor of one instance: loaded when it is asked for, let go when it is idle, and never forgetful.</summary>
internal sealed class AcceptorActor(GroupContext group, string name)
    : RoleActor(group.Node, group.PersistenceId(RoleNames.Acceptor, name)), IHost
{
    private readonly Acceptor acceptor = new();

    protected override void Recover(Event @event) => acceptor.Recover(@event);

    protected override void Handle(object message)
    {
        if (message is not Delivery delivery)
            return;
        acceptor.On(delivery.From, delivery.Message, Effects);
        CarryOut(this);
    }

    void IHost.Persist(Event @event) => Write(@event);

    void IHost.Send(NodeId to, Message message) => group.Send(to, name, message);

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) { }

    void IHost.StopTimer(Protocol.Timer timer) { }

    void IHost.Tell(Effect.Told told) { }

    public static Props Props(GroupContext group, string name) => Akka.Actor.Props.Create(() => new AcceptorActor(group, name));
}
