using Akka.Actor;
using Paxos.Actors.Decisions;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>The learner of one instance: keeps what it was told, and asks around when somebody here wants to know.</summary>
internal sealed class LearnerActor(GroupContext group, string name) : RoleActor(group.Node, group.PersistenceId(RoleNames.Learner, name)), IHost
{
    private readonly Learner learner = new(group.Node.Self.Id, group.Configuration, group.Node.Settings.Retry);
    private readonly Dictionary<ulong, IActorRef> waiting = [];

    protected override void Recover(Event @event) => learner.Recover(@event);

    protected override void Handle(object message)
    {
        switch (message)
        {
            case Delivery delivery:
                learner.On(delivery.From, delivery.Message, Effects);
                break;
            case Call call:
                waiting[call.Id] = Sender;
                Timers.StartSingleTimer(call.Id, new GiveUp(call.Id), call.Timeout);
                learner.Ask(Effects);
                break;
            case ConfigurationInForce next:
                learner.Adopt(next.Configuration);
                break;
            case GiveUp due:
                waiting.Remove(due.Call);
                break;
            case Protocol.Timer.Retry when waiting.Count > 0:
                learner.OnRetry(Effects);
                break;
        }
        CarryOut(this);
    }

    void IHost.Persist(Event @event) => Write(@event);

    void IHost.Send(NodeId to, Message message) => group.Send(to, name, message);

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) =>
        Timers.StartSingleTimer(timer, timer, group.Node.Draw(min, max));

    void IHost.StopTimer(Protocol.Timer timer) => Timers.Cancel(timer);

    void IHost.Tell(Effect.Told told)
    {
        if (told is not Effect.Chosen { Value: var value })
            return;
        foreach (var (call, asker) in waiting)
        {
            Timers.Cancel(call);
            asker.Tell(new CallEnded(call, new Decision.Decided(name, value.ToString())));
        }
        waiting.Clear();
    }

    private sealed record GiveUp(ulong Call) : INoSerializationVerificationNeeded;

    public static Props Props(GroupContext group, string name) => Akka.Actor.Props.Create(() => new LearnerActor(group, name));
}
