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
    private readonly Proposer proposer = new(log.Group.Node.Self.Id, log.First, new Rounds(), log.Options);

    protected override ILogRole Role => proposer;

    protected override void Recover(Event @event) => proposer.Recover(@event);

    protected override void Recovered()
    {
        proposer.Start(Node.Now, Effects);
        CarryOut(this);
    }

    protected override void Handle(object message)
    {
        if (message is Delivery { Message: Submit })
            Shared.Times.Submitted();
        if (message is HearingChanged hearing)
        {
            proposer.On(hearing.View, Node.Now, Effects);
            CarryOut(this);
        }
        else if (message is not Delivery vote || IsOfThisConfiguration(vote))
        {
            base.Handle(message);
        }
        TellPhase();
        Shared.Board.Counts.QueuedBytes = proposer.QueuedBytes;
        if (message is Delivery { Message: Learned learned } delivery)
            Shared.Board.Hear(delivery.From, learned.Through);
    }

    protected override void Says(Message message) => Shared.Times.Says(message);

    // The proposer counts names. What this node knows of the members may be ahead of the configuration that it counts in, or
    // behind: an empty node in the place of a voter must not pass for that voter, nor the old one for the new.
    private bool IsOfThisConfiguration(Delivery delivery) =>
        delivery.From == Node.Self.Id
        || delivery.Message is not (Promise or Accepted or Confirmed or Learned)
        || proposer.Configuration.Find(delivery.From) is { Incarnation: var known } && known == delivery.Incarnation;

    private void TellPhase()
    {
        if (proposer.Stage == told)
            return;
        told = proposer.Stage;
        Log.Debug("Group {0}: the proposer is {1}, ballot {2}.", Shared.Group.Group, told, proposer.Ballot);
    }

    public static Props Props(LogContext log) => Akka.Actor.Props.Create(() => new LogProposerActor(log));
}
