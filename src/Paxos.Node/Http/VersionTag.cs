using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Paxos.Actors.Registers;

namespace Paxos.Node.Http;

/// <summary>A register's version as an entity tag, and the conditions that HTTP makes of it (RFC 9110, section 13).</summary>
internal static class VersionTag
{
    public static string Of(ulong version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The version that a tag holds; null where it is none that a register ever had.</summary>
    public static ulong? Parse(string? tag) =>
        tag is ['"', .. var digits, '"'] && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? version
            : null;

    /// <summary>What must hold for a write (PUT) or a deletion.</summary>
    /// <exception cref="ArgumentException">The headers say what a register can't check.</exception>
    public static Condition OfWrite(IHeaderDictionary headers, bool mayBeAbsent)
    {
        var (match, noneMatch) = (headers.IfMatch, headers.IfNoneMatch);
        if (noneMatch.Count > 0)
        {
            if (!mayBeAbsent || match.Count > 0 || noneMatch.ToString().Trim() != "*")
                throw new ArgumentException("If-None-Match: it takes * only, with PUT only, and without If-Match.");
            return Condition.Absent;
        }
        if (match.Count == 0)
            return Condition.None;
        return Parse(match.ToString().Trim()) is { } version
            ? new Condition(version)
            : throw new ArgumentException($"If-Match: '{match}' is no version: give one ETag, like \"17\".");
    }

    /// <summary>Whether a reader said that it has this version already. 304 compares weakly.</summary>
    /// <exception cref="ArgumentException">The header is no list of entity tags.</exception>
    public static bool IsKnown(StringValues ifNoneMatch, ulong version)
    {
        if (ifNoneMatch.Count == 0)
            return false;
        if (!EntityTagHeaderValue.TryParseList(ifNoneMatch, out var tags))
            throw new ArgumentException($"If-None-Match: '{ifNoneMatch}' is no ETag: write it in quotes, like \"17\".");
        return tags.Any(tag => tag.Tag == "*" || Parse(tag.Tag.Value) == version);
    }
}
