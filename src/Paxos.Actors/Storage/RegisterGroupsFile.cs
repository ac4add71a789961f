using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Paxos.Actors.Storage;

/// <summary>
/// The file that says over how many groups the keys of the registers are spread: another number would look for them where they
/// are not. Without the file it is 1.
/// </summary>
internal sealed class RegisterGroupsFile(string directory, DurableFile files)
{
    private readonly string path = Path.Combine(directory, "register-groups");

    /// <summary>For a new node, before its identity is written: a node that has an identity keeps its number.</summary>
    public void Write(int groups)
    {
        if (groups != 1 || File.Exists(path))
            files.Replace(path, Encode(groups));
    }

    /// <exception cref="PaxosConfigurationException">The data were made with another number, or the file is damaged.</exception>
    public void Check(int groups)
    {
        var made = File.Exists(path) ? Decode(File.ReadAllBytes(path)) : 1;
        if (made == null)
        {
            throw new PaxosConfigurationException(
                $"The file {path} is damaged: its checksum does not match. It says over how many groups the registers are spread. Bring it back as "
                + "it was when the node last ran, or copy it from another node of this cluster.");
        }
        if (made != groups)
        {
            throw new PaxosConfigurationException(
                $"The setting paxos.registers.groups is {groups}, but this node's data were made with {made} (file {path}): most keys would seem "
                + $"lost. Set it to {made}. To change it, start a new cluster and copy the registers.");
        }
    }

    private static byte[] Encode(int groups)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"register groups {groups}\n");
        var checksum = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetBytes(text + string.Create(CultureInfo.InvariantCulture, $"checksum {checksum:x16}\n"));
    }

    // Null where these are not, to the last bit, the bytes that Encode makes.
    private static int? Decode(ReadOnlySpan<byte> bytes)
    {
        var first = Encoding.UTF8.GetString(bytes).Split('\n')[0];
        return int.TryParse(first[(first.LastIndexOf(' ') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var groups)
            && bytes.SequenceEqual(Encode(groups)) ? groups : null;
    }
}
