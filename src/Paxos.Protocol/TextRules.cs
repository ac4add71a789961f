using System.Globalization;
using System.Text;

namespace Paxos.Protocol;

/// <summary>What text may be that stands in a log, in a journal and in a URL. Each says what is wrong and what to do, or null where it is fine.</summary>
public static class TextRules
{
    /// <summary>Bytes of a name of a decision, and of a register's key, as UTF-8.</summary>
    public const int MaxNameBytes = 512;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>1 to so many bytes of UTF-8.</summary>
    /// <param name="what">What the text is called in the message.</param>
    public static string? Problem(string what, string? text, int maxBytes)
    {
        if (string.IsNullOrEmpty(text))
            return string.Create(CultureInfo.InvariantCulture, $"The {what} is empty: give 1 to {maxBytes} bytes of UTF-8.");
        try
        {
            var bytes = Strict.GetByteCount(text);
            return bytes <= maxBytes
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"The {what} has {bytes} bytes: the limit is {maxBytes} bytes of UTF-8.");
        }
        catch (EncoderFallbackException)
        {
            return $"The {what} is not UTF-8: it holds half of a surrogate pair.";
        }
    }

    /// <summary>1 to <see cref="MaxNameBytes"/> bytes of UTF-8, no NUL, and no empty, "." or ".." segment between slashes.</summary>
    /// <inheritdoc cref="Problem"/>
    public static string? NameProblem(string what, string? name)
    {
        if (Problem(what, name, MaxNameBytes) is { } problem)
            return problem;
        if (name!.Contains('\0'))
            return $"The {what} holds a NUL character: leave it out.";
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or "..")
                return $"The {what} '{name}' has a segment '{segment}' between slashes: segments are not empty, '.' or '..'.";
        }
        return null;
    }
}
