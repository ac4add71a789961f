using System.Diagnostics.CodeAnalysis;
using Akka.Configuration;
using Akka.Dispatch;

namespace Paxos.Actors.Remoting;

/// <summary>The executor of a dispatcher, by its name in HOCON: one thread of its own, which sleeps while there is nothing to do.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Akka makes it, by the name in reference.conf.")]
internal sealed class OneThreadExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new Service(id);

    private sealed class Service : ExecutorService
    {
        private readonly Queue<IRunnable> waiting = new();
        private bool isShutDown;

        public Service(string id)
            : base(id) => new Thread(Work) { IsBackground = true, Name = id }.UnsafeStart();

        public override void Execute(IRunnable run)
        {
            lock (waiting)
            {
                if (isShutDown)
                    throw new RejectedExecutionException($"The thread of {Id} has ended.");
                waiting.Enqueue(run);
                Monitor.Pulse(waiting);
            }
        }

        public override void Shutdown()
        {
            lock (waiting)
            {
                isShutDown = true;
                Monitor.Pulse(waiting);
            }
        }

        private void Work()
        {
            while (Next() is { } next)
                next.Run();
        }

        // What came before the end is done.
        private IRunnable? Next()
        {
            lock (waiting)
            {
                while (waiting.Count == 0)
                {
                    if (isShutDown)
                        return null;
                    Monitor.Wait(waiting);
                }
                return waiting.Dequeue();
            }
        }
    }
}
