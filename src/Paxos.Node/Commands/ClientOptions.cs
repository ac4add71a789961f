using System.CommandLine;

namespace Paxos.Node.Commands;

/// <summary>The options that every command has which asks running nodes.</summary>
internal static class ClientOptions
{
    private const string Default = "http://127.0.0.1:8080,http://127.0.0.1:8081,http://127.0.0.1:8082";

    public static Option<string> Endpoints() => new("--endpoints")
    {
        Description = "Where the nodes serve HTTP, tried in this order",
        HelpName = "http://HOST:PORT,...",
        DefaultValueFactory = _ => Default,
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for programs" };

    /// <exception cref="UsageException">One of them is no http://HOST:PORT.</exception>
    public static IReadOnlyList<Uri> Parse(string endpoints)
    {
        var parsed = new List<Uri>();
        foreach (var text in endpoints.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/")
                throw new UsageException($"--endpoints: '{text}' is no http://HOST:PORT.");
            parsed.Add(uri);
        }
        if (parsed.Count == 0)
            throw new UsageException("--endpoints: it names no endpoint: give http://HOST:PORT, or several with commas between.");
        return parsed;
    }
}
