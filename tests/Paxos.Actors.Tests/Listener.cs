using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace Paxos.Actors.Tests;

/// <summary>Keeps what an actor system logs.</summary>
internal static class Listener
{
    public static void Begin(ActorSystem system, ConcurrentBag<LogEvent> heard) =>
        system.EventStream.Subscribe(system.ActorOf(Ear.Props(heard)), typeof(LogEvent));

    private sealed class Ear : UntypedActor
    {
        private readonly ConcurrentBag<LogEvent> heard;

        public Ear(ConcurrentBag<LogEvent> heard) => this.heard = heard;

        public static Props Props(ConcurrentBag<LogEvent> heard) => Akka.Actor.Props.Create(() => new Ear(heard));

        protected override void OnReceive(object message)
        {
            if (message is LogEvent entry)
                heard.Add(entry);
        }
    }
}
