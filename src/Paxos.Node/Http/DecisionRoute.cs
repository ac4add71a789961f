using System.Buffers;
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
        if (RequestTarget.Decode(encodedName) is not { } name)
            return Problem.BadRequest("The name is not percent-encoded UTF-8: write a byte as % and two hexadecimal digits.");
        if (InstanceName.Problem(name) is { } wrong)
            return Problem.BadRequest(wrong);
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
        if (context.Request.ContentLength > PaxosExtension.MaxDecisionBytes)
            return Problem.TooLarge(PaxosExtension.MaxDecisionBytes);
        var body = ArrayPool<byte>.Shared.Rent(PaxosExtension.MaxDecisionBytes + 1);
        string proposal;
        try
        {
            // One byte more than is allowed is enough to know.
            var window = body.AsMemory(0, PaxosExtension.MaxDecisionBytes + 1);
            var size = await context.Request.Body.ReadAtLeastAsync(window, window.Length, throwOnEndOfStream: false, context.RequestAborted);
            if (size == 0)
                return Problem.BadRequest("The body is empty: it is the value to propose.");
            if (size > PaxosExtension.MaxDecisionBytes)
                return Problem.TooLarge(PaxosExtension.MaxDecisionBytes);
            proposal = Strict.GetString(body, 0, size);
        }
        catch (DecoderFallbackException)
        {
            return Problem.BadRequest("The body is not UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
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
