using System.Net;
using System.Text.Json.Serialization.Metadata;
using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>Asks nodes over HTTP to change who the members are. A change whose outcome is unknown is not asked for again.</summary>
internal sealed class MemberClient(NodeClient node)
{
    private bool isUnknown;

    public Task<Answer> ChangeAsync(Uri endpoint, MemberRequest request, CancellationToken ct) => SendAsync(
        new Uri(endpoint, MemberRoutes.Members),
        JsonContent.Create(request, Json.Http.MemberRequest),
        Json.Http.ConfigurationDocument,
        configuration => new Answer.Changed(configuration),
        ct);

    public Task<Answer> TransferAsync(Uri endpoint, LeaderRequest request, CancellationToken ct) => SendAsync(
        new Uri(endpoint, MemberRoutes.Leader),
        JsonContent.Create(request, Json.Http.LeaderRequest),
        Json.Http.LeaderDocument,
        leader => new Answer.Led(leader),
        ct);

    private async Task<Answer> SendAsync<T>(
        Uri target, HttpContent content, JsonTypeInfo<T> type, Func<T, Answer> done, CancellationToken ct)
        where T : class
    {
        // Another node would refuse what the first one may have done: that a node is a member already, say.
        if (isUnknown)
            return new Answer.Unknown("not asked any more");
        var answer = await node.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, target) { Content = content },
            async (response, token) => response.StatusCode switch
            {
                HttpStatusCode.OK when await response.Content.ReadFromJsonAsync(type, token) is { } document => done(document),
                HttpStatusCode.Conflict when await NodeClient.ProblemAsync(response, token) is { } problem => new Answer.NotChanged(problem.Detail),
                _ => null,
            },
            isWrite: true,
            ct);
        isUnknown = answer is Answer.Unknown;
        return answer;
    }
}
