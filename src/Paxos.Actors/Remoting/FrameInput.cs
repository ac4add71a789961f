using System.Buffers.Binary;
using Google.Protobuf;

namespace Paxos.Actors.Remoting;

/// <summary>Bytes as they come, and the frames in them: four bytes of length, little-endian, then so many bytes.</summary>
internal sealed class FrameInput(long maxFrameBytes)
{
    public const int HeaderBytes = sizeof(int);

    private const int ChunkBytes = 64 * 1024;

    private byte[] buffer = new byte[ChunkBytes];
    private int start;
    private int end;

    /// <summary>Where the next bytes go; never empty.</summary>
    public Span<byte> Free
    {
        get
        {
            var wanted = end - start >= HeaderBytes && IsFrame(Length) ? HeaderBytes + Length : 0;
            if (wanted > buffer.Length)
                Move(to: new byte[wanted]);
            else if (wanted <= ChunkBytes && buffer.Length > ChunkBytes && end - start <= ChunkBytes)
                Move(to: new byte[ChunkBytes]);
            else if (start == end || end == buffer.Length || start + wanted > buffer.Length)
                Move(to: buffer);
            return buffer.AsSpan(end);
        }
    }

    private int Length => BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(start));

    /// <summary>So many bytes were put into <see cref="Free"/>.</summary>
    public void Advance(int count) => end += count;

    /// <returns>Null: there is none that is whole.</returns>
    /// <exception cref="InvalidDataException">What comes next is no frame; nothing that follows is.</exception>
    public ByteString? Next()
    {
        if (end - start < HeaderBytes)
            return null;
        var length = Length;
        if (!IsFrame(length))
            throw new InvalidDataException($"a frame would have {length} bytes, and has {maxFrameBytes} at most (maximum-frame-size)");
        if (end - start < HeaderBytes + length)
            return null;
        var frame = GC.AllocateUninitializedArray<byte>(length);
        buffer.AsSpan(start + HeaderBytes, length).CopyTo(frame);
        start += HeaderBytes + length;
        return UnsafeByteOperations.UnsafeWrap(frame);
    }

    private bool IsFrame(int length) => length >= 0 && length <= maxFrameBytes;

    private void Move(byte[] to)
    {
        Buffer.BlockCopy(buffer, start, to, 0, end - start);
        (buffer, end, start) = (to, end - start, 0);
    }
}
