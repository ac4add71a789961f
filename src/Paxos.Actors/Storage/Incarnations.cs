using System.Buffers.Binary;
using System.Security.Cryptography;
using Paxos.Protocol;

namespace Paxos.Actors.Storage;

/// <summary>Numbers that nobody else has drawn, or will.</summary>
internal static class Incarnations
{
    public static Incarnation Draw()
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        return new Incarnation(BinaryPrimitives.ReadUInt128BigEndian(random));
    }
}
