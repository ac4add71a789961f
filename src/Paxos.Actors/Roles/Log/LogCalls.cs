using Akka.Actor;
using Paxos.Actors.Registers;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>Calls for a log from outside the actors.</summary>
internal sealed class LogCalls(LogGroup group, PaxosSettings settings)
{
    /// <summary>Gets the command applied, once, and returns the machine's result.</summary>
    public async Task<Value> ApplyAsync(Value command, string? key, CancellationToken ct)
    {
        var done = new TaskCompletionSource<Result>(TaskCreationOptions.RunContinuationsAsynchronously);
        (await group.Client.WaitAsync(ct).ConfigureAwait(false)).Tell(new LogCommand(command, key, done));
        try
        {
            // The answer comes by the deadline; this is for an actor system that ends before it.
            return (await done.Task.WaitAsync(settings.OperationTimeout * 2, ct).ConfigureAwait(false)).Value;
        }
        catch (TimeoutException)
        {
            throw new OutcomeUnknownException("The node ended before it answered: the operation may have happened.");
        }
    }

    public async Task<Value> AskAsync(Value question, Consistency consistency, CancellationToken ct)
    {
        var done = new TaskCompletionSource<Value>(TaskCreationOptions.RunContinuationsAsynchronously);
        (await group.Client.WaitAsync(ct).ConfigureAwait(false)).Tell(new LogRead(question, consistency == Consistency.Local, done));
        try
        {
            return await done.Task.WaitAsync(settings.OperationTimeout * 2, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new NotAppliedException(NotAppliedReason.NoQuorum, "The node ended before it answered.");
        }
    }
}
