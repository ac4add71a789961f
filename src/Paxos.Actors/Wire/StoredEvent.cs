using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Google.Protobuf;

namespace Paxos.Actors.Wire;

/// <summary>
/// An event as it stands in the journal: encoded before it is handed to the journal, so that no serializer can reject it
/// later, behind a checksum that also covers whose event it is.
/// </summary>
internal sealed record StoredEvent(string Manifest, byte[] Bytes)
{
    private const int ChecksumSize = sizeof(ulong);

    public static StoredEvent Seal(string persistenceId, string manifest, IMessage payload)
    {
        var bytes = new byte[ChecksumSize + payload.CalculateSize()];
        payload.WriteTo(bytes.AsSpan(ChecksumSize));
        return SealInPlace(persistenceId, manifest, bytes);
    }

    public static StoredEvent Seal(string persistenceId, string manifest, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[ChecksumSize + payload.Length];
        payload.CopyTo(bytes.AsSpan(ChecksumSize));
        return SealInPlace(persistenceId, manifest, bytes);
    }

    /// <summary>The payload, where the checksum holds.</summary>
    public bool TryOpen(string persistenceId, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        if (Bytes.Length < ChecksumSize)
            return false;
        payload = Bytes.AsMemory(ChecksumSize);
        return BinaryPrimitives.ReadUInt64BigEndian(Bytes) == Checksum(persistenceId, Manifest, payload.Span);
    }

    private static StoredEvent SealInPlace(string persistenceId, string manifest, byte[] bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Checksum(persistenceId, manifest, bytes.AsSpan(ChecksumSize)));
        return new StoredEvent(manifest, bytes);
    }

    // A record that was moved to another actor's name, or under another manifest, is as wrong as one with a flipped bit.
    private static ulong Checksum(string persistenceId, string manifest, ReadOnlySpan<byte> payload)
    {
        var hash = new XxHash3();
        hash.Append(Encoding.UTF8.GetBytes(persistenceId));
        hash.Append([0]);
        hash.Append(Encoding.UTF8.GetBytes(manifest));
        hash.Append([0]);
        hash.Append(payload);
        return hash.GetCurrentHashAsUInt64();
    }
}
