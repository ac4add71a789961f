using Akka.Dispatch;

namespace Paxos.Actors.Tests.Remoting;

/// <summary>What stands for an actor's turn in a chain.</summary>
internal sealed class Turn(Action action) : IRunnable
{
    public void Run() => action();

    public void Execute() => action();
}
