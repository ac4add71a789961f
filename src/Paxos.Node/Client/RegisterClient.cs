using System.Globalization;
using System.Net;
using Paxos.Actors.Registers;
using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>Asks nodes about registers over HTTP.</summary>
internal sealed class RegisterClient(NodeClient node)
{
    public Task<Answer> ReadAsync(Uri endpoint, string key, Consistency consistency, CancellationToken ct) =>
        node.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, PathOf(key) + Query(consistency, '?'))),
            async (response, token) => response.StatusCode switch
            {
                HttpStatusCode.OK when VersionOf(response) is { } version => new Answer.Found(version, await response.Content.ReadAsByteArrayAsync(token)),
                HttpStatusCode.NotFound => await AbsentAsync(response, token),
                _ => null,
            },
            isWrite: false,
            ct);

    /// <param name="idempotencyKey">With it the same write may be sent again, to any node; null: it must not.</param>
    public Task<Answer> WriteAsync(
        Uri endpoint, string key, byte[] value, Condition condition, string? ttl, string? idempotencyKey, CancellationToken ct) =>
        node.SendAsync(
            () => Conditional(
                new HttpRequestMessage(HttpMethod.Put, new Uri(endpoint, PathOf(key) + (ttl is null ? "" : $"?ttl={ttl}")))
                {
                    Content = new ByteArrayContent(value),
                },
                condition,
                idempotencyKey),
            (response, token) => Task.FromResult<Answer?>(response.StatusCode switch
            {
                HttpStatusCode.OK or HttpStatusCode.Created when VersionOf(response) is { } version => new Answer.Written(version),
                HttpStatusCode.PreconditionFailed => new Answer.Lost(VersionOf(response)),
                _ => null,
            }),
            isWrite: true,
            ct);

    /// <inheritdoc cref="WriteAsync"/>
    public Task<Answer> DeleteAsync(Uri endpoint, string key, Condition condition, string? idempotencyKey, CancellationToken ct) =>
        node.SendAsync(
            () => Conditional(new HttpRequestMessage(HttpMethod.Delete, new Uri(endpoint, PathOf(key))), condition, idempotencyKey),
            async (response, token) => response.StatusCode switch
            {
                HttpStatusCode.NoContent => new Answer.Written(null),
                HttpStatusCode.PreconditionFailed => new Answer.Lost(VersionOf(response)),
                HttpStatusCode.NotFound => await AbsentAsync(response, token),
                _ => null,
            },
            isWrite: true,
            ct);

    public Task<Answer> RangeAsync(Uri endpoint, string prefix, string? after, Consistency consistency, CancellationToken ct)
    {
        var query = $"?prefix={Uri.EscapeDataString(prefix)}{Query(consistency, '&')}" + (after is null ? "" : $"&after={Uri.EscapeDataString(after)}");
        return node.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, RegisterRoutes.All + query)),
            async (response, token) =>
                response.StatusCode == HttpStatusCode.OK && await response.Content.ReadFromJsonAsync(Json.Http.RangeDocument, token) is { } range
                    ? new Answer.Page(range)
                    : null,
            isWrite: false,
            ct);
    }

    public static string PathOf(string key) => RegisterRoutes.Prefix + RequestTarget.Encode(key);

    private static string Query(Consistency consistency, char begin) => consistency == Consistency.Local ? $"{begin}consistency=local" : "";

    private static HttpRequestMessage Conditional(HttpRequestMessage request, Condition condition, string? idempotencyKey)
    {
        if (condition.Version is 0)
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        else if (condition.Version is { } version)
            request.Headers.TryAddWithoutValidation("If-Match", VersionTag.Of(version));
        if (idempotencyKey is not null)
            request.Headers.TryAddWithoutValidation(RegisterRoutes.IdempotencyKey, idempotencyKey);
        return request;
    }

    private static ulong? VersionOf(HttpResponseMessage response) => VersionTag.Parse(response.Headers.ETag?.Tag);

    // Another 404 is of a node that has no registers.
    private static async Task<Answer?> AbsentAsync(HttpResponseMessage response, CancellationToken ct) =>
        await NodeClient.ProblemAsync(response, ct) is { } problem
            ? problem.Type == Problem.Absent ? new Answer.Absent() : new Answer.Invalid(problem.Detail)
            : null;

    /// <summary>Drawn once for one write, however often it is sent.</summary>
    public static string NewIdempotencyKey() => string.Create(CultureInfo.InvariantCulture, $"paxos-{Guid.NewGuid():N}");
}
