using System.Diagnostics.CodeAnalysis;
using Akka.Configuration;
using Akka.Dispatch;

namespace Paxos.Actors.Remoting;

/// <summary>
/// The executor of a dispatcher, by its name in HOCON: what an actor tells is done on its own thread, after it, in place of waking
/// another one (<see cref="Chain"/>). What is told from outside goes to the thread pool. Where the dispatcher says last = on, its
/// actors wait until nothing else is left to do.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Akka makes it, by the name in the configuration.")]
internal sealed class ChainExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    private readonly bool isLast = config.GetBoolean("last");

    public override ExecutorService Produce(string id) => new Service(id, isLast);

    private sealed class Service(string id, bool isLast) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            if (Chain.Current?.TryAdd(run, isLast) != true)
                Chain.Start(run);
        }

        public override void Shutdown()
        {
        }
    }
}
