using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.Actors.Roles;

/// <summary>
/// A role of the core as a persistent actor: hands it messages, and carries its effects out in order. The role's state is
/// ahead of the journal while a write is under way; what it says waits for the write. The role object is made in here and
/// not passed in, so that an actor that starts again never finds an old one.
/// </summary>
internal abstract class RoleActor(NodeContext node, string persistenceId) : JournaledActor(node, persistenceId)
{
    private readonly Outbox outbox = new();
    private bool lettingGo;

    /// <summary>Handles what a client or a peer sent.</summary>
    protected abstract void Handle(object message);

    /// <summary>The list that a step of the role fills.</summary>
    protected Effects Effects { get; } = new();

    /// <summary>Sets about the effects of a step.</summary>
    protected void CarryOut(IHost host)
    {
        outbox.Add(Effects, host);
        Effects.Clear();
    }

    protected sealed override void Written(Event @event)
    {
        // The host's own event is none of the role's, and nothing waits for it.
        if (@event is not JournalKept)
            outbox.Persisted();
        Noted(@event);
        LetGoWhenIdle();
    }

    /// <summary>The event is durable, and what waited for it has left.</summary>
    protected virtual void Noted(Event @event) { }

    protected sealed override void OnCommand(object message)
    {
        if (message is LetGo)
        {
            lettingGo = true;
            LetGoWhenIdle();
        }
        else
        {
            Handle(message);
        }
    }

    private void LetGoWhenIdle()
    {
        if (lettingGo && !outbox.IsWaiting)
            Context.Stop(Self);
    }
}
