using System.Globalization;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Storage;

/// <summary>A piece of a snapshot's file, for another node.</summary>
internal readonly record struct SnapshotPiece(ulong Slot, ulong Offset, ulong Total, byte[] Bytes);

/// <summary>
/// The snapshots of one group: a file each, whole or not there. The two newest are kept, and one that another node is reading.
/// What is in a file is checked before it is used.
/// </summary>
internal sealed class SnapshotFiles : IDisposable
{
    /// <summary>So long after its last piece was asked for nobody is reading a snapshot any more.</summary>
    public static readonly TimeSpan ServedFor = TimeSpan.FromMinutes(1);

    private const int Kept = 2;
    private const string Extension = ".snapshot";
    private const string Unfinished = ".new";

    private readonly string directory;
    private readonly string cluster;
    private readonly GroupId group;
    private readonly NodeId node;
    private readonly DurableFile files;
    private readonly string incoming;
    private readonly Lock writing = new();
    private readonly CancellationTokenSource closing = new();
    private readonly CancellationToken closed;
    private readonly TimeProvider time;

    // The one of which a piece was asked for last, and when. Read and written by threads of their own.
    private volatile Served? served;

    public SnapshotFiles(string directory, string cluster, GroupId group, NodeId node, TimeProvider time, DiskSync? sync = null)
    {
        files = new DurableFile(sync);
        this.time = time;
        this.directory = directory;
        this.cluster = cluster;
        this.group = group;
        this.node = node;
        closed = closing.Token;
        incoming = Path.Combine(directory, $"{group}.incoming");
        Directory.CreateDirectory(directory);
        // A process that was killed while it wrote or received one.
        File.Delete(incoming);
        foreach (var unfinished in Directory.EnumerateFiles(directory, $"{group}-*{Extension}{Unfinished}"))
            File.Delete(unfinished);
    }

    /// <summary>Makes the directory of all groups' snapshots, durably. Once for them all: it is a sync.</summary>
    public static void Prepare(string directory)
    {
        Directory.CreateDirectory(directory);
        new DurableFile().SyncDirectory(Path.GetDirectoryName(directory)!);
    }

    /// <summary>Which files are the group's, for whoever has to remove them.</summary>
    public string Pattern => Path.Combine(directory, $"{group}-*{Extension}");

    /// <summary>
    /// Writes the view and makes it durable; then the oldest go. Called by any thread, also beside the write of a learner that
    /// has been stopped since: one comes after the other.
    /// </summary>
    /// <returns>The size of the file, in bytes.</returns>
    /// <exception cref="OperationCanceledException">The node ends.</exception>
    public long Write(ulong slot, ISnapshotView view)
    {
        lock (writing)
            return WriteNext(slot, view);
    }

    /// <summary>The node ends: a write that is under way leaves nothing, and behind this there is none.</summary>
    public void Dispose()
    {
        closing.Cancel();
        lock (writing)
            closing.Dispose();
    }

    private long WriteNext(ulong slot, ISnapshotView view)
    {
        closed.ThrowIfCancellationRequested();
        long size;
        var path = PathOf(slot);
        var next = path + Unfinished;
        try
        {
            using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
            using (var stream = new SnapshotWriter(file, new SnapshotHeader(cluster, group, node, slot), () => files.Sync(file.SafeFileHandle, next), closed))
            {
                view.Write(stream);
                stream.Complete();
                file.Flush();
                size = file.Length;
                files.Publish(file.SafeFileHandle, next, path);
            }
        }
        catch
        {
            File.Delete(next);
            throw;
        }
        foreach (var old in Slots().Skip(Kept))
        {
            if (served is not { } last || last.Slot != old || time.GetElapsedTime(last.At) >= ServedFor)
                File.Delete(PathOf(old));
        }
        return size;
    }

