using System.Buffers.Binary;
using Google.Protobuf;

namespace Paxos.Actors.Remoting;

/// <summary>Frames that are to be sent, as <see cref="FrameInput"/> takes them.</summary>
internal sealed class FrameOutput
{
    private const int KeptBytes = 64 * 1024;

    private byte[] buffer = new byte[KeptBytes];
    private int start;
    private int end;

    /// <summary>What is not sent yet.</summary>
    public ReadOnlySpan<byte> Waiting => buffer.AsSpan(start, end - start);

    public void Add(ByteString frame)
    {
        var bytes = FrameInput.HeaderBytes + frame.Length;
        if (end + bytes > buffer.Length)
        {
            var needed = end - start + bytes;
            var target = needed > buffer.Length ? GC.AllocateUninitializedArray<byte>(Math.Max(needed, buffer.Length * 2)) : buffer;
            Buffer.BlockCopy(buffer, start, target, 0, end - start);
            (buffer, end, start) = (target, end - start, 0);
        }
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(end), frame.Length);
        frame.Span.CopyTo(buffer.AsSpan(end + FrameInput.HeaderBytes));
        end += bytes;
    }

    /// <summary>So many bytes of <see cref="Waiting"/> are sent.</summary>
    public void Advance(int count)
    {
        start += count;
        if (start < end)
            return;
        start = end = 0;
        // A burst is not paid for until the end of time.
        if (buffer.Length > 16 * KeptBytes)
            buffer = new byte[KeptBytes];
    }
}
