using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>A question to a machine, from outside the actors. It stays in the process, so that it needs no form in bytes.</summary>
internal abstract class Question
{
    /// <summary>Answers it. Called by the learner, which owns the machine.</summary>
    public abstract void Ask(Replica replica);

    public abstract void Fail(Exception reason);
}

internal sealed class Question<TAnswer>(Func<IStateMachine, TAnswer> question) : Question
{
    private readonly TaskCompletionSource<TAnswer> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TAnswer> Answered => done.Task;

    public override void Ask(Replica replica)
    {
        try
        {
            done.TrySetResult(replica.Query(question));
        }
        catch (Exception e)
        {
            // Whoever asks is told what the question threw.
            done.TrySetException(e);
        }
    }

    public override void Fail(Exception reason) => done.TrySetException(reason);
}
