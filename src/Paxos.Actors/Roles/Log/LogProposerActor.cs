using Akka.Actor;
using Akka.Event;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>The proposer of a log. When it is lost so is its lead, which Paxos allows; the rounds that it issued are not.</summary>
internal sealed class LogProposerActor(LogContext log) : LogRoleActor(log, RoleNames.LogProposer)
{
    private string told = "";
    private readonly Proposer proposer = new(log.Group.Node.Self.Id, log.Group.Configuration, new Rounds(), log.Settings.Options);

    protected override ILogRole Role => proposer;

    protected override void Recover(Event @event) => proposer.Recover(@event);

    protected override void Recovered()
    {
        proposer.Start(Node.Now, Effects);
        CarryOut(this);
    }

    protected override void Handle(object message)
    {
        if (message is HearingChanged hearing)
        {
            proposer.On(hearing.View, Node.Now, Effects);
            CarryOut(this);
        }
        else
        {
            base.Handle(message);
        }
        TellPhase();
        if (message is Delivery { Message: Learned learned } delivery)
            Shared.Board.Hear(delivery.From, learned.Through);
    }

    private void TellPhase()
    {
        if (proposer.Stage == told)
            return;
        told = proposer.Stage;
        Log.Debug("Group {0}: the proposer is {1}, ballot {2}.", Shared.Group.Group, told, proposer.Ballot);
    }

    public static Props Props(LogContext log) => Akka.Actor.Props.Create(() => new LogProposerActor(log));
}
