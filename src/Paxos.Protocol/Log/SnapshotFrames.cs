// A Stream is how a snapshot is handed over; whose it is, a file or memory, is the host's affair.
#pragma warning disable RS0030
using System.Buffers.Binary;

namespace Paxos.Protocol.Log;

/// <summary>A snapshot is written in frames, a length and so many bytes, so that neither side holds all of it at once.</summary>
internal static class SnapshotFrames
{
    /// <summary>A frame is closed when it has more bytes than this.</summary>
    public const int FrameBytes = 64 * 1024;

    /// <summary>Writes what the writer holds as one frame and empties it.</summary>
    public static void Write(Stream stream, CanonicalWriter writer)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, writer.Written.Length);
        stream.Write(length);
        stream.Write(writer.Written);
        writer.Clear();
    }

    /// <exception cref="InvalidDataException">No frame begins here.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within the frame.</exception>
    public static byte[] Read(Stream stream)
    {
        Span<byte> length = stackalloc byte[4];
        stream.ReadExactly(length);
        var size = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (size < 0)
            throw new InvalidDataException("The snapshot holds a frame of negative length.");
        // Grown by what is there: a damaged length must not ask for memory that the stream has no bytes for.
        var bytes = new byte[Math.Min(size, 2 * FrameBytes)];
        for (var read = 0; ;)
        {
            stream.ReadExactly(bytes.AsSpan(read));
            if (bytes.Length == size)
                return bytes;
            read = bytes.Length;
            Array.Resize(ref bytes, (int)Math.Min(size, 2L * read));
        }
    }
}
