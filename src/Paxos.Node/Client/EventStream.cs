using System.Globalization;

namespace Paxos.Node.Client;

/// <summary>An event as it came, or a comment.</summary>
/// <param name="Id">Null where none was sent, or none that is a number.</param>
internal readonly record struct StreamItem(ulong? Id, string Event, string Data, string? Comment);

/// <summary>Reads server-sent events line by line, comments too: a node says in them how far it is, and why it ends.</summary>
internal sealed class EventStream(TextReader reader)
{
    /// <summary>The next event or comment; null: the stream has ended. What was not sent whole is no event.</summary>
    public async Task<StreamItem?> NextAsync(CancellationToken ct)
    {
        ulong? id = null;
        var (name, data) = ("", (string?)null);
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                    return new StreamItem(id, name, data, null);
                continue;
            }
            var colon = line.IndexOf(':');
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            if (value.StartsWith(' '))
                value = value[1..];
            switch (field)
            {
                case "":
                    return new StreamItem(null, "", "", value);
                case "id":
                    id = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
                    break;
                case "event":
                    name = value;
                    break;
                case "data":
                    data = data is null ? value : $"{data}\n{value}";
                    break;
            }
        }
        return null;
    }
}
