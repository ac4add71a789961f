using Akka.Actor;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>The acceptor of one instance: loaded when it is asked for, let go when it is idle, and never forgetful.</summary>
/// <remarks>
/// Before it accepts or learns anything its name is in the node's list of names, durably: a change of voters finds instances by
/// that list. A promise alone need not be found.
/// </remarks>
internal sealed class AcceptorActor(GroupContext group, string name)
    : RoleActor(group.Node, group.PersistenceId(RoleNames.Acceptor, name)), IHost
{
    // What waits for the name to be written down. More is dropped, as a network might.
    private const int MaxHeld = 64;

    private readonly Acceptor acceptor = new();
    private readonly Queue<(object Message, IActorRef Sender)> held = new();
    private bool isNamed;
    private bool isAsked;

    protected override void Recover(Event @event)
    {
        acceptor.Recover(@event);
        isNamed |= @event is ValueAccepted or ValueCopied or ValueChosen;
    }

    protected override void Handle(object message)
    {
        switch (message)
        {
            case Named:
                isNamed = true;
                while (held.TryDequeue(out var next))
                    Take(next.Message, next.Sender);
                break;
            case Delivery { Message: Accept or Chosen } or TakeCopy when !isNamed:
                Hold(message);
                break;
            case Delivery { Message: Prepare } when !isNamed && !isAsked:
                AskForName();
                Take(message, Sender);
                break;
            default:
                Take(message, Sender);
                break;
        }
    }

    private void Hold(object message)
    {
        // The second one that has to wait: the list may have lost the name that it was given.
        if (!isAsked || held.Count > 0)
            AskForName();
        if (held.Count < MaxHeld)
            held.Enqueue((message, Sender));
    }

    private void AskForName()
    {
        isAsked = true;
        Context.Parent.Tell(new NameInstance(name));
    }

    private void Take(object message, IActorRef sender)
    {
        switch (message)
        {
            case Delivery delivery:
                acceptor.On(delivery.From, delivery.Message, Effects);
                break;
            case TakeCopy take:
                acceptor.Take(take.Copy, take.Epoch, Effects);
                Effects.Tell(new Answered(sender, new CopyTaken(name)));
                break;
            case ReadInstance:
                Effects.Tell(new Answered(sender, new InstanceRead(name, acceptor.Copy(name))));
                break;
        }
        CarryOut(this);
    }

    void IHost.Persist(Event @event) => Write(@event);

    void IHost.Send(NodeId to, Message message) => group.Send(to, name, message);

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) { }

    void IHost.StopTimer(Protocol.Timer timer) { }

    void IHost.Tell(Effect.Told told)
    {
        if (told is Answered answered)
            answered.To.Tell(answered.Answer);
    }

    /// <summary>An answer within the node, behind the writes before it.</summary>
    private sealed record Answered(IActorRef To, object Answer) : Effect.Told;

    public static Props Props(GroupContext group, string name) => Akka.Actor.Props.Create(() => new AcceptorActor(group, name));
}
