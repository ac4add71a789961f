using Paxos.Fuzzing;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;
using Paxos.Protocol.Tests.Log;

namespace Paxos.Protocol.Tests;

/// <summary>Snapshots that no replica wrote: a state, or one of the two exceptions that say so, and never memory for what is not there.</summary>
public sealed class SnapshotFuzzTests
{
    private const int Rounds = 2_000;

    private static readonly Type[] Refusals = [typeof(InvalidDataException), typeof(EndOfStreamException)];

    [Fact]
    public void Bytes_are_a_replica_or_are_refused()
    {
        var written = new ReplicaRig();
        written.At(10, new Command.Open(9), new Command.Open(10));
        written.At(20, ReplicaRig.Write(1, 1, "color"), ReplicaRig.Write(1, 2, "size", ttlMs: 5000), ReplicaRig.Write(2, 3, "size"));
        written.At(30, new Command.Keyed("key", ReplicaRig.Put("by-key", "v")));
        written.Apply(Entry.Of(new Configuration(2, [new Member(new NodeId("a"), new Incarnation(7))], [])));

        Check([new ReplicaRig().Snapshot(), written.Snapshot()], snapshot =>
        {
            var read = new ReplicaRig();
            using var stream = new MemoryStream(snapshot);
            read.Replica.Restore(stream);
            return read.Snapshot();
        });
    }

    [Fact]
    public void Bytes_are_registers_or_are_refused()
    {
        var written = new ReplicaRig();
        written.At(10, new Command.Open(9));
        for (var i = 1UL; i < 20; i++)
            written.At(10 + i, ReplicaRig.Write(1, i, $"key/{i}", ttlMs: i % 2 == 0 ? 5000 + i : null));
        var store = new RegisterStore();
        store.Apply(new Context(1, 1, 1, 0, 0, 0), ReplicaRig.Put("k", "v"), new Nobody());

        Check([Written(new RegisterStore()), Written(store), written.Replica.Query(machine => Written((RegisterStore)machine))], snapshot =>
        {
            var read = new RegisterStore();
            using var stream = new MemoryStream(snapshot);
            read.Restore(stream);
            return Written(read);
        });
    }

    [Theory]
    [InlineData(0x7FFFFFFF)]
    [InlineData(0x40000000)]
    public void A_frame_that_says_it_is_longer_than_the_stream_takes_no_memory(int length)
    {
        byte[] snapshot = [.. BitConverter.GetBytes(length), 1, 2, 3];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<EndOfStreamException>(() => new ReplicaRig().Restore(snapshot));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Fuzz.BytesOfItsOwn);
    }

    [Fact]
    public void A_register_that_is_there_twice_is_no_snapshot()
    {
        // Revision 1, two registers; then two times k = "", version 1, due at 5.
        byte[] twice = [2, 0, 0, 0, 1, 2, 10, 0, 0, 0, 1, (byte)'k', 0, 1, 5, 1, (byte)'k', 0, 1, 5];
        using var stream = new MemoryStream(twice);

        Assert.Throws<InvalidDataException>(() => new RegisterStore().Restore(stream));
    }

    private static void Check(byte[][] valid, Func<byte[], byte[]> restored)
    {
        var taken = Fuzz.Bytes(Rounds, valid, restored, Refusals, written => written);

        Assert.InRange(taken, Fuzz.Rounds(Rounds) / 100, Fuzz.Rounds(Rounds) - 1);
    }

    private static byte[] Written(RegisterStore store)
    {
        using var stream = new MemoryStream();
        store.Freeze().Write(stream);
        return stream.ToArray();
    }

    private sealed class Nobody : IOutput
    {
        public void Result(Value value) { }

        public void Notify(string topic, Value notification) { }
    }
}
