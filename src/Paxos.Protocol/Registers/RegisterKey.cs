namespace Paxos.Protocol.Registers;

/// <summary>A register's key: 1 to 512 bytes of UTF-8, no NUL, no empty, "." or ".." segment between slashes.</summary>
public static class RegisterKey
{
    public const int MaxBytes = TextRules.MaxNameBytes;

    /// <summary>Orders keys as their UTF-8 bytes do: by code points, which .NET's ordinal comparison of UTF-16 does not.</summary>
    public static readonly IComparer<string> ByBytes = Comparer<string>.Create(Compare);

    /// <summary>What is wrong with the key and what to do, or null where it is fine.</summary>
    public static string? Problem(string key) => TextRules.NameProblem("key", key);

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
