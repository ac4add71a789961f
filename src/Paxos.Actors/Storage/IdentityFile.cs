using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Paxos.Protocol;

namespace Paxos.Actors.Storage;

/// <summary>
/// The file that says whose a data directory is: a few lines of text that a person can read, the last one a checksum over
/// the others.
/// </summary>
internal static class IdentityFile
{
    private const string FirstLine = "paxos data directory, format 1";
    private const string Forming = "forming";
    private const string Formed = "formed";

    public static byte[] Encode(Identity identity, bool isFormed)
    {
        var text =
            $"{FirstLine}\n"
            + $"cluster {identity.Cluster}\n"
            + $"node {identity.Node}\n"
            + $"incarnation {identity.Incarnation}\n"
            + $"state {(isFormed ? Formed : Forming)}\n";
        var checksum = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetBytes(text + string.Create(CultureInfo.InvariantCulture, $"checksum {checksum:x16}\n"));
    }

    /// <summary>Null where these are not, to the last bit, the bytes that <see cref="Encode"/> makes.</summary>
    public static (Identity Identity, bool IsFormed)? Decode(ReadOnlySpan<byte> bytes)
    {
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines.Length != 7
            || !NodeId.IsValid(Word(lines[1]))
            || !NodeId.IsValid(Word(lines[2]))
            || !Incarnation.TryParse(Word(lines[3]), out var incarnation))
        {
            return null;
        }
        var identity = new Identity(Word(lines[1]), new NodeId(Word(lines[2])), incarnation);
        var isFormed = Word(lines[4]) == Formed;
        return bytes.SequenceEqual(Encode(identity, isFormed)) ? (identity, isFormed) : null;
    }

    private static string Word(string line) => line[(line.LastIndexOf(' ') + 1)..];
}
