using System.Diagnostics.CodeAnalysis;
using Akka.Configuration;
using Akka.Dispatch;

namespace Paxos.Actors.Remoting;

/// <summary>
/// The executor of a dispatcher, by its name in HOCON: what an actor tells is done on its own thread, after it, in place of waking
/// another one (<see cref="Chain"/>). What is told from outside goes to the thread pool. Where the dispatcher says last = on, its
/// actors wait for a disk, and until nothing else is left to do (<see cref="LastTurns"/>).
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Akka makes it, by the name in the configuration.")]
internal sealed class ChainExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => Config.GetBoolean("last") ? new LastService(id) : new Service(id);

    private sealed class Service(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            if (Chain.Current?.TryAdd(run) != true)
                Chain.Start(run);
        }

        public override void Shutdown()
        {
        }
    }

    private sealed class LastService(string id) : ExecutorService(id)
    {
        private readonly LastTurns turns = new(id);

        public override void Execute(IRunnable run) => turns.Add(run);

        public override void Shutdown() => turns.End();
    }
}
