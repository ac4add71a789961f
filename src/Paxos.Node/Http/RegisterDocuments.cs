using Paxos.Actors.Registers;

namespace Paxos.Node.Http;

/// <summary>A register in JSON: an item of a range, and the data of a watch's event.</summary>
/// <param name="Value">In base64; null: the key is gone.</param>
internal sealed record RegisterDocument(string Key, ulong Version, ReadOnlyMemory<byte>? Value);

/// <summary>The body of <c>GET /v1/registers</c>.</summary>
/// <param name="Next">Where the next page begins, as <c>after</c>; null: this was the last.</param>
internal sealed record RangeDocument(ulong Revision, IReadOnlyList<RegisterDocument> Items, string? Next)
{
    public static RangeDocument From(RegisterPage page) =>
        new(page.Revision, [.. page.Items.Select(item => new RegisterDocument(item.Key, item.Version, item.Value))], page.Next);
}
