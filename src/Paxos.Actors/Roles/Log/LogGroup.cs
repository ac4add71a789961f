using Akka.Actor;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Roles.Log;

/// <summary>A log that this node hosts: its group, its machine, and where calls for it come in.</summary>
internal sealed class LogGroup(GroupId group, Func<IStateMachine> newMachine)
{
    private readonly TaskCompletionSource<IActorRef> client = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GroupId Group { get; } = group;

    public Func<IStateMachine> NewMachine { get; } = newMachine;

    public LogBoard Board { get; } = new();

    /// <summary>The actor that takes <see cref="LogCommand"/> and <see cref="LogRead"/>, from any thread.</summary>
    public Task<IActorRef> Client => client.Task;

    public void Open(IActorRef actor) => client.TrySetResult(actor);
}
