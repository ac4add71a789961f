// A Stream is how a snapshot is handed over; whose it is, a file or memory, is the host's affair.
#pragma warning disable RS0030

namespace Paxos.Protocol.Log;

/// <summary>Where and when a command happens: the same on every node.</summary>
/// <param name="Slot">The log's slot.</param>
/// <param name="Index">
/// The command's number in the log: 1, 2, 3, ... over all that reached the machine, never reused. The end of a session and
/// each call of <see cref="IStateMachine.OnTime"/> take a number too: a watch that goes on after a number misses none of them.
/// </param>
/// <param name="TimeMs">Replicated time in milliseconds: it never falls, and no wall clock moves it.</param>
/// <param name="WallMs">The leader's wall clock, milliseconds since 1970 UTC: data, right or wrong.</param>
/// <param name="Session">Whose command it is; 0: of no session.</param>
/// <param name="Sequence">Its number in the session.</param>
public readonly record struct Context(ulong Slot, ulong Index, ulong TimeMs, ulong WallMs, ulong Session, ulong Sequence);

/// <summary>What a command leaves behind besides the machine's state.</summary>
public interface IOutput
{
    /// <summary>The command's result: kept with the session, and the answer to every retry.</summary>
    void Result(Value result);

    /// <summary>Tells those who watch. Not part of the state: a node that restored a snapshot has no older ones.</summary>
    /// <param name="topic">What they watch: a key, say.</param>
    void Notify(string topic, Value notification);
}

/// <summary>
/// A deterministic machine: the same commands in the same order make the same state and the same results on every node. It
/// uses no clock, no random number, no thread, nothing but its state, the command and the context; it knows nothing of how
/// the commands were agreed on. It is called by one thread at a time.
/// </summary>
public interface IStateMachine
{
    /// <summary>
    /// Null, or why this command makes no sense: asked on the node where the call comes in, before anything is proposed. May be
    /// called by any thread and must not touch the state.
    /// </summary>
    string? Refuse(Value command) => null;

    /// <summary>
    /// Applies one command. An exception is the command's result, so it must come on every node or on none; what was changed
    /// before it stays.
    /// </summary>
    void Apply(in Context context, Value command, IOutput output);

    /// <summary>The session has ended, closed by its client or expired: what hung on it goes.</summary>
    void OnSessionClosed(ulong session, in Context context, IOutput output) { }

    /// <summary>
    /// The log's time has reached <see cref="DueMs"/>: something that is due happens, and <see cref="DueMs"/> moves on when all
    /// of it has. Called before the commands of that time, again while more is due (up to a limit a slot). What tells several
    /// watchers does so best one change a call, each under its own number.
    /// </summary>
    void OnTime(in Context context, IOutput output) { }

    /// <summary>The next time at which <see cref="OnTime"/> is wanted; <see cref="ulong.MaxValue"/>: never.</summary>
    ulong DueMs => ulong.MaxValue;

    /// <summary>Answers a question about the state and changes nothing. An exception is the answer.</summary>
    Value Query(Value question);

    /// <summary>
    /// A view of the state as it is now, that further commands do not change. Quick: the log waits for it; writing it out
    /// happens on another thread.
    /// </summary>
    ISnapshotView Freeze();

    /// <summary>Replaces the state by what a view wrote. Where it throws, the machine is let go.</summary>
    /// <exception cref="InvalidDataException">It is no snapshot of this machine.</exception>
    /// <exception cref="EndOfStreamException">It ends too soon.</exception>
    void Restore(Stream snapshot);
}

/// <summary>A frozen state.</summary>
public interface ISnapshotView
{
    /// <summary>Writes all of it. Called once, by any thread.</summary>
    void Write(Stream snapshot);
}
