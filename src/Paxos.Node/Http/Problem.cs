using System.Text.Json.Serialization;
using Paxos.Actors;

namespace Paxos.Node.Http;

/// <summary>An error as HTTP tells it (RFC 9457). 503: certainly not applied. 504: the outcome is unknown.</summary>
internal sealed record Problem(int Status, string Type, string Title, string Detail)
{
    public const string Prefix = "urn:paxos:problem:";
    public const string ContentType = "application/problem+json";
    public const string Overloaded = Prefix + "overloaded";
    public const string NoLeader = Prefix + "no-leader";
    public const string NotMember = Prefix + "not-member";
    public const string Forming = Prefix + "forming";
    public const string Absent = Prefix + "absent";
    public const string Mismatch = Prefix + "version-mismatch";

    // Long enough for a node to be heard again, short enough to be worth waiting for.
    private const int RetryAfterSeconds = 1;

    [JsonIgnore]
    public string? Allow { get; init; }

    [JsonIgnore]
    public string? ETag { get; init; }

    public static Problem BadRequest(string detail) => new(400, Prefix + "bad-request", "The request makes no sense", detail);

    public static Problem NotFound(string detail) => new(404, Prefix + "not-found", "There is nothing here", detail);

    public static Problem Undecided(string name) =>
        new(404, Prefix + "undecided", "Undecided", $"Nothing was decided for '{name}' when this read began.");

    public static Problem NoRegister(string key) => new(404, Absent, "Absent", $"Nothing is at '{key}'.");

    /// <param name="current">The version that is there; 0: none.</param>
    public static Problem OtherVersion(string key, ulong current) =>
        new(412, Mismatch, "Another version", current == 0 ? $"Nothing is at '{key}'." : $"'{key}' has the version {current}.")
        {
            ETag = current == 0 ? null : VersionTag.Of(current),
        };

    public static Problem MethodNotAllowed(string method, string allow) =>
        new(405, Prefix + "method-not-allowed", "Another method", $"{method} does not work here: {allow} do.") { Allow = allow };

    /// <param name="whose">What the value is of, like "decision".</param>
    public static Problem TooLarge(string whose, int limit) =>
        new(413, Prefix + "too-large", "The value is too large", $"A {whose}'s value has at most {limit} bytes.");

    public static Problem Unavailable(string type, string detail) => new(503, type, "Not done, for certain", detail);

    public static Problem From(NotAppliedException e) => Unavailable(TypeOf(e.Reason), e.Message);

    public static Problem From(OutcomeUnknownException e) =>
        new(504, Prefix + "outcome-unknown", "The outcome is unknown", e.Message);

    public static Problem From(KeyConflictException e) =>
        new(422, Prefix + "key-conflict", "The idempotency key was used for something else", e.Message);

    public static Problem From(MembershipRefusedException e) =>
        new(409, Prefix + "membership-refused", "The members were not changed, for certain", e.Message);

    public static Problem Internal() =>
        new(500, Prefix + "internal", "A mistake in the node", "The node's log says more. The outcome of what was asked is unknown.");

    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (Allow is not null)
            context.Response.Headers.Allow = Allow;
        if (ETag is not null)
            context.Response.Headers.ETag = ETag;
        if (Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
        await context.Response.WriteAsJsonAsync(this, Json.Http.Problem, ContentType, context.RequestAborted);
    }

    private static string TypeOf(NotAppliedReason reason) => reason switch
    {
        NotAppliedReason.Overloaded => Overloaded,
        NotAppliedReason.NotMember => NotMember,
        NotAppliedReason.Forming => Forming,
        // Decisions have no leader; to a client it is the same: nobody who could take the request, try again later.
        _ => NoLeader,
    };
}
