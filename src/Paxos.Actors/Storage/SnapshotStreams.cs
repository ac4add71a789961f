using System.Buffers.Binary;
using System.IO.Hashing;
using Paxos.Protocol;

namespace Paxos.Actors.Storage;

/// <summary>Whose state a snapshot holds, and after which slot.</summary>
/// <param name="Node">Who wrote it: a node may have another's.</param>
internal sealed record SnapshotHeader(string Cluster, GroupId Group, NodeId Node, ulong Slot)
{
    public byte[] Encode()
    {
        var writer = new CanonicalWriter();
        writer.Text("paxos snapshot, format 1");
        writer.Text(Cluster);
        writer.Text(Group.ToString());
        writer.Node(Node);
        writer.Number(Slot);
        return writer.Written.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no header.</exception>
    public static SnapshotHeader Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new CanonicalReader(bytes);
            return reader.Text() is "paxos snapshot, format 1"
                ? new SnapshotHeader(reader.Text(), new GroupId(reader.Text()), reader.Node(), reader.Number())
                : throw new InvalidDataException("its first bytes are not those of a snapshot");
        }
        catch (FormatException e)
        {
            throw new InvalidDataException("its header makes no sense", e);
        }
    }
}

/// <summary>
/// The file of a snapshot is a row of frames, each its length, a checksum and its bytes: the header, the state, and at the end
/// an empty one. The checksum goes on from the frame before, so that none can be left out, doubled or moved.
/// </summary>
internal static class SnapshotFrame
{
    public const int MaxBytes = 64 * 1024;
    public const int PrefixSize = sizeof(uint) + sizeof(ulong);

    public static ulong Checksum(ulong before, ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes, unchecked((long)(before + (ulong)bytes.Length)));
}

/// <summary>What a machine writes its state to.</summary>
internal sealed class SnapshotWriter : Stream
{
    /// <summary>
    /// The disk is given a snapshot in parts of so many bytes. Else the system hands it on as a whole when it likes, and whoever syncs
    /// a file of his own meanwhile, as the journal does, waits for all of it.
    /// </summary>
    public const int SyncEvery = 1024 * 1024;

    private readonly Stream file;
    private readonly Action sync;
    private readonly CancellationToken cancelled;
    private readonly byte[] frame = new byte[SnapshotFrame.PrefixSize + SnapshotFrame.MaxBytes];
    private int used;
    private int unsynced;

    // A part could not be written. Whoever goes on all the same must not come to an end.
    private bool isBroken;
    private ulong checksum;

    /// <param name="sync">Waits until what was written to the file is on the disk.</param>
    /// <param name="cancelled">Then no more is written: an <see cref="OperationCanceledException"/> says so to the machine.</param>
    public SnapshotWriter(Stream file, SnapshotHeader header, Action sync, CancellationToken cancelled)
    {
        this.file = file;
        this.sync = sync;
        this.cancelled = cancelled;
        Write(header.Encode());
        Flush();
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The state is all written.</summary>
    public void Complete()
    {
        Flush();
        WriteFrame();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var part = buffer[..Math.Min(buffer.Length, SnapshotFrame.MaxBytes - used)];
            part.CopyTo(frame.AsSpan(SnapshotFrame.PrefixSize + used));
            used += part.Length;
            buffer = buffer[part.Length..];
            if (used == SnapshotFrame.MaxBytes)
                WriteFrame();
        }
    }

    public override void Flush()
    {
        if (used > 0)
            WriteFrame();
    }

    private void WriteFrame()
    {
        cancelled.ThrowIfCancellationRequested();
        if (isBroken)
            throw new IOException("A part of the snapshot could not be written.");
        isBroken = true;
        var whole = frame.AsSpan(0, SnapshotFrame.PrefixSize + used);
        checksum = SnapshotFrame.Checksum(checksum, whole[SnapshotFrame.PrefixSize..]);
        BinaryPrimitives.WriteUInt32BigEndian(whole, (uint)used);
        BinaryPrimitives.WriteUInt64BigEndian(whole[sizeof(uint)..], checksum);
        file.Write(whole);
        used = 0;
        unsynced += whole.Length;
        if (unsynced >= SyncEvery)
        {
            file.Flush();
            sync();
            unsynced = 0;
        }
        isBroken = false;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>Reads what a <see cref="SnapshotWriter"/> wrote, and throws <see cref="InvalidDataException"/> where it did not.</summary>
internal sealed class SnapshotReader : Stream
{
    private readonly Stream file;
    private readonly byte[] prefix = new byte[SnapshotFrame.PrefixSize];
    private readonly byte[] frame = new byte[SnapshotFrame.MaxBytes];
    private int length;
    private int position;
    private ulong checksum;
    private bool isAtEnd;

    /// <param name="file">Is closed with it.</param>
    public SnapshotReader(Stream file)
    {
        this.file = file;
        try
        {
            ReadFrame();
            Header = SnapshotHeader.Decode(frame.AsSpan(0, length));
            position = length;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public SnapshotHeader Header { get; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (position == length && !isAtEnd)
            ReadFrame();
        var count = Math.Min(buffer.Length, length - position);
        frame.AsSpan(position, count).CopyTo(buffer);
        position += count;
        return count;
    }

    private void ReadFrame()
    {
        if (file.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
            throw new InvalidDataException("it ends too soon");
        var size = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (size > SnapshotFrame.MaxBytes)
            throw new InvalidDataException($"a part of {size} bytes is longer than any");
        length = (int)size;
        position = 0;
        if (file.ReadAtLeast(frame.AsSpan(0, length), length, throwOnEndOfStream: false) < length)
            throw new InvalidDataException("it ends too soon");
        checksum = SnapshotFrame.Checksum(checksum, frame.AsSpan(0, length));
        if (checksum != BinaryPrimitives.ReadUInt64BigEndian(prefix.AsSpan(sizeof(uint))))
            throw new InvalidDataException("a checksum does not match");
        isAtEnd = length == 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    public override void Flush() { }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
