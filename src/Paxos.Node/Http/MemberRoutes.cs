using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Members;
using Paxos.Protocol;

namespace Paxos.Node.Http;

/// <summary>The body of <c>POST /v1/members</c>.</summary>
/// <param name="Action">add, remove, promote or replace.</param>
/// <param name="Address">Of add and replace: HOST:PORT of the node's remoting, as it says itself; null: what it says.</param>
internal sealed record MemberRequest(string? Action, string? Id, string? Address);

/// <summary>The body of <c>POST /v1/leader</c>.</summary>
internal sealed record LeaderRequest(string? Id);

/// <summary><c>POST /v1/members</c>: change who the members are; <c>POST /v1/leader</c>: let another voter lead.</summary>
internal sealed class MemberRoutes(IMembers members, Func<NodeStatus> status)
{
    public const string Members = "/v1/members";
    public const string Leader = "/v1/leader";
    private const string Allow = "POST";
    private const int MaxBytes = 4096;

    public async Task<Problem?> HandleAsync(HttpContext context, string path)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
            return Problem.MethodNotAllowed(context.Request.Method, Allow);
        if (await RequestBody.ReadAsync(context, MaxBytes) is not { } body)
            return Problem.BadRequest($"The body has more than {MaxBytes} bytes.");
        try
        {
            return path == Members
                ? await ChangeAsync(context, JsonSerializer.Deserialize(body, Json.Http.MemberRequest))
                : await TransferAsync(context, JsonSerializer.Deserialize(body, Json.Http.LeaderRequest));
        }
        catch (JsonException e)
        {
            return Problem.BadRequest($"The body is not the JSON that belongs here: {e.Message}");
        }
    }

    private async Task<Problem?> ChangeAsync(HttpContext context, MemberRequest? request)
    {
        if (Node(request?.Id) is not { } node)
            return NoId(request?.Id);
        var address = request!.Address is "" ? null : request.Address;
        if (address is not null && request.Action is ("remove" or "promote"))
            return Problem.BadRequest($"{request.Action} takes no address.");
        var ct = context.RequestAborted;
        Task<ConfigurationStatus>? change = request.Action switch
        {
            "add" => members.AddAsync(node, address, ct),
            "remove" => members.RemoveAsync(node, ct),
            "promote" => members.PromoteAsync(node, ct),
            "replace" => members.ReplaceAsync(node, address, ct),
            _ => null,
        };
        if (change is null)
            return Problem.BadRequest($"The action is '{request.Action}': there are add, remove, promote and replace.");
        var document = ConfigurationDocument.From(await change);
        await context.Response.WriteAsJsonAsync(document, Json.Http.ConfigurationDocument, cancellationToken: ct);
        return null;
    }

    private async Task<Problem?> TransferAsync(HttpContext context, LeaderRequest? request)
    {
        if (Node(request?.Id) is not { } node)
            return NoId(request?.Id);
        await members.TransferLeadershipAsync(node, context.RequestAborted);
        var http = status().Groups[0].Voters.FirstOrDefault(voter => voter.Id == node)?.Http;
        await context.Response.WriteAsJsonAsync(
            new LeaderDocument(node.ToString(), http), Json.Http.LeaderDocument, cancellationToken: context.RequestAborted);
        return null;
    }

    private static NodeId? Node(string? id) => NodeId.IsValid(id) ? new NodeId(id!) : null;

    private static Problem NoId(string? id) =>
        Problem.BadRequest($"The id is '{id}', which is no node id: 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ .");
}
