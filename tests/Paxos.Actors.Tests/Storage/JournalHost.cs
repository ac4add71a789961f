using System.Collections;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Serialization;
using Paxos.Actors.Storage;

namespace Paxos.Actors.Tests.Storage;

/// <summary>An actor system whose persistent actors keep strings in a journal on a file.</summary>
internal sealed class JournalHost : IAsyncDisposable
{
    public const string OfAkka = "paxos.journal";
    public const string OfOurs = "paxos.sqlite-journal";

    // The first write of a process pays for all that is loaded and compiled for it.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly ActorSystem system;

    /// <param name="more">HOCON above the defaults.</param>
    public JournalHost(string plugin, string file, string more = "") => system = ActorSystem.Create("journal", ConfigurationFactory.ParseString($$"""
        {{more}}
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.persistence.journal.plugin = "{{plugin}}"
        {{plugin}}.connection-string = "{{SqliteFiles.ConnectionString(file)}}"
        {{plugin}}.auto-initialize = on
        akka.actor.serializers.refuse = "Paxos.Actors.Tests.Storage.UnwritableSerializer, Paxos.Actors.Tests"
        akka.actor.serialization-bindings."Paxos.Actors.Tests.Storage.Unwritable, Paxos.Actors.Tests" = refuse
        """).WithFallback(PaxosExtension.DefaultConfig()));

    public IActorRef Journal => Persistence.Instance.Apply(system).JournalFor(null);

    /// <summary>Something that takes what the journal answers.</summary>
    public Inbox NewInbox() => Inbox.Create(system);

    /// <summary>The journal does nothing until this is disposed: what is sent meanwhile stands in its mailbox.</summary>
    public IDisposable Held()
    {
        var held = new Hold();
        Journal.Tell(new WriteMessages(held, ActorRefs.Nobody, 1));
        return held;
    }

    /// <summary>One atomic write, by an actor that has read its records before.</summary>
    public async Task WriteAsync(string id, params object[] events)
    {
        var actor = Actor(id);
        if (await actor.Ask<object>(events, Bound) is Status.Failure failure)
            throw failure.Cause;
        await actor.GracefulStop(Bound);
    }

    public async Task DeleteAsync(string id, long to)
    {
        var actor = Actor(id);
        await actor.Ask<DeleteMessagesSuccess>(to, Bound);
        await actor.GracefulStop(Bound);
    }

    /// <summary>What an actor reads back, each "NUMBER EVENT", and behind that the number of its last write.</summary>
    public async Task<string> ReadAsync(string id)
    {
        var actor = Actor(id);
        var read = await actor.Ask<string>("read", Bound);
        await actor.GracefulStop(Bound);
        return read;
    }

    public async ValueTask DisposeAsync() => await system.Terminate();

    private IActorRef Actor(string id) => system.ActorOf(Props.Create(() => new Writer(id)));

    // A write of nothing, that does not say so before it may.
    private sealed class Hold : IEnumerable<IPersistentEnvelope>, IDisposable
    {
        private readonly ManualResetEventSlim released = new();

        public IEnumerator<IPersistentEnvelope> GetEnumerator()
        {
            released.Wait();
            return Enumerable.Empty<IPersistentEnvelope>().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose() => released.Set();
    }

    private sealed class Writer : UntypedPersistentActor
    {
        private readonly List<string> read = [];

        public Writer(string id) => PersistenceId = id;

        public override string PersistenceId { get; }

        protected override void OnRecover(object message)
        {
            if (message is string)
                read.Add($"{LastSequenceNr} {message}");
        }

        protected override void OnCommand(object message)
        {
            var asking = Sender;
            switch (message)
            {
                case object[] events:
                    var left = events.Length;
                    PersistAll(events, _ =>
                    {
                        if (--left == 0)
                            asking.Tell(new Status.Success(null!));
                    });
                    break;
                case long to:
                    DeleteMessages(to);
                    Become(answer =>
                    {
                        asking.Tell(answer);
                        return true;
                    });
                    break;
                default:
                    Sender.Tell(string.Join(", ", [.. read, $"last {LastSequenceNr}"]));
                    break;
            }
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Sender.Tell(new Status.Failure(cause));

        protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Sender.Tell(new Status.Failure(cause));
    }
}

/// <summary>An event that no serializer takes.</summary>
public sealed record Unwritable;

/// <summary>Takes none. Not the one that counts, since other specs say that it has counted nothing.</summary>
public sealed class UnwritableSerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override int Identifier => 19900;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => throw new InvalidOperationException($"A {obj.GetType()} cannot be written.");

    public override object FromBinary(byte[] bytes, Type type) => throw new NotSupportedException("None was written.");
}
