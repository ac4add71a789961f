using Akka.Actor;
using Paxos.Actors.Storage;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>A role of a log protocol that has a journal.</summary>
internal abstract class LogRoleActor(LogContext log, string name)
    : RoleActor(log.Group.Node, log.Group.PersistenceId(name, "")), IHost
{
    private readonly RetryPace.Retrier retrier = log.Group.Node.Retries.NewRetrier();

    private bool triesToWrite;

    /// <summary>What the actors of this log share.</summary>
    protected LogContext Shared { get; } = log;

    protected abstract ILogRole Role { get; }

    protected override void PostStop()
    {
        base.PostStop();
        retrier.End();
    }

    protected override void Handle(object message)
    {
        if (message is Protocol.Timer.Retry)
            retrier.End();
        switch (message)
        {
            case TryToWrite:
                if (Shared.Board.Trouble is not null)
                    Write(new JournalKept(KeptFrom));
                return;
            case Delivery delivery:
                Role.On(delivery.From, delivery.Message, Node.Now, Effects);
                break;
            case Protocol.Timer timer:
                Role.OnTimer(timer, Node.Now, Effects);
                break;
        }
        CarryOut(this);
    }

    /// <summary>It goes to a role of this node.</summary>
    protected virtual void Says(Message message) { }

    /// <summary>What the role waited for is not to come any more.</summary>
    protected virtual void Stops(Protocol.Timer timer) { }

    // Whether it can write again shows in a write, and in an idle group none may come for long. Not at once, nor often: while it cannot,
    // it starts again for that, and is missed meanwhile by those who only read. Nor all groups at the same moment.
    protected override void Recovered()
    {
        triesToWrite = Shared.Board.Trouble is not null;
        if (triesToWrite)
            Timers.StartSingleTimer(TryToWrite.Instance, TryToWrite.Instance, Node.Draw(Node.Settings.BackoffMax * 5, Node.Settings.BackoffMax * 10));
    }

    protected override void Noted(Event @event)
    {
        Shared.Board.Trouble = null;
        if (!triesToWrite)
            return;
        triesToWrite = false;
        Timers.Cancel(TryToWrite.Instance);
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistFailure(cause, @event, sequenceNr);
        Shared.Board.Trouble = StorageFault.IsDiskFull(cause)
            ? $"The disk of the journal {Node.Journal.Name} is full: this node votes no more until there is space."
            : $"The journal {Node.Journal.Name} could not be written: this node votes no more until it can. {cause.Message}";
    }

    void IHost.Persist(Event @event) => Write(@event);

    // What is for another role of this node goes to it directly: no transport, no serializer.
    void IHost.Send(NodeId to, Message message)
    {
        if (to == Node.Self.Id)
        {
            Says(message);
            Context.Parent.Tell(new Delivery(to, "", message));
        }
        else
            Shared.Group.Send(to, "", message);
    }

    void IHost.StartTimer(Protocol.Timer timer, TimeSpan min, TimeSpan max)
    {
        var delay = Node.Draw(min, max);
        if (timer == Protocol.Timer.Retry)
            delay = retrier.Begin(delay);
        Timers.StartSingleTimer(timer, timer, timer == Protocol.Timer.Tick ? Node.UntilDue(delay) : delay);
    }

    void IHost.StopTimer(Protocol.Timer timer)
    {
        Timers.Cancel(timer);
        if (timer == Protocol.Timer.Retry)
            retrier.End();
        Stops(timer);
    }

    void IHost.Tell(Effect.Told told) { }

    private sealed record TryToWrite : INoSerializationVerificationNeeded
    {
        public static readonly TryToWrite Instance = new();
    }
}
