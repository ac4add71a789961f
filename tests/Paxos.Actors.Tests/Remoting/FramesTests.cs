using System.Buffers.Binary;
using Google.Protobuf;
using Paxos.Actors.Remoting;

namespace Paxos.Actors.Tests.Remoting;

public sealed class FramesTests
{
    private const int MaxFrameBytes = 1_000_000;

    [Fact]
    public void Frames_come_out_as_they_went_in_however_they_are_cut()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var frames = Enumerable.Range(0, 40).Select(_ => Bytes(random, Size(random))).ToArray();
            var (output, input, next) = (new FrameOutput(), new FrameInput(MaxFrameBytes), 0);
            foreach (var frame in frames)
            {
                output.Add(ByteString.CopyFrom(frame));
                // Some go out together, and each read takes what it likes.
                while (random.Next(3) > 0 && !output.Waiting.IsEmpty)
                    Carry(random.Next(1, 200_000));
            }
            while (!output.Waiting.IsEmpty)
                Carry(random.Next(1, 200_000));
            Assert.Equal(frames.Length, next);

            void Carry(int most)
            {
                var free = input.Free;
                var count = Math.Min(Math.Min(free.Length, most), output.Waiting.Length);
                Assert.True(count > 0, $"seed {seed}: no room for what comes");
                output.Waiting[..count].CopyTo(free);
                output.Advance(count);
                input.Advance(count);
                while (input.Next() is { } frame)
                    Assert.True(frame.Span.SequenceEqual(frames[next++]), $"seed {seed}: frame {next - 1} differs");
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(MaxFrameBytes + 1)]
    public void What_is_no_length_is_refused_before_room_is_made_for_it(int length)
    {
        var input = new FrameInput(MaxFrameBytes);
        BinaryPrimitives.WriteInt32LittleEndian(input.Free, length);
        input.Advance(sizeof(int));
        Assert.Contains("maximum-frame-size", Assert.Throws<InvalidDataException>(() => input.Next()).Message, StringComparison.Ordinal);
    }

    private static int Size(Random random) => random.Next(10) switch
    {
        0 => 0,
        1 => MaxFrameBytes,
        2 => random.Next(60_000, 70_000),
        _ => random.Next(300),
    };

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
