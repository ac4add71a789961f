using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Serialization;

namespace Paxos.Actors.Tests;

/// <summary>
/// In the place of JSON: a message of ours without a serializer of its own is counted and not sent. Messages inside of Akka's
/// own modules pass as they are: some of them can't be serialized at all.
/// </summary>
public sealed class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
{
    private static readonly ConcurrentDictionary<long, object> Passing = new();
    private static long LastKey;
    private static int RefusedSoFar;

    public static int Refused => Volatile.Read(ref RefusedSoFar);

    public override int Identifier => 19899;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj)
    {
        if (obj.GetType().FullName!.StartsWith("Paxos.", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref RefusedSoFar);
            throw new InvalidOperationException($"{obj.GetType()} has no serializer of its own.");
        }
        var key = Interlocked.Increment(ref LastKey);
        Passing[key] = obj;
        return BitConverter.GetBytes(key);
    }

    public override object FromBinary(byte[] bytes, Type type)
    {
        Passing.TryRemove(BitConverter.ToInt64(bytes), out var obj);
        return obj!;
    }
}
