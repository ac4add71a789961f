using Paxos.Actors;
using Paxos.Node.Hosting;

namespace Paxos.Node.Http;

/// <summary><c>/v1/status</c> and <c>/health/*</c>: how the node is, asked of nobody else.</summary>
internal sealed class StatusRoutes(IDecisions decisions)
{
    public const string Status = "/v1/status";
    public const string Live = "/health/live";
    public const string Ready = "/health/ready";

    public async Task<Problem?> HandleAsync(HttpContext context, string path)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return Problem.MethodNotAllowed(context.Request.Method, "GET, HEAD");
        switch (path)
        {
            case Status:
                await context.Response.WriteAsJsonAsync(
                    StatusDocument.From(decisions.Status), Json.Http.StatusDocument, cancellationToken: context.RequestAborted);
                return null;
            case Ready when NotReady(decisions.Status) is { } why:
                return why;
            default:
                await context.Response.WriteAsync(path == Ready ? "ready\n" : "live\n", context.RequestAborted);
                return null;
        }
    }

    private static Problem? NotReady(NodeStatus status) => status.Missing is not { } missing ? null : status.State switch
    {
        NodeState.Running when status.Groups.Any(group => group.Reason is not null) => Problem.Unavailable(Problem.NotMember, missing),
        NodeState.Running or NodeState.Recovering => Problem.Unavailable(Problem.NoLeader, missing),
        NodeState.Forming => Problem.Unavailable(Problem.Forming, missing),
        _ => Problem.Unavailable(Problem.NotMember, missing),
    };
}
