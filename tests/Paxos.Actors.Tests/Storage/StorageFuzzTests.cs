using Paxos.Actors.Storage;
using Paxos.Fuzzing;
using Paxos.Protocol;

namespace Paxos.Actors.Tests.Storage;

/// <summary>Files of a data directory that this program did not write: what they say, or that they are damaged.</summary>
public sealed class StorageFuzzTests : IDisposable
{
    private const int Rounds = 5_000;
    private const int RoundsOnDisk = 500;

    private static readonly SnapshotHeader Header = new("c", new GroupId("g"), new NodeId("a"), 70_000);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("paxos-fuzz-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void Bytes_are_an_identity_to_the_last_bit_or_none()
    {
        var identity = new Identity("paxos", new NodeId("node-a.1"), new Incarnation(UInt128.MaxValue / 7));
        byte[][] valid = [IdentityFile.Encode(identity, isFormed: true), IdentityFile.Encode(identity, isFormed: false)];

        Fuzz.Bytes(
            Rounds,
            valid,
            bytes =>
            {
                var read = IdentityFile.Decode(bytes);
                Assert.Equal(valid.Any(whole => whole.AsSpan().SequenceEqual(bytes)), read is not null);
                return read;
            },
            []);
    }

    [Fact]
    public void Bytes_are_a_number_of_groups_to_the_last_bit_or_refused()
    {
        var path = Path.Combine(directory.FullName, "register-groups");
        var file = new RegisterGroupsFile(directory.FullName, new DurableFile((_, _) => { }));
        file.Write(16);
        var whole = File.ReadAllBytes(path);

        Fuzz.Bytes(
            RoundsOnDisk,
            [whole],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                file.Check(16);
                return bytes.AsSpan().SequenceEqual(whole) ? true : throw new InvalidOperationException("damage was not seen");
            },
            [typeof(PaxosConfigurationException)]);
    }

    [Fact]
    public void Bytes_are_the_header_of_a_snapshot_or_invalid_data()
    {
        var taken = Fuzz.Bytes(
            Rounds,
            [Header.Encode(), (Header with { Slot = 0 }).Encode()],
            bytes => SnapshotHeader.Decode(bytes),
            [typeof(InvalidDataException)],
            header => header.Encode());

        Assert.InRange(taken, 1, Fuzz.Rounds(Rounds) - 1);
    }

    [Fact]
    public void Bytes_are_the_snapshot_that_was_written_or_invalid_data()
    {
        byte[] state = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 7))];
        var valid = new[] { Written(state), Written([]) };

        Fuzz.Bytes(
            Rounds,
            valid,
            bytes =>
            {
                using var reader = new SnapshotReader(new MemoryStream(bytes));
                using var read = new MemoryStream();
                reader.CopyTo(read);
                // Every frame's checksum goes on from the one before: what is taken begins like one of them, to its end.
                Assert.Contains(valid, whole => bytes.AsSpan().StartsWith(whole));
                return read.ToArray();
            },
            [typeof(InvalidDataException)]);
    }

    [Fact]
    public void A_snapshot_that_came_damaged_is_told_and_not_restored()
    {
        var snapshots = Path.Combine(directory.FullName, "snapshots");
        using var files = new SnapshotFiles(snapshots, Header.Cluster, Header.Group, new NodeId("b"), TimeProvider.System);
        var whole = Written([1, 2, 3]);

        var taken = Fuzz.Bytes(
            RoundsOnDisk,
            [whole],
            bytes =>
            {
                var damaged = 0;
                files.Receive(0, bytes);
                var isRestored = files.Accept(Header.Slot, stream => stream.CopyTo(Stream.Null), (_, _) => damaged++);
                Assert.Equal(isRestored ? 0 : 1, damaged);
                Assert.Equal(isRestored, bytes.AsSpan().StartsWith(whole));
                return isRestored;
            },
            []);

        Assert.Equal(Fuzz.Rounds(RoundsOnDisk), taken);
    }

    [Fact]
    public void A_snapshot_of_a_peer_that_is_whole_and_no_state_is_not_kept()
    {
        var snapshots = Path.Combine(directory.FullName, "snapshots");
        using var files = new SnapshotFiles(snapshots, Header.Cluster, Header.Group, new NodeId("b"), TimeProvider.System);
        files.Receive(0, Written([1, 2, 3]));

        Assert.Throws<InvalidDataException>(() => files.Accept(Header.Slot, _ => throw new InvalidDataException("another version's"), (_, _) => { }));

        // The node comes back with what it had, and not with this again.
        Assert.Equal(0UL, files.Load(_ => throw new InvalidDataException("another version's"), (_, _) => { }));
    }

    private static byte[] Written(byte[] state)
    {
        using var file = new MemoryStream();
        using (var writer = new SnapshotWriter(file, Header, () => { }, CancellationToken.None))
        {
            writer.Write(state);
            writer.Complete();
        }
        return file.ToArray();
    }
}
