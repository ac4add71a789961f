using System.Text;
using Paxos.Actors;

namespace Paxos.Node.Http;

/// <summary>
/// The raw target of a request, as it came on the wire. The server's own idea of the path won't do: it takes out "." and ".."
/// segments and decodes some bytes and not others, so that two different names would become one.
/// </summary>
internal static class RequestTarget
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The target's path, still encoded: without the query, and without scheme and host where a proxy sent them.</summary>
    public static string Path(string target)
    {
        if (!target.StartsWith('/') && target.IndexOf("://", StringComparison.Ordinal) is var scheme and > 0)
            target = target.IndexOf('/', scheme + 3) is var path and > 0 ? target[path..] : "/";
        var query = target.IndexOf('?');
        return query >= 0 ? target[..query] : target;
    }

    /// <summary>The name of a decision, or a register's key: the rest of a path, decoded and checked.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string Name(string encoded)
    {
        if (Decode(encoded) is not { } name)
            throw new ArgumentException("The name is not percent-encoded UTF-8: write a byte as % and two hexadecimal digits.");
        return InstanceName.Problem(name) is { } wrong ? throw new ArgumentException(wrong) : name;
    }

    /// <summary>A parameter of the target's query, decoded; null where it is not there. A '+' is a space, as forms write it.</summary>
    /// <exception cref="ArgumentException">It is there twice, or is not percent-encoded UTF-8.</exception>
    public static string? Parameter(string target, string name)
    {
        var query = target.IndexOf('?');
        string? found = null;
        foreach (var pair in query < 0 ? [] : target[(query + 1)..].Split('&'))
        {
            var equals = pair.IndexOf('=');
            if (!string.Equals(equals < 0 ? pair : pair[..equals], name, StringComparison.Ordinal))
                continue;
            if (found is not null)
                throw new ArgumentException($"{name} is there twice.");
            found = Decode(equals < 0 ? "" : pair[(equals + 1)..].Replace("+", "%20", StringComparison.Ordinal))
                ?? throw new ArgumentException($"{name} is not percent-encoded UTF-8: write a byte as % and two hexadecimal digits.");
        }
        return found;
    }

    /// <summary>Percent-decodes once; null where a '%' is not followed by two hexadecimal digits or the bytes are not UTF-8.</summary>
    public static string? Decode(string encoded)
    {
        var bytes = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
            {
                if (!char.IsAscii(encoded[i]))
                    return null;
                bytes.Add((byte)encoded[i]);
            }
            else if (i + 2 < encoded.Length && char.IsAsciiHexDigit(encoded[i + 1]) && char.IsAsciiHexDigit(encoded[i + 2]))
            {
                bytes.Add(Convert.FromHexString(encoded.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                return null;
            }
        }
        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The other way, for a client: what <see cref="Decode"/> makes the name of again.</summary>
    public static string Encode(string name) => string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
}
