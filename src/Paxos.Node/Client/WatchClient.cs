using System.Globalization;
using System.Text.Json;
using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>
/// Watches registers at one node after another: when its stream ends or falls silent, the next one goes on where it ended. No
/// event is lost on the way, and none is told twice.
/// </summary>
/// <param name="tell">Takes an event: put, delete or reset.</param>
/// <param name="moved">Told where a stream that had begun has ended, and why.</param>
internal sealed class WatchClient(
    NodeClient node, IReadOnlyList<Uri> endpoints, string keyOrPrefix, bool isPrefix, ulong? from, Func<WatchReport, Task> tell, Func<Uri, string, Task> moved)
{
    // A node says at least every five seconds (paxos.log.watch-progress) that it is still there.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(7);
    // Before the next endpoint is tried, and before the first one is again.
    private static readonly TimeSpan BetweenStreams = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1);

    private readonly WatchCursor cursor = new(from, isPrefix);
    private bool isServing;

    /// <summary>
    /// Goes on until it is cancelled, or until a node says that the request makes no sense. A watch that no node serves from the
    /// beginning ends, and says why; one that has begun waits until a node serves it again.
    /// </summary>
    public async Task<Outcome> RunAsync(CancellationToken ct)
    {
        var hasBegun = false;
        while (true)
        {
            var said = new List<string>();
            var code = ExitCode.Usage;
            foreach (var endpoint in endpoints)
            {
                isServing = false;
                var failure = await FollowAsync(endpoint, ct);
                var detail = (failure as Answer.Unsettled)?.Detail ?? "it answered what was not asked";
                if (isServing)
                    await moved(endpoint, detail);
                hasBegun |= isServing;
                said.Add($"  {endpoint.GetLeftPart(UriPartial.Authority)}: {detail}");
                if (failure is Answer.Invalid)
                    return new Outcome(ExitCode.Usage, null, endpoint, [said[^1]]);
                if (failure is not Answer.Unreachable)
                    code = ExitCode.Refused;
                await Task.Delay(BetweenStreams, ct);
            }
            if (!hasBegun)
                return new Outcome(code, null, null, said);
            await Task.Delay(BetweenRounds, ct);
        }
    }

    // Why it ended, or was not served at all.
    private async Task<Answer> FollowAsync(Uri endpoint, CancellationToken ct)
    {
        using var request = Request(endpoint);
        cursor.Begin();
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(ct);
        opening.CancelAfter(OpenTimeout);
        var (response, failure) = await node.OpenAsync(request, RegisterWatch.ContentType, opening.Token);
        ct.ThrowIfCancellationRequested();
        if (response is null)
            return failure!;
        using (response)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(ct);
            silence.CancelAfter(SilentAfter);
            try
            {
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(silence.Token));
                return await ReadAsync(new EventStream(reader), silence);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return new Answer.Unknown($"nothing came for {SilentAfter.TotalSeconds} s");
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                return new Answer.Unknown("the connection broke");
            }
            catch (JsonException e)
            {
                return new Answer.Unreachable($"what answers there is no paxos node ({e.Message})");
            }
        }
    }

    private async Task<Answer> ReadAsync(EventStream events, CancellationTokenSource silence)
    {
        var why = "it ended the stream";
        while (await events.NextAsync(silence.Token) is { } item)
        {
            silence.CancelAfter(SilentAfter);
            if (item.Comment is { } comment)
            {
                if (Applied(comment) is { } applied)
                {
                    isServing = true;
                    cursor.Progress(applied);
                }
                else
                {
                    why = comment;
                }
                continue;
            }
            if (item.Id is not { } revision || JsonSerializer.Deserialize(item.Data, Json.Http.RegisterDocument) is not { } register)
                return new Answer.Unreachable("what answers there is no paxos node");
            if (item.Event == RegisterWatch.Reset ? !cursor.Reset(revision) : revision == 0)
                return new Answer.Refused("the node is behind");
            isServing = true;
            if (item.Event == RegisterWatch.Reset || cursor.Advance(revision))
                await tell(new WatchReport(item.Event, revision, register.Key, register.Version, register.Value));
        }
        return new Answer.Refused(why);
    }

    private HttpRequestMessage Request(Uri endpoint)
    {
        var target = isPrefix
            ? $"{RegisterRoutes.All}?prefix={Uri.EscapeDataString(keyOrPrefix)}&watch=true"
            : $"{RegisterClient.PathOf(keyOrPrefix)}?watch=true";
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, target));
        if (cursor.After is { } after)
            request.Headers.TryAddWithoutValidation(RegisterWatch.LastEventId, after.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private static ulong? Applied(string comment) =>
        comment.StartsWith(RegisterWatch.Applied, StringComparison.Ordinal)
        && ulong.TryParse(comment.AsSpan(RegisterWatch.Applied.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : null;
}
