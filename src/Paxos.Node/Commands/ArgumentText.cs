using System.Text;
using Paxos.Actors;

namespace Paxos.Node.Commands;

/// <summary>Names and values as they were typed, checked before anybody is asked.</summary>
internal static class ArgumentText
{
    // What .NET and most shells put in place of bytes that are no UTF-8.
    private const char Replacement = '\uFFFD';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="UsageException">It is no name of a decision or register.</exception>
    public static string Name(string argument, string text)
    {
        if (text.Contains(Replacement))
            throw new UsageException($"{argument} is not UTF-8.");
        return InstanceName.Problem(text) is { } problem ? throw new UsageException($"{argument}: {problem}") : text;
    }

    /// <exception cref="UsageException">It is not UTF-8, or too long.</exception>
    public static byte[] Value(string argument, string text, int maxBytes)
    {
        if (text.Contains(Replacement))
            throw new UsageException($"{argument} is not UTF-8. Other bytes have to be encoded first, in base64 for example.");
        try
        {
            var bytes = Strict.GetBytes(text);
            return bytes.Length <= maxBytes ? bytes : throw new UsageException($"{argument} has {bytes.Length} bytes: the limit is {maxBytes}.");
        }
        catch (EncoderFallbackException)
        {
            throw new UsageException($"{argument} is not UTF-8: it holds half of a surrogate pair.");
        }
    }

    /// <summary>The bytes as text; null where they are not UTF-8.</summary>
    public static string? Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
