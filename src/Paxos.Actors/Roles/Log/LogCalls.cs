using Akka.Actor;
using Paxos.Actors.Registers;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>Calls for a log from outside the actors.</summary>
internal sealed class LogCalls(LogGroup group, PaxosSettings settings)
{
    private const int MaxKeyBytes = 128;

    /// <summary>Gets the command applied, once, and returns the machine's result.</summary>
    /// <param name="key">An idempotency key, or null.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    public async Task<Value> ApplyAsync(Value command, string? key, CancellationToken ct)
    {
        CheckKey(key);
        var done = new AwaitedCompletion();
        (await group.Client.WaitAsync(ct).ConfigureAwait(false)).Tell(new LogCommand(command, key, done));
        try
        {
            // The answer comes by the deadline; this is for an actor system that ends before it.
            return await done.Task.WaitAsync(settings.OperationTimeout * 2, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new OutcomeUnknownException("The node ended before it answered: the operation may have happened.");
        }
    }

    /// <summary>Whether this is an idempotency key, or null.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void CheckKey(string? key)
    {
        if (key is not null && TextRules.Problem("idempotency key", key, MaxKeyBytes) is { } problem)
            throw new ArgumentException(problem, nameof(key));
    }

    /// <summary>Asks this node's machine, between two commands.</summary>
    public async Task<TAnswer> AskAsync<TAnswer>(Func<IStateMachine, TAnswer> question, Consistency consistency, CancellationToken ct)
    {
        var asked = new Question<TAnswer>(question);
        (await group.Client.WaitAsync(ct).ConfigureAwait(false)).Tell(new LogRead(asked, consistency == Consistency.Local));
        try
        {
            return await asked.Answered.WaitAsync(settings.OperationTimeout * 2, ct).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!asked.Answered.IsCompleted)
        {
            throw new NotAppliedException(NotAppliedReason.NoQuorum, "The node ended before it answered.");
        }
    }

    private sealed class AwaitedCompletion : Completion
    {
        private readonly TaskCompletionSource<Value> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Value> Task => done.Task;

        public override void Succeed(Value result) => done.TrySetResult(result);

        public override void Fail(Exception reason) => done.TrySetException(reason);
    }
}
