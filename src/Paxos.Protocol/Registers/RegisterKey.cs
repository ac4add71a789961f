using System.Text;

namespace Paxos.Protocol.Registers;

/// <summary>A register's key: 1 to 512 bytes of UTF-8, no NUL, no empty, "." or ".." segment between slashes.</summary>
public static class RegisterKey
{
    public const int MaxBytes = 512;

    /// <summary>Orders keys as their UTF-8 bytes do: by code points, which .NET's ordinal comparison of UTF-16 does not.</summary>
    public static readonly IComparer<string> ByBytes = Comparer<string>.Create(Compare);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with the key and what to do, or null where it is fine.</summary>
    public static string? Problem(string key)
    {
        if (key.Length == 0)
            return $"The key is empty: give 1 to {MaxBytes} bytes of UTF-8.";
        try
        {
            if (Strict.GetByteCount(key) is > MaxBytes and var bytes)
                return $"The key has {bytes} bytes: the limit is {MaxBytes} bytes of UTF-8.";
        }
        catch (EncoderFallbackException)
        {
            return "The key is not UTF-8: it holds half of a surrogate pair.";
        }
        if (key.Contains('\0'))
            return "The key holds a NUL character: leave it out.";
        foreach (var segment in key.Split('/'))
        {
            if (segment is "" or "." or "..")
                return $"The key '{key}' has a segment '{segment}' between slashes: segments are not empty, '.' or '..'.";
        }
        return null;
    }

    private static int Compare(string left, string right)
    {
        var same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
            return left.Length.CompareTo(right.Length);
        return Rank(left[same]).CompareTo(Rank(right[same]));
    }

    // Surrogates stand for code points above all that one char can name.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
