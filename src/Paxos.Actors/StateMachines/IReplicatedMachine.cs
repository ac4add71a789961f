using Paxos.Actors.Registers;

namespace Paxos.Actors.StateMachines;

/// <summary>
/// A replicated state machine in an app's hand, the same on every node that named it. Each machine is a group of its own: it has
/// its own log and its own leader, and its commands have an order among themselves, not with those of other groups.
/// </summary>
/// <remarks>
/// A call ends by <c>paxos.operation-timeout</c>. What did not succeed says whether it may have happened:
/// <see cref="NotAppliedException"/> (certainly not: no leader in reach, overloaded, forming, not a member),
/// <see cref="OutcomeUnknownException"/> (it may have been applied, or may be still; never twice),
/// <see cref="SessionExpiredException"/> (this node was cut off for so long that its session ended: not applied by this try).
/// </remarks>
public interface IReplicatedMachine<TCommand, TResult>
{
    string Name { get; }

    /// <summary>Gets the command applied, once, on every node, and returns what the machine returned.</summary>
    /// <param name="command">At most 1 MiB, encoded.</param>
    /// <param name="idempotencyKey">
    /// 1 to 128 bytes: the same command again with the same key, from any node, is answered with the first one's result, for
    /// <c>paxos.log.idempotency-keep</c>. Without one a call that ended as unknown must be checked by a query, not repeated.
    /// </param>
    /// <param name="ct">Ends the wait, not the command: it may be applied all the same.</param>
    /// <exception cref="ArgumentException">The machine refuses the command, or it can't be encoded and read back. Nothing was proposed.</exception>
    /// <exception cref="CommandFailedException">The machine threw, on every node alike: the message is what it said.</exception>
    /// <exception cref="NotAppliedException">Certainly not applied.</exception>
    /// <exception cref="OutcomeUnknownException">It may have been applied, or may be still.</exception>
    /// <exception cref="SessionExpiredException">Not applied by this try.</exception>
    /// <exception cref="KeyConflictException">The idempotency key was used for another command.</exception>
    Task<TResult> ApplyAsync(TCommand command, string? idempotencyKey = null, CancellationToken ct = default);

    /// <summary>
    /// Asks this node's machine. The question is a function that runs where the machine does, between two commands: it reads and
    /// changes nothing, is quick, and returns values, never a collection that later commands change.
    /// </summary>
    /// <example><code>long balance = await bank.QueryAsync((Bank bank) => bank.BalanceOf("alice"));</code></example>
    /// <param name="question">An exception that it throws is the call's.</param>
    /// <param name="consistency">Linearizable: everything that was acknowledged before the call, on any node, is seen. Writes nothing to the log.</param>
    /// <exception cref="ArgumentException">The machine is of another type.</exception>
    /// <exception cref="NotAppliedException">No answer in time.</exception>
    Task<TAnswer> QueryAsync<TMachine, TAnswer>(
        Func<TMachine, TAnswer> question, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
        where TMachine : StateMachine<TCommand, TResult>;
}