    /// <summary>Restores the newest snapshot that is whole. Returns its slot; 0: there is none.</summary>
    /// <param name="damaged">Told of each newer one that is not.</param>
    public ulong Load(Action<Stream> restore, Action<string, Exception> damaged)
    {
        foreach (var slot in Slots())
        {
            if (TryRestore(slot, restore, damaged))
                return slot;
        }
        return 0;
    }

    /// <summary>In bytes; 0: there is none of this slot.</summary>
    public long SizeOf(ulong slot) => new FileInfo(PathOf(slot)) is { Exists: true } file ? file.Length : 0;

    /// <summary>A piece of the newest snapshot, or of this slot's while it is there; null: none, or not so long.</summary>
    public SnapshotPiece? Read(ulong slot, ulong offset, int maxBytes)
    {
        var slots = Slots();
        if (slots.Count == 0)
            return null;
        if (!slots.Contains(slot))
            (slot, offset) = (slots[0], 0);
        served = new Served(slot, time.GetTimestamp());
        try
        {
            using var file = File.OpenHandle(PathOf(slot));
            var total = (ulong)RandomAccess.GetLength(file);
            if (offset >= total)
                return null;
            var bytes = new byte[Math.Min((ulong)maxBytes, total - offset)];
            return RandomAccess.Read(file, bytes, (long)offset) == bytes.Length ? new SnapshotPiece(slot, offset, total, bytes) : null;
        }
        catch (IOException)
        {
            // Replaced by a newer one meanwhile: it is asked for again.
            return null;
        }
    }

    /// <summary>Keeps a piece of another node's snapshot.</summary>
    public void Receive(ulong offset, ReadOnlySpan<byte> bytes)
    {
        using var file = File.OpenHandle(incoming, offset == 0 ? FileMode.Create : FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, bytes, (long)offset);
        if (offset / SnapshotWriter.SyncEvery != (offset + (ulong)bytes.Length) / SnapshotWriter.SyncEvery)
            files.Sync(file, incoming);
    }

    /// <summary>The last piece is here: makes the whole durable, if it is one, and restores it. Where that throws, it is gone.</summary>
    public bool Accept(ulong slot, Action<Stream> restore, Action<string, Exception> damaged)
    {
        if (Mistake(incoming, slot) is { } mistake)
        {
            damaged(incoming, mistake);
            return false;
        }
        using (var file = File.OpenHandle(incoming, FileMode.Open, FileAccess.ReadWrite))
            files.Publish(file, incoming, PathOf(slot));
        try
        {
            return TryRestore(slot, restore, damaged);
        }
        catch
        {
            // Whole, and yet no state of this machine: it must not be what this node begins with from now on.
            File.Delete(PathOf(slot));
            throw;
        }
    }

    // Read once to be checked and once to be used: a state must not be half replaced when the damage is found.
    private bool TryRestore(ulong slot, Action<Stream> restore, Action<string, Exception> damaged)
    {
        var path = PathOf(slot);
        if (Mistake(path, slot) is { } mistake)
        {
            damaged(path, mistake);
            return false;
        }
        using var stream = new SnapshotReader(Open(path));
        restore(stream);
        return true;
    }

    private Exception? Mistake(string path, ulong slot)
    {
        try
        {
            using var stream = new SnapshotReader(Open(path));
            if (stream.Header.Cluster != cluster || stream.Header.Group != group || stream.Header.Slot != slot)
                return new InvalidDataException($"it is of slot {stream.Header.Slot} of group '{stream.Header.Group}' of cluster '{stream.Header.Cluster}'");
            stream.CopyTo(Stream.Null);
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    private string PathOf(ulong slot) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{group}-{slot}{Extension}"));

    // The newest first.
    private List<ulong> Slots()
    {
        var prefix = $"{group}-";
        var slots = new List<ulong>();
        foreach (var path in Directory.EnumerateFiles(directory, Path.GetFileName(Pattern)))
        {
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path)[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var slot))
                slots.Add(slot);
        }
        slots.Sort((one, other) => other.CompareTo(one));
        return slots;
    }

    private sealed record Served(ulong Slot, long At);
}
