using System.Text;
using Paxos.Actors;
using Paxos.Node.Hosting;

namespace Paxos.Node.Http;

/// <summary><c>/v1/decisions/{name}</c>: GET what is decided, POST a proposal.</summary>
internal sealed class DecisionRoute(IDecisions decisions)
{
    public const string Prefix = "/v1/decisions/";
    public const string DecidedHeader = "Paxos-Decided";
    public const string Mine = "mine";
    public const string Theirs = "theirs";
    private const string Allow = "GET, HEAD, POST";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="encodedName">The rest of the raw target, percent-encoded.</param>
    public async Task<Problem?> HandleAsync(HttpContext context, string encodedName)
    {
        var name = RequestTarget.Name(encodedName);
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            return await ReadAsync(context, name);
        return HttpMethods.IsPost(method) ? await DecideAsync(context, name) : Problem.MethodNotAllowed(method, Allow);
    }

    private async Task<Problem?> ReadAsync(HttpContext context, string name)
    {
        if (await decisions.ReadDecisionAsync(name, context.RequestAborted) is not { } value)
            return Problem.Undecided(name);
        await WriteAsync(context, value);
        return null;
    }

    private async Task<Problem?> DecideAsync(HttpContext context, string name)
    {
        if (await RequestBody.ReadAsync(context, PaxosExtension.MaxDecisionBytes) is not { } body)
            return Problem.TooLarge("decision", PaxosExtension.MaxDecisionBytes);
        if (body.Length == 0)
            return Problem.BadRequest("The body is empty: it is the value to propose.");
        string proposal;
        try
        {
            proposal = Strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return Problem.BadRequest("The body is not UTF-8.");
        }
        var decided = await decisions.DecideAsync(name, proposal, context.RequestAborted);
        context.Response.Headers[DecidedHeader] = string.Equals(decided, proposal, StringComparison.Ordinal) ? Mine : Theirs;
        await WriteAsync(context, decided);
        return null;
    }

    private static async Task WriteAsync(HttpContext context, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
