using System.Text;
using System.Text.Json;

namespace Paxos.Actors.Registers;

/// <summary>The codecs of values and commands for which the caller brings none: UTF-8 for string, the bytes themselves for bytes, else JSON.</summary>
internal static class Codecs
{
    public static ICodec<T> For<T>() => (ICodec<T>)(typeof(T) switch
    {
        var type when type == typeof(string) => new Text(),
        var type when type == typeof(byte[]) => new Array(),
        var type when type == typeof(ReadOnlyMemory<byte>) => new Memory(),
        _ => (object)new Json<T>(),
    });

    private sealed class Text : ICodec<string>
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public ReadOnlyMemory<byte> Encode(string value) => Strict.GetBytes(value);

        public string Decode(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                return Strict.GetString(bytes.Span);
            }
            catch (DecoderFallbackException e)
            {
                throw new FormatException("The bytes are not UTF-8.", e);
            }
        }
    }

    private sealed class Array : ICodec<byte[]>
    {
        public ReadOnlyMemory<byte> Encode(byte[] value) => value;

        public byte[] Decode(ReadOnlyMemory<byte> bytes) => bytes.ToArray();
    }

    private sealed class Memory : ICodec<ReadOnlyMemory<byte>>
    {
        public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> value) => value;

        public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> bytes) => bytes;
    }

    private sealed class Json<T> : ICodec<T>
    {
        public ReadOnlyMemory<byte> Encode(T value) => JsonSerializer.SerializeToUtf8Bytes(value);

        public T Decode(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(bytes.Span)!;
            }
            // The other one: the type itself can't be made from JSON, as an abstract one that names no derived types.
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                throw new FormatException($"The bytes are no {typeof(T).Name} as JSON: {e.Message}", e);
            }
        }
    }
}
