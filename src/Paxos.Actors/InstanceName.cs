using System.Text;

namespace Paxos.Actors;

/// <summary>
/// The names of decisions (and of register keys): UTF-8, 1 to 512 bytes, no NUL, and no empty, "." or ".." segment between
/// slashes, so that a name is the same in every API.
/// </summary>
public static class InstanceName
{
    public const int MaxBytes = 512;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with the name and what to do, or null where it is fine.</summary>
    public static string? Problem(string name)
    {
        if (name.Length == 0)
            return "The name is empty: give 1 to 512 bytes of UTF-8.";
        int bytes;
        try
        {
            bytes = Strict.GetByteCount(name);
        }
        catch (EncoderFallbackException)
        {
            return "The name is not UTF-8: it holds half of a surrogate pair.";
        }
        if (bytes > MaxBytes)
            return $"The name has {bytes} bytes: the limit is {MaxBytes} bytes of UTF-8.";
        if (name.Contains('\0'))
            return "The name holds a NUL character: leave it out.";
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or "..")
                return $"The name '{name}' has a segment '{segment}' between slashes: segments are not empty, '.' or '..'.";
        }
        return null;
    }
}
