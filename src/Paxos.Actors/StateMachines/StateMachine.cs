using Paxos.Protocol.Log;

namespace Paxos.Actors.StateMachines;

/// <summary>
/// A machine of an app's own, replicated: every node has one, and gives it the same commands in the same order. It is named in
/// the <see cref="PaxosSetup"/> and used as <see cref="IReplicatedMachine{TCommand,TResult}"/>.
/// </summary>
/// <remarks>
/// It must be deterministic: what it does depends on its state, the command and the <see cref="Context"/>, and on nothing else.
/// No clock (the context has the time), no random number, no new Guid, no thread, no file, no static state, and no order that
/// differs between processes, as that of a Dictionary or a HashSet of strings may. It is called by one thread at a time, in the
/// invariant culture. Nodes compare what their machines have done; one that did something else stops serving.
/// </remarks>
public abstract class StateMachine<TCommand, TResult>
{
    /// <summary>
    /// Null, or why this command makes no sense: asked where the call comes in, before anything is proposed. Called by any
    /// thread, on an instance that is given no commands: it sees the command alone.
    /// </summary>
    public virtual string? Refuse(TCommand command) => null;

    /// <summary>
    /// Applies one command. An exception is the command's result, told to its caller as <see cref="CommandFailedException"/>: so
    /// it must come on every node or on none, and what was changed before it stays changed.
    /// </summary>
    public abstract TResult Apply(TCommand command, in Context context);

    /// <summary>
    /// A session has ended: the node whose commands had this number in <see cref="Context.Session"/> has been gone, or silent,
    /// for <c>paxos.log.session-timeout</c> of the log's time. What hangs on it should go.
    /// </summary>
    public virtual void OnSessionClosed(ulong session, in Context context) { }

    /// <summary>
    /// The next time at which something is due, as <see cref="Context.TimeMs"/> counts it; <see cref="ulong.MaxValue"/>: nothing.
    /// Part of the state.
    /// </summary>
    public virtual ulong DueMs => ulong.MaxValue;

    /// <summary>The log's time has reached <see cref="DueMs"/>: something that is due happens, and <see cref="DueMs"/> moves on.</summary>
    public virtual void OnTime(in Context context) { }

    /// <summary>
    /// Returns what writes the state as it is now. That is called once, later, on another thread, while commands go on: so it
    /// holds a copy of the state, or immutable collections. This call itself should be quick: the log waits for it.
    /// </summary>
    public abstract Action<Stream> Freeze();

    /// <summary>Replaces the state by what <see cref="Freeze"/> wrote: all that is left of the stream.</summary>
    public abstract void Restore(Stream snapshot);
}
