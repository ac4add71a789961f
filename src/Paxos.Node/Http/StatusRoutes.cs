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

    private static Problem? NotReady(NodeStatus status) => status.State switch
    {
        NodeState.Running when status.IsReady => null,
        NodeState.Running when status.Groups.FirstOrDefault(group => group.Reason is not null) is { Reason: { } reason } =>
            Problem.Unavailable(Problem.NotMember, reason),
        NodeState.Running when status.Groups.All(group => group.QuorumConnected) =>
            Problem.Unavailable(Problem.NoLeader, $"Node {status.Node} hears a quorum, and knows of no leader yet."),
        NodeState.Running => Problem.Unavailable(Problem.NoLeader, $"Node {status.Node} does not hear a quorum of the voters."),
        NodeState.Forming => Problem.Unavailable(Problem.Forming, $"Node {status.Node} takes no part yet. {status.Reason}"),
        NodeState.Recovering => Problem.Unavailable(Problem.NoLeader, $"Node {status.Node} is reading its journal."),
        _ => Problem.Unavailable(Problem.NotMember, status.Reason ?? $"Node {status.Node} takes no part."),
    };
}
