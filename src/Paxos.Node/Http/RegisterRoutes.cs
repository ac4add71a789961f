using System.Globalization;
using System.Text;
using Paxos.Actors.Registers;

namespace Paxos.Node.Http;

/// <summary><c>/v1/registers/{key}</c>: GET, PUT, DELETE and watch one; <c>/v1/registers</c>: GET and watch those with a prefix.</summary>
/// <param name="stopping">Ends the watches: they would hold the server's end up.</param>
internal sealed class RegisterRoutes(IRegisterStore registers, Func<bool> hasLeader, TimeProvider time, CancellationToken stopping)
{
    public const string All = "/v1/registers";
    public const string Prefix = All + "/";
    public const string IdempotencyKey = "Idempotency-Key";
    public const int MaxIdempotencyKeyBytes = 128;
    public const int MaxLimit = 1000;
    private const int DefaultLimit = 100;

    // A hundred years: what is longer is a mistake, and can't overflow anywhere.
    private const decimal MaxTtlSeconds = 100m * 365 * 24 * 3600;

    private readonly RegisterWatch watch = new(registers, hasLeader, time, stopping);

    /// <param name="encodedKey">The rest of the raw target's path, percent-encoded.</param>
    public async Task<Problem?> HandleAsync(HttpContext context, string encodedKey, string target)
    {
        var key = RequestTarget.Name(encodedKey);
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            return IsWatch(context, target) ? await watch.HandleAsync(context, key, isPrefix: false) : await ReadAsync(context, key, target);
        if (HttpMethods.IsPut(method))
            return await WriteAsync(context, key, target);
        return HttpMethods.IsDelete(method) ? await DeleteAsync(context, key) : Problem.MethodNotAllowed(method, "GET, HEAD, PUT, DELETE");
    }

    public async Task<Problem?> HandleAllAsync(HttpContext context, string target)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return Problem.MethodNotAllowed(context.Request.Method, "GET, HEAD");
        var prefix = RequestTarget.Parameter(target, "prefix") ?? "";
        if (IsWatch(context, target))
            return await watch.HandleAsync(context, prefix, isPrefix: true);
        var page = await registers.RangeAsync(
            prefix, RequestTarget.Parameter(target, "after"), Limit(target), ConsistencyOf(target), context.RequestAborted);
        await context.Response.WriteAsJsonAsync(RangeDocument.From(page), Json.Http.RangeDocument, cancellationToken: context.RequestAborted);
        return null;
    }

    private async Task<Problem?> ReadAsync(HttpContext context, string key, string target)
    {
        if (await registers.ReadAsync(key, ConsistencyOf(target), context.RequestAborted) is not { } item)
            return Problem.NoRegister(key);
        var known = VersionTag.IsKnown(context.Request.Headers.IfNoneMatch, item.Version);
        context.Response.Headers.ETag = VersionTag.Of(item.Version);
        if (known)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = item.Value.Length;
        await context.Response.Body.WriteAsync(item.Value, context.RequestAborted);
        return null;
    }

    private async Task<Problem?> WriteAsync(HttpContext context, string key, string target)
    {
        var condition = VersionTag.OfWrite(context.Request.Headers, mayBeAbsent: true);
        var ttl = Ttl(target);
        var idempotencyKey = IdempotencyKeyOf(context.Request);
        if (await RequestBody.ReadAsync(context, IRegisterStore.MaxValueBytes) is not { } value)
            return Problem.TooLarge("register", IRegisterStore.MaxValueBytes);
        var written = await registers.WriteAsync(key, value, condition, ttl, idempotencyKey, context.RequestAborted);
        if (!written.Happened)
            return Problem.OtherVersion(key, written.Version);
        context.Response.StatusCode = written.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        context.Response.Headers.ETag = VersionTag.Of(written.Version);
        return null;
    }

    private async Task<Problem?> DeleteAsync(HttpContext context, string key)
    {
        var condition = VersionTag.OfWrite(context.Request.Headers, mayBeAbsent: false);
        var deleted = await registers.DeleteAsync(key, condition, IdempotencyKeyOf(context.Request), context.RequestAborted);
        if (!deleted.Happened)
            return condition.Version is null ? Problem.NoRegister(key) : Problem.OtherVersion(key, deleted.Version);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    // HEAD has no body, and a stream is nothing else.
    private static bool IsWatch(HttpContext context, string target) => RequestTarget.Parameter(target, "watch") switch
    {
        null or "false" => false,
        "true" when HttpMethods.IsGet(context.Request.Method) => true,
        "true" => throw new ArgumentException("watch: it takes GET."),
        var other => throw new ArgumentException($"watch: '{other}' is neither true nor false."),
    };

    private static Consistency ConsistencyOf(string target) => RequestTarget.Parameter(target, "consistency") switch
    {
        null or "linearizable" => Consistency.Linearizable,
        "local" => Consistency.Local,
        var other => throw new ArgumentException($"consistency: '{other}' is neither linearizable nor local."),
    };

    private static TimeSpan? Ttl(string target)
    {
        if (RequestTarget.Parameter(target, "ttl") is not { } text)
            return null;
        const decimal Millisecond = 0.001m;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= Millisecond and <= MaxTtlSeconds
            // A TTL is "at least": up, not down.
            ? TimeSpan.FromMilliseconds((long)Math.Ceiling(seconds / Millisecond))
            : throw new ArgumentException($"ttl: '{text}' is no number of seconds from 0.001 to {MaxTtlSeconds}.");
    }

    private static int Limit(string target)
    {
        if (RequestTarget.Parameter(target, "limit") is not { } text)
            return DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw new ArgumentException($"limit: '{text}' is no whole number from 1 to {MaxLimit}.");
    }

    private static string? IdempotencyKeyOf(HttpRequest request)
    {
        var given = request.Headers[IdempotencyKey];
        if (given.Count == 0)
            return null;
        return given is [{ Length: > 0 } key] && Encoding.UTF8.GetByteCount(key) <= MaxIdempotencyKeyBytes
            ? key
            : throw new ArgumentException($"{IdempotencyKey}: give it once, with 1 to {MaxIdempotencyKeyBytes} bytes.");
    }
}
