using Paxos.Actors.Registers;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;

namespace Paxos.Actors.StateMachines;

/// <summary>A machine of an app's own, as this node's client of its log sees it.</summary>
/// <param name="judge">Is asked whether commands make sense, and given none.</param>
internal sealed class ReplicatedMachine<TCommand, TResult>(
    LogGroup group, PaxosSettings settings, MachineAdapter<TCommand, TResult> judge, ICodec<TCommand> commands, ICodec<TResult> results)
    : IReplicatedMachine<TCommand, TResult>
{
    /// <summary>It travels in one message, as a register's value does.</summary>
    public const int MaxCommandBytes = IRegisterStore.MaxValueBytes;

    private readonly LogCalls calls = new(group, settings);

    public string Name => group.Group.ToString();

    public async Task<TResult> ApplyAsync(TCommand command, string? idempotencyKey = null, CancellationToken ct = default)
    {
        var encoded = Encode(command);
        if (judge.Refuse(encoded) is { } refusal)
            throw new ArgumentException(refusal, nameof(command));
        return results.Decode((await calls.ApplyAsync(encoded, idempotencyKey, ct).ConfigureAwait(false)).Bytes);
    }

    public Task<TAnswer> QueryAsync<TMachine, TAnswer>(
        Func<TMachine, TAnswer> question, Consistency consistency = Consistency.Linearizable, CancellationToken ct = default)
        where TMachine : StateMachine<TCommand, TResult> => judge.Machine is TMachine
            ? calls.AskAsync(machine => question((TMachine)((MachineAdapter<TCommand, TResult>)machine).Machine), consistency, ct)
            : throw new ArgumentException($"The machine '{Name}' is a {judge.Machine.GetType().Name}, and the question is for a {typeof(TMachine).Name}.", nameof(question));

    private Value Encode(TCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = commands.Encode(command);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ArgumentException($"The command can't be encoded: {e.Message}", nameof(command), e);
        }
        return bytes.Length <= MaxCommandBytes
            ? new Value(bytes)
            : throw new ArgumentException($"The command has {bytes.Length} bytes: the limit is {MaxCommandBytes} bytes.", nameof(command));
    }
}
