using System.Globalization;
using System.Text;

namespace Paxos.Actors;

/// <summary>Text that must be UTF-8, there and short enough.</summary>
internal static class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with the text and what to do, or null where it is fine.</summary>
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
}
