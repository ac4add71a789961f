using System.Buffers.Binary;

namespace Paxos.Node.Bench;

/// <summary>The values that a run writes. Where they are watched each begins with the run's number and the time at which its write began.</summary>
internal sealed class BenchValues
{
    /// <summary>A value that is watched has so many at least.</summary>
    public const int StampBytes = 2 * sizeof(long);

    private readonly long run = Random.Shared.NextInt64();
    private readonly byte[] plain;
    private readonly bool isStamped;

    public BenchValues(int sizeBytes, bool isStamped)
    {
        plain = new byte[sizeBytes];
        // Of a decision it is text.
        plain.AsSpan().Fill((byte)'x');
        this.isStamped = isStamped;
    }

    public int SizeBytes => plain.Length;

    /// <param name="started">The write's timestamp.</param>
    public byte[] Next(long started)
    {
        if (!isStamped)
            return plain;
        var value = plain.AsSpan().ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(value, run);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(sizeof(long)), started);
        return value;
    }

    /// <summary>When the write of this value began; null: it is another run's.</summary>
    public long? StartedAt(ReadOnlySpan<byte> value) =>
        value.Length >= StampBytes && BinaryPrimitives.ReadInt64LittleEndian(value) == run ? BinaryPrimitives.ReadInt64LittleEndian(value[sizeof(long)..]) : null;
}
