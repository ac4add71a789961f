using Akka.Actor;
using Akka.Event;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Roles.Log;

/// <summary>The proposer of a log. When it is lost so is its lead, which Paxos allows; the rounds that it issued are not.</summary>
internal sealed class LogProposerActor(LogContext log) : LogRoleActor(log, RoleNames.LogProposer)
{
    private enum Turn
    {
        None,
        Awaited,
        Taken,
    }

    private string told = "";
    private Turn turn;
    private bool hasWaited;
    private readonly Proposer proposer = new(log.Group.Node.Self.Id, log.First, new Rounds(), log.Options);

    protected override ILogRole Role => proposer;

    protected override void Recover(Event @event) => proposer.Recover(@event);

    protected override void Recovered()
    {
        base.Recovered();
        proposer.Start(Node.Now, Effects);
        CarryOut(this);
    }

    protected override void PostStop()
    {
        base.PostStop();
        Node.Turns.End(Self);
    }

    protected override void Handle(object message)
    {
        switch (message)
        {
            case MayStand when turn == Turn.Awaited && Node.Turns.Has(Self):
                BeginTurn();
                message = Protocol.Timer.Stand;
                break;
            case MayStand:
                // It had stopped to wait when that was on its way.
                return;
            case TurnOver:
                EndTurn();
                return;
            // As if the timer had not run out yet.
            case Protocol.Timer.Stand when !TakeTurn():
                return;
            // Who asks goes on asking.
            case Delivery { Message: TakeOver } when !TryTakeTurn():
                return;
        }
        HandleNow(message);
        if (turn == Turn.Taken && !proposer.IsStanding)
            EndTurn();
    }

    private void HandleNow(object message)
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

    private bool TakeTurn()
    {
        var isPreferred = Shared.IsPreferred && !hasWaited;
        hasWaited = true;
        if (Node.Turns.TakeOrWait(Self, isPreferred))
            BeginTurn();
        else
            turn = Turn.Awaited;
        return turn == Turn.Taken;
    }

    private bool TryTakeTurn()
    {
        if (!Node.Turns.TryTake(Self))
            return false;
        BeginTurn();
        return true;
    }

    private void BeginTurn()
    {
        turn = Turn.Taken;
        Timers.StartSingleTimer(TurnOver.Instance, TurnOver.Instance, Shared.Settings.Turn);
    }

    private void EndTurn()
    {
        turn = Turn.None;
        Timers.Cancel(TurnOver.Instance);
        Node.Turns.End(Self);
    }

    protected override void Stops(Protocol.Timer timer)
    {
        if (timer == Protocol.Timer.Stand && turn == Turn.Awaited)
            EndTurn();
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

    private sealed record TurnOver : INoSerializationVerificationNeeded
    {
        public static readonly TurnOver Instance = new();
    }

    public static Props Props(LogContext log) => Akka.Actor.Props.Create(() => new LogProposerActor(log));
}
