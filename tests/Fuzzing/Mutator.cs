using System.Text;

namespace Paxos.Fuzzing;

/// <summary>Makes inputs for a parser: noise, and valid inputs that something happened to. The same seed makes the same ones.</summary>
internal sealed class Mutator(int seed)
{
    private const int MostBytes = 64 * 1024;

    // Lengths and counts that no input of such a size can hold, as they stand in the formats: varints, and four bytes of either order.
    private static readonly byte[][] Huge =
    [
        [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        [0x80, 0x80, 0x80, 0x80, 0x04],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x7F, 0xFF, 0xFF, 0xFF],
        [0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF],
        [0x00, 0x00, 0x00, 0x40],
        [0x00],
    ];

    private readonly Random random = new(seed);

    public int Below(int limit) => random.Next(limit);

    public T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public byte[] Noise()
    {
        var bytes = new byte[random.Next(4) == 0 ? random.Next(2000) : random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Noise one time in ten, else one of the valid inputs after one to four mishaps.</summary>
    public byte[] Bytes(IReadOnlyList<byte[]> valid)
    {
        if (random.Next(10) == 0)
            return Noise();
        var bytes = Pick(valid).ToList();
        for (var left = 1 + random.Next(4); left > 0; left--)
            Mutate(bytes, valid);
        if (bytes.Count > MostBytes)
            bytes.RemoveRange(MostBytes, bytes.Count - MostBytes);
        return [.. bytes];
    }

    /// <summary>The same for text: whatever comes of the bytes is read as UTF-8, or lines are moved and words of the language put in.</summary>
    public string Text(IReadOnlyList<string> valid, IReadOnlyList<string> words)
    {
        if (random.Next(3) == 0)
            return Encoding.UTF8.GetString(Bytes([.. valid.Select(Encoding.UTF8.GetBytes)]));
        var text = Pick(valid);
        for (var left = 1 + random.Next(4); left > 0; left--)
            text = Mutate(text, valid, words);
        return text.Length > MostBytes ? text[..MostBytes] : text;
    }

    private string Mutate(string text, IReadOnlyList<string> valid, IReadOnlyList<string> words)
    {
        var (start, length) = Slice(text.Length);
        switch (random.Next(7))
        {
            case 0:
                return text.Insert(start, Pick(words));
            case 1:
                return text.Remove(start, length);
            case 2:
                return text.Insert(start, string.Concat(Enumerable.Repeat(Pick(words), 1 + random.Next(50))));
            case 3:
                return text.Insert(random.Next(text.Length + 1), text.Substring(start, length));
            case 4:
                var other = Pick(valid);
                return text[..start] + other[random.Next(other.Length + 1)..];
            case 5:
                var lines = text.Split('\n').ToList();
                var line = lines[random.Next(lines.Count)];
                lines.Insert(random.Next(lines.Count), random.Next(2) == 0 ? line : Pick(words));
                return string.Join('\n', lines);
            default:
                // In the place of a word another one.
                var end = start;
                while (end < text.Length && !char.IsWhiteSpace(text[end]))
                    end++;
                return text[..start] + Pick(words) + text[end..];
        }
    }

    private void Mutate(List<byte> bytes, IReadOnlyList<byte[]> valid)
    {
        var (start, length) = Slice(bytes.Count);
        switch (random.Next(9))
        {
            case 0 or 1 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
                break;
            case 3:
                bytes.RemoveRange(start, bytes.Count - start);
                break;
            case 4:
                bytes.RemoveRange(start, length);
                break;
            case 5:
                bytes.InsertRange(start, bytes.GetRange(start, length));
                break;
            case 6:
                var other = Pick(valid);
                bytes.RemoveRange(start, bytes.Count - start);
                bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            case 7:
                var huge = Pick(Huge);
                if (random.Next(2) == 0)
                    bytes.RemoveRange(start, Math.Min(huge.Length, bytes.Count - start));
                bytes.InsertRange(start, huge);
                break;
            default:
                bytes.InsertRange(start, Enumerable.Repeat((byte)random.Next(256), 1 << random.Next(10)));
                break;
        }
    }

    private (int Start, int Length) Slice(int count)
    {
        var start = random.Next(count + 1);
        return (start, random.Next(count - start + 1));
    }
}
