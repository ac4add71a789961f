using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Paxos.Node.Http;

namespace Paxos.Node.Client;

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

    public Task<Answer> DecideAsync(Uri endpoint, string name, byte[] value, CancellationToken ct) => SendAsync(
        () => new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, DecisionRoute.Prefix + RequestTarget.Encode(name)))
        {
            Content = new ByteArrayContent(value) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain", "utf-8") } },
        },
        async (response, token) =>
            response.StatusCode == HttpStatusCode.OK && response.Headers.TryGetValues(DecisionRoute.DecidedHeader, out var decided)
                ? new Answer.Decided(await response.Content.ReadAsStringAsync(token), decided.Contains(DecisionRoute.Mine))
                : null,
        // A proposal that was not made here may have been made elsewhere: what is decided is not known.
        isWrite: false,
        ct);

    /// <param name="read">What the response says; null where it is none that this request expects.</param>
    /// <param name="isWrite">Without a leader it certainly did not happen; of anything else the answer is then not known.</param>
    public async Task<Answer> SendAsync(
        Func<HttpRequestMessage> make, Func<HttpResponseMessage, CancellationToken, Task<Answer?>> read, bool isWrite, CancellationToken ct)
    {
        try
        {
            using var request = make();
            using var response = await http.SendAsync(request, ct);
            return await read(response, ct) ?? await ReadProblemAsync(response, isWrite, ct);
        }
        catch (Exception e) when (Failed(e, ct) is { } failed)
        {
            return failed;
        }
    }

    /// <summary>Opens a stream that goes on until somebody ends it; it is the caller's to dispose of.</summary>
    /// <returns>The stream, or what was answered instead.</returns>
    public async Task<(HttpResponseMessage? Stream, Answer? Failure)> OpenAsync(HttpRequestMessage request, string contentType, CancellationToken ct)
    {
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentType?.MediaType == contentType)
                return (response, null);
            using (response)
                return (null, await ReadProblemAsync(response, isWrite: false, ct));
        }
        catch (Exception e) when (Failed(e, ct) is { } failed)
        {
            return (null, failed);
        }
    }

    // Null: the exception is nobody's answer, but a mistake.
    private static Answer? Failed(Exception e, CancellationToken ct) => e switch
    {
        OperationCanceledException when ct.IsCancellationRequested => new Answer.Unknown("no answer in time"),
        OperationCanceledException => new Answer.Unreachable("no connection in time"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } =>
            new Answer.Unreachable(e.InnerException?.Message ?? e.Message),
        HttpRequestException => new Answer.Unknown($"the connection broke ({e.InnerException?.Message ?? e.Message})"),
        // Of a connection that broke as soon as it was made: .NET hands it on as it is. Nothing was sent.
        SocketException => new Answer.Unreachable(e.Message),
        IOException or JsonException => new Answer.Unknown($"the answer broke off ({e.Message})"),
        _ => null,
    };

    /// <summary>The error in a response; null where it holds none.</summary>
    public static async Task<Problem?> ProblemAsync(HttpResponseMessage response, CancellationToken ct) =>
        response.Content.Headers.ContentType?.MediaType == Problem.ContentType
            ? await response.Content.ReadFromJsonAsync(Json.Http.Problem, ct)
            : null;

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
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            return (null, e.InnerException?.Message ?? e.Message);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return (null, $"what answers there is no paxos node ({e.Message})");
        }
    }

    private static async Task<Answer> ReadProblemAsync(HttpResponseMessage response, bool isWrite, CancellationToken ct)
    {
        if (await ProblemAsync(response, ct) is not { } problem)
            return new Answer.Unreachable(NotANode(response));
        return (int)response.StatusCode switch
        {
            503 when problem.Type == Problem.NoLeader && !isWrite => new Answer.Unknown(problem.Detail),
            503 => new Answer.Refused(problem.Detail),
            >= 500 => new Answer.Unknown(problem.Detail),
            _ => new Answer.Invalid(problem.Detail),
        };
    }

    private static string NotANode(HttpResponseMessage response) => $"what answers there is no paxos node (HTTP {(int)response.StatusCode})";
}
