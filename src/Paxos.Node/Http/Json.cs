using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Paxos.Node.Bench;
using Paxos.Node.Client;

namespace Paxos.Node.Http;

/// <summary>All that the program writes and reads as JSON.</summary>
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(DecideReport))]
[JsonSerializable(typeof(IReadOnlyList<EndpointStatus>))]
[JsonSerializable(typeof(BenchResult))]
[JsonSerializable(typeof(RegisterDocument))]
[JsonSerializable(typeof(RangeDocument))]
[JsonSerializable(typeof(RegisterReport))]
[JsonSerializable(typeof(WriteReport))]
[JsonSerializable(typeof(WatchReport))]
[JsonSerializable(typeof(MemberRequest))]
[JsonSerializable(typeof(LeaderRequest))]
[JsonSerializable(typeof(ConfigurationDocument))]
[JsonSerializable(typeof(LeaderDocument))]
internal sealed partial class Json : JsonSerializerContext
{
    /// <summary>On one line, for HTTP.</summary>
    public static Json Http { get; } = new(Plain(indented: false));

    /// <summary>Indented, for a terminal.</summary>
    public static Json Terminal { get; } = new(Plain(indented: true));

    private static JsonSerializerOptions Plain(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // Names and values are printed as they are: this JSON is never put into HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indented,
    };
}
