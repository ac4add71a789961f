using Microsoft.Win32.SafeHandles;
using Paxos.Actors.Storage;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.TestKit.Clusters;

namespace Paxos.Actors.Tests.Storage;

public sealed class SnapshotFilesTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("paxos-snapshots-");
    private readonly List<string> damaged = [];
    private readonly ClusterClock time = new();
    private byte[] restored = [];

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(200_000)]
    public void What_was_written_is_restored(int size)
    {
        var files = Files("g");
        files.Write(7, new View(Pattern(size)));
        Assert.Equal(7UL, Load(files));
        Assert.Equal(Pattern(size), restored);
    }

    [Fact]
    public void The_disk_is_given_a_large_one_in_parts()
    {
        const int size = 5 * SnapshotWriter.SyncEvery;
        var lengths = new List<long>();
        var files = Files("g", (handle, path) =>
        {
            if (path.EndsWith(".new", StringComparison.Ordinal))
                lengths.Add(RandomAccess.GetLength(handle));
        });
        files.Write(7, new View(Pattern(size)));
        Assert.All(lengths.Zip(lengths.Skip(1), (before, after) => after - before), part => Assert.InRange(part, 0, SnapshotWriter.SyncEvery + (2 * SnapshotFrame.MaxBytes)));
        Assert.Equal(6, lengths.Count);
        Assert.True(lengths[^1] > size);
    }

    [Fact]
    public void The_two_newest_stay()
    {
        var files = Files("g");
        foreach (var slot in (ulong[])[5, 9, 10, 100])
            files.Write(slot, new View(Pattern((int)slot)));
        Assert.Equal(["g-10.snapshot", "g-100.snapshot"], Names());
        Assert.Equal(100UL, Load(files));
    }

    [Fact]
    public void Groups_whose_names_begin_alike_keep_apart()
    {
        Files("g").Write(1, new View(Pattern(1)));
        Files("g-1").Write(5, new View(Pattern(5)));
        Assert.Equal(1UL, Load(Files("g")));
        Assert.Equal(5UL, Load(Files("g-1")));
        Assert.Equal(0UL, Load(Files("h")));
    }

    [Fact]
    public void Any_changed_or_missing_byte_is_found_and_the_older_one_is_used()
    {
        var files = Files("g");
        files.Write(1, new View(Pattern(10)));
        files.Write(2, new View(Pattern(300)));
        var path = Path.Combine(directory.FullName, "snapshots", "g-2.snapshot");
        var whole = File.ReadAllBytes(path);
        for (var i = 0; i < whole.Length; i += 7)
        {
            var changed = (byte[])whole.Clone();
            changed[i] ^= 1;
            File.WriteAllBytes(path, changed);
            Assert.Equal(1UL, Load(files));
            File.WriteAllBytes(path, whole[..i]);
            Assert.Equal(1UL, Load(files));
        }
        Assert.All(damaged, file => Assert.Equal(path, file));
        Assert.Equal(Pattern(10), restored);
    }

    [Fact]
    public void One_whose_machine_goes_on_when_a_part_could_not_be_written_is_not_kept()
    {
        var fails = true;
        var files = Files("g", (_, path) =>
        {
            if (!path.EndsWith(".new", StringComparison.Ordinal) || !fails)
                return;
            fails = false;
            throw new IOException("The disk failed once.");
        });
        Assert.Throws<IOException>(() => files.Write(1, new Stubborn(Pattern(3 * SnapshotWriter.SyncEvery))));
        Assert.False(fails);
        Assert.Empty(Names());
    }

    private sealed class Stubborn(byte[] bytes) : ISnapshotView
    {
        public void Write(Stream snapshot)
        {
            foreach (var part in bytes.Chunk(1000))
            {
                try
                {
                    snapshot.Write(part);
                }
                catch (IOException)
                {
                }
            }
        }
    }

    [Fact]
    public void One_that_cannot_be_written_leaves_the_old_one()
    {
        var files = Files("g");
        files.Write(1, new View(Pattern(10)));
        Assert.Throws<IOException>(() => files.Write(2, new FullDisk()));
        Assert.Equal(["g-1.snapshot"], Names());
        Assert.Equal(1UL, Load(files));
    }

    [Fact]
    public void What_a_killed_process_left_half_written_goes_and_other_groups_keep_theirs()
    {
        Files("g").Write(1, new View(Pattern(10)));
        var snapshots = Path.Combine(directory.FullName, "snapshots");
        foreach (var name in (string[])["g-2.snapshot.new", "g.incoming", "g-1-2.snapshot", "h-2.snapshot.new", "h.incoming"])
            File.WriteAllText(Path.Combine(snapshots, name), "half");
        Assert.Equal(1UL, Load(Files("g")));
        Assert.Equal(["g-1-2.snapshot", "g-1.snapshot", "h-2.snapshot.new", "h.incoming"], Names());
    }

    [Fact]
    public void One_that_another_node_is_reading_stays_until_that_has_had_time_to()
    {
        var files = Files("g");
        files.Write(1, new View(Pattern(5000)));
        Assert.Equal(1UL, files.Read(0, 0, 1000)!.Value.Slot);
        foreach (var slot in (ulong[])[2, 3, 4])
            files.Write(slot, new View(Pattern((int)slot)));
        Assert.Equal((1UL, 1000UL), files.Read(1, 1000, 1000) is { } piece ? (piece.Slot, piece.Offset) : default);
        Assert.Equal(["g-1.snapshot", "g-3.snapshot", "g-4.snapshot"], Names());
        time.Advance(SnapshotFiles.ServedFor);
        files.Write(5, new View(Pattern(5)));
        Assert.Equal(["g-4.snapshot", "g-5.snapshot"], Names());
    }

    [Fact]
    public async Task One_that_is_being_written_when_the_node_ends_leaves_nothing()
    {
        var files = Files("g");
        files.Write(1, new View(Pattern(10)));
        using var slow = new SlowView();
        var writing = Task.Run(() => files.Write(2, slow));
        slow.Begun.Wait();
        var ending = Task.Run(files.Dispose);
        while (!slow.WasStopped)
            slow.Next.Release();
        await ending;
        await Assert.ThrowsAsync<OperationCanceledException>(() => writing);
        Assert.Throws<OperationCanceledException>(() => files.Write(3, new View(Pattern(10))));
        Assert.Equal(["g-1.snapshot"], Names());
    }

    [Fact]
    public void A_snapshot_goes_to_another_node_in_pieces()
    {
        var files = Files("g");
        files.Write(3, new View(Pattern(200_000)));
        var other = new SnapshotFiles(Path.Combine(directory.FullName, "other"), "c", new GroupId("g"), new NodeId("b"), time);
        var offset = 0UL;
        while (files.Read(offset == 0 ? 0UL : 3UL, offset, 1000) is { } piece)
        {
            Assert.Equal((3UL, offset), (piece.Slot, piece.Offset));
            other.Receive(piece.Offset, piece.Bytes);
            offset += (ulong)piece.Bytes.Length;
        }
        Assert.True(other.Accept(3, Restore, Damaged));
        Assert.Equal(Pattern(200_000), restored);
        Assert.Equal(3UL, Load(other));
    }

    [Fact]
    public void A_snapshot_is_synced_before_it_gets_its_name_and_the_directory_after()
    {
        var synced = new List<string>();
        var files = new SnapshotFiles(Path.Combine(directory.FullName, "snapshots"), "c", new GroupId("g"), new NodeId("a"), time, Sync);
        synced.Clear();
        files.Write(1, new View(Pattern(200_000)));
        Assert.Equal(["g-1.snapshot.new, and there is g-1.snapshot.new", "snapshots, and there is g-1.snapshot"], synced);

        // Another node's.
        var other = Files("h");
        other.Write(7, new View(Pattern(10)));
        var received = new SnapshotFiles(Path.Combine(directory.FullName, "other"), "c", new GroupId("h"), new NodeId("b"), time, Sync);
        synced.Clear();
        received.Receive(0, other.Read(0, 0, 1000)!.Value.Bytes);
        Assert.True(received.Accept(7, Restore, Damaged));
        Assert.Equal(["h.incoming, and there is h.incoming", "other, and there is h-7.snapshot"], synced);

        void Sync(SafeFileHandle handle, string path)
        {
            Assert.False(handle.IsClosed);
            var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
            synced.Add($"{Path.GetFileName(path)}, and there is {string.Join(", ", Directory.GetFiles(folder).Select(file => Path.GetFileName(file)))}");
        }
    }

    [Fact]
    public void Pieces_that_make_no_whole_are_not_accepted()
    {
        var files = Files("g");
        files.Write(3, new View(Pattern(5000)));
        var other = new SnapshotFiles(Path.Combine(directory.FullName, "other"), "c", new GroupId("g"), new NodeId("b"), time);
        other.Receive(0, files.Read(0, 0, 1000)!.Value.Bytes);
        Assert.False(other.Accept(3, Restore, Damaged));
        Assert.Empty(restored);
        // Else it would pass for one of the two that are kept.
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory.FullName, "other"), "*.snapshot"));
        Assert.Equal(0UL, Load(other));
    }

    [Fact]
    public void Another_groups_snapshot_is_not_accepted()
    {
        var files = Files("g");
        files.Write(3, new View(Pattern(50)));
        var other = new SnapshotFiles(Path.Combine(directory.FullName, "other"), "c", new GroupId("h"), new NodeId("b"), time);
        other.Receive(0, files.Read(0, 0, 1000)!.Value.Bytes);
        Assert.False(other.Accept(3, Restore, Damaged));
    }

    private SnapshotFiles Files(string group, DiskSync? sync = null) =>
        new(Path.Combine(directory.FullName, "snapshots"), "c", new GroupId(group), new NodeId("a"), time, sync);

    private ulong Load(SnapshotFiles files) => files.Load(Restore, Damaged);

    private void Restore(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        restored = copy.ToArray();
    }

    private void Damaged(string file, Exception mistake) => damaged.Add(file);

    private string[] Names() => [.. Directory.GetFiles(Path.Combine(directory.FullName, "snapshots")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static byte[] Pattern(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 31 + size))];

    private sealed class View(byte[] bytes) : ISnapshotView
    {
        public void Write(Stream snapshot) => snapshot.Write(bytes);
    }

    private sealed class FullDisk : ISnapshotView
    {
        public void Write(Stream snapshot)
        {
            snapshot.Write(new byte[100_000]);
            throw new IOException("No space is left.");
        }
    }

    // Without an end, piece by piece.
    private sealed class SlowView : ISnapshotView, IDisposable
    {
        public ManualResetEventSlim Begun { get; } = new();

        public SemaphoreSlim Next { get; } = new(0);

        public bool WasStopped { get; private set; }

        public void Write(Stream to)
        {
            Begun.Set();
            try
            {
                while (true)
                {
                    Next.Wait();
                    to.Write(Pattern(1000));
                }
            }
            catch (OperationCanceledException)
            {
                WasStopped = true;
                throw;
            }
        }

        public void Dispose()
        {
            Begun.Dispose();
            Next.Dispose();
        }
    }
}
