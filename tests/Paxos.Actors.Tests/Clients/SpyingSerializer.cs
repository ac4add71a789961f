using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Serialization;
using Paxos.Actors.Clients;
using Paxos.Actors.Wire;

namespace Paxos.Actors.Tests;

/// <summary>In the place of our serializer, which it calls: it keeps how many calls each message of an actor system had, sent and got.</summary>
public sealed class SpyingSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const string Setting = "akka.actor.serializers.paxos = \"Paxos.Actors.Tests.SpyingSerializer, Paxos.Actors.Tests\"";

    private static readonly ConditionalWeakTable<ActorSystem, Seen> All = [];

    private readonly PaxosSerializer inner = new(system);
    private readonly Seen seen = Of(system);

    public override int Identifier => 19901;

    public static Seen Of(ActorSystem system) => All.GetOrCreateValue(system);

    public override string Manifest(object o) => inner.Manifest(o);

    public override byte[] ToBinary(object obj)
    {
        if (obj is Calls { Content.Items.Count: > 0 } calls)
            seen.Sent.Enqueue(calls.Content.Items.Count);
        return inner.ToBinary(obj);
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var message = inner.FromBinary(bytes, manifest);
        if (message is Calls { Content.Items.Count: > 0 } calls)
            seen.Got.Enqueue(calls.Content.Items.Count);
        return message;
    }

    /// <summary>The messages that had calls, each as their number.</summary>
    public sealed class Seen
    {
        public ConcurrentQueue<int> Sent { get; } = [];

        public ConcurrentQueue<int> Got { get; } = [];
    }
}
