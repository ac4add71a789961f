using Akka.Actor;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>A log that this node hosts: its group, its machine, and where calls for it come in.</summary>
internal sealed class LogGroup : IDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource<IActorRef> client = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LogGroup(GroupId group, Func<IStateMachine> newMachine)
    {
        Group = group;
        NewMachine = newMachine;
        Ended = ending.Token;
    }

    public GroupId Group { get; }

    public Func<IStateMachine> NewMachine { get; }

    public LogBoard Board { get; } = new();

    /// <summary>The actor that takes <see cref="LogCommand"/> and <see cref="LogRead"/>, from any thread.</summary>
    public Task<IActorRef> Client => client.Task;

    public void Open(IActorRef actor) => client.TrySetResult(actor);

    /// <summary>Nobody takes calls any more: the actor system ends.</summary>
    public CancellationToken Ended { get; }

    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
    }
}
