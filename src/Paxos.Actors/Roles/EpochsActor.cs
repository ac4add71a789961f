using Akka.Actor;
using Akka.Event;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Actors.Roles;

/// <summary>
/// Whether this node's acceptors vote, and in which epoch. When the voters change it asks the others for what they hold, page by
/// page, and gives that to the acceptors; and answers those who ask it.
/// </summary>
/// <remarks>
/// The supervisor lets votes through only in the epoch that this actor named last. It is told that there is none when a message
/// is handled, and that there is one when the record of it is durable; before this actor has read its journal there is none.
/// </remarks>
internal sealed class EpochsActor(GroupContext group) : RoleActor(group.Node, group.PersistenceId(RoleNames.Epochs, "")), IHost
{
    private readonly Epochs epochs = new(group.Node.Self, group.Configuration, group.Node.Settings.Retry);

    // Pages that are being read: who asks again meanwhile is answered once.
    private readonly HashSet<PageWanted> reading = [];
    private uint told;

    protected override void Recover(Event @event)
    {
        epochs.Recover(@event);
        if (@event is EpochOpened opened)
            group.Remember(opened.Configuration);
    }

    protected override void Recovered()
    {
        group.Node.Board.DecisionsOpenIn(epochs.OpenEpoch);
        epochs.Start(Effects);
        Done();
    }

    protected override void Handle(object message)
    {
        switch (message)
        {
            case Delivery delivery:
                // Who voted before may have to be asked, and be no member any more.
                if (delivery.Message is Copies { Opened: { } opened })
                    group.Remember(opened);
                epochs.On(delivery.From, delivery.Message, Effects);
                break;
            case ConfigurationInForce next:
                epochs.Move(next.Configuration, Effects);
                break;
            case Protocol.Timer.Retry:
                epochs.OnRetry(Effects);
                break;
            case Still still:
                Context.ActorOf(PageReader.Props(group.Node.Settings, Context.Parent, still.Page));
                return;
            case PageFailed page:
                reading.Remove(page.Page);
                return;
            case PageRead page:
                reading.Remove(page.Page);
                epochs.OnPage(page.Page, page.Next, page.IsLast, new([.. page.Items]), Effects);
                break;
            case PageTaken page:
                epochs.OnTaken(page.Page, Effects);
                break;
        }
        Done();
    }

    private void Done()
    {
        // At once: who seals does not vote any more, whether that is durable yet or not.
        if (epochs.VotingEpoch == 0)
            Tell(0);
        CarryOut(this);
    }

    private void Tell(uint epoch)
    {
        if (told == epoch)
            return;
        told = epoch;
        Context.Parent.Tell(new VotesIn(epoch));
    }

    void IHost.Persist(Event @event) => Write(@event);

    void IHost.Send(NodeId to, Message message) => group.Send(to, "", message);

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max) =>
        Timers.StartSingleTimer(timer, timer, group.Node.Draw(min, max));

    void IHost.StopTimer(Protocol.Timer timer) => Timers.Cancel(timer);

    void IHost.Tell(Effect.Told effect)
    {
        switch (effect)
        {
            case PageWanted page:
                if (reading.Add(page))
                    Context.Parent.Tell(new WhenStill(page));
                break;
            case CopiesArrived page:
                Context.ActorOf(PageTaker.Props(group.Node.Settings, Context.Parent, page));
                break;
            case EpochIsOpen open:
                Log.Info("Decisions: this node votes in epoch {0}.", open.Epoch);
                group.Node.Board.DecisionsOpenIn(open.Epoch);
                // It may be sealed again by now.
                if (epochs.VotingEpoch == open.Epoch)
                    Tell(open.Epoch);
                break;
        }
    }

    public static Props Props(GroupContext group) => Akka.Actor.Props.Create(() => new EpochsActor(group));
}
