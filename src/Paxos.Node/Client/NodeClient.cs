using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>What one node said to a proposal, or why it said nothing.</summary>
internal abstract record Answer
{
    /// <param name="Mine">The decided value is the one that was proposed.</param>
    public sealed record Decided(string Value, bool Mine) : Answer;

    /// <summary>The request is wrong: no other node will answer better.</summary>
    public sealed record Invalid(string Detail) : Answer;

    /// <summary>Certainly not done by this node: overloaded, forming, no member. Another may do it.</summary>
    public sealed record Refused(string Detail) : Answer;

    /// <summary>No quorum answered in time, or the connection broke with the request on its way: nobody knows what is decided.</summary>
    public sealed record Unknown(string Detail) : Answer;

    /// <summary>Nothing that is a node answered there, and nothing was sent that one could have taken.</summary>
    public sealed record Unreachable(string Detail) : Answer;
}

/// <summary>Asks nodes over HTTP.</summary>
internal sealed class NodeClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    // Nodes are where the endpoints say: no proxy, no redirects. Deadlines are the callers'.
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        ConnectTimeout = ConnectTimeout,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => http.Dispose();

    public async Task<Answer> DecideAsync(Uri endpoint, string name, byte[] value, CancellationToken ct)
    {
        using var content = new ByteArrayContent(value);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        try
        {
            using var response = await http.PostAsync(new Uri(endpoint, DecisionRoute.Prefix + RequestTarget.Encode(name)), content, ct);
            return await ReadAsync(response, ct);
        }
        catch (OperationCanceledException)
        {
            return ct.IsCancellationRequested ? new Answer.Unknown("no answer in time") : new Answer.Unreachable("no connection in time");
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                ? new Answer.Unreachable(e.InnerException?.Message ?? e.Message)
                : new Answer.Unknown($"the connection broke ({e.InnerException?.Message ?? e.Message})");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return new Answer.Unknown($"the answer broke off ({e.Message})");
        }
    }

    /// <summary>The node's status, or why there is none.</summary>
    public async Task<(StatusDocument? Status, string? Problem)> StatusAsync(Uri endpoint, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(endpoint, StatusRoutes.Status), ct);
            if (response.StatusCode != HttpStatusCode.OK)
                return (null, NotANode(response));
            return await response.Content.ReadFromJsonAsync(Json.Http.StatusDocument, ct) is { } status
                ? (status, null)
                : (null, NotANode(response));
        }
        catch (OperationCanceledException)
        {
            return (null, "no answer in time");
        }
        catch (HttpRequestException e)
        {
            return (null, e.InnerException?.Message ?? e.Message);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return (null, $"what answers there is no paxos node ({e.Message})");
        }
    }

    private static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.StatusCode == HttpStatusCode.OK && response.Headers.TryGetValues(DecisionRoute.DecidedHeader, out var decided))
            return new Answer.Decided(await response.Content.ReadAsStringAsync(ct), decided.Contains(DecisionRoute.Mine));
        if (response.Content.Headers.ContentType?.MediaType != Problem.ContentType
            || await response.Content.ReadFromJsonAsync(Json.Http.Problem, ct) is not { } problem)
        {
            return new Answer.Unreachable(NotANode(response));
        }
        return (int)response.StatusCode switch
        {
            // No quorum: this node proposed nothing, but what others may have decided is not known either.
            503 when problem.Type == Problem.NoLeader => new Answer.Unknown(problem.Detail),
            503 => new Answer.Refused(problem.Detail),
            >= 500 => new Answer.Unknown(problem.Detail),
            _ => new Answer.Invalid(problem.Detail),
        };
    }

    private static string NotANode(HttpResponseMessage response) => $"what answers there is no paxos node (HTTP {(int)response.StatusCode})";
}
