using System.Globalization;
using System.Text;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;

namespace Paxos.Node.Http;

/// <summary>Changes of registers as server-sent events, until the client goes or the node can't tell any more.</summary>
/// <param name="hasLeader">Whether this node knows who leads: without one it hears of no change, and does not know it.</param>
internal sealed class RegisterWatch(IRegisterStore registers, Func<bool> hasLeader, TimeProvider time, CancellationToken stopping)
{
    public const string ContentType = "text/event-stream";
    public const string LastEventId = "Last-Event-ID";
    public const string Put = "put";
    public const string Delete = "delete";
    public const string Reset = "reset";

    /// <summary>How a comment begins that carries how far the node has applied.</summary>
    public const string Applied = "applied ";

    // An election is over by then; so the client does better elsewhere. Looked at as often as progress is told.
    private static readonly TimeSpan MaxWithoutLeader = TimeSpan.FromSeconds(10);

    public async Task<Problem?> HandleAsync(HttpContext context, string keyOrPrefix, bool isPrefix)
    {
        var after = After(context.Request);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await using var events = registers.WatchAsync(keyOrPrefix, isPrefix, after, ended.Token).GetAsyncEnumerator(ended.Token);
        var next = events.MoveNextAsync().AsTask();
        // What is refused at once still gets its status code; nothing may happen for long, so the headers don't wait for it.
        if (next.IsFaulted)
            await next;
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await context.Response.Body.FlushAsync(ended.Token);
            var led = time.GetTimestamp();
            while (await next)
            {
                if (hasLeader())
                    led = time.GetTimestamp();
                else if (events.Current.Kind == RegisterEventKind.Progress && time.GetElapsedTime(led) >= MaxWithoutLeader)
                    throw new NotAppliedException(NotAppliedReason.NoQuorum, $"This node has known of no leader for {MaxWithoutLeader.TotalSeconds} s: resume elsewhere.");
                await WriteAsync(context.Response, events.Current, ended.Token);
                next = events.MoveNextAsync().AsTask();
                // What comes in one go leaves in one go.
                if (!next.IsCompleted)
                    await context.Response.Body.FlushAsync(ended.Token);
            }
        }
        catch (PaxosException e)
        {
            // The status code is gone: the end of the stream says "resume elsewhere", and a comment says why.
            await WriteAsync(context.Response, $": {e.Message.ReplaceLineEndings(" ")}\n\n", ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client is gone, or the node ends.
        }
        finally
        {
            // An iterator can't be disposed of while it is asked for the next.
            await ended.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return null;
    }

    private static ulong? After(HttpRequest request)
    {
        var given = request.Headers[LastEventId].ToString();
        if (given.Length == 0)
            return null;
        return ulong.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw new ArgumentException($"{LastEventId}: '{given}' is no revision.");
    }

    private static Task WriteAsync(HttpResponse response, RegisterEvent e, CancellationToken ct)
    {
        if (e.Kind == RegisterEventKind.Progress)
            return WriteAsync(response, string.Create(CultureInfo.InvariantCulture, $": {Applied}{e.Revision}\n\n"), ct);
        var name = e.Kind switch
        {
            RegisterEventKind.Put => Put,
            RegisterEventKind.Delete => Delete,
            _ => Reset,
        };
        var data = JsonSerializer.Serialize(new RegisterDocument(e.Key, e.Version, e.Value), Json.Http.RegisterDocument);
        return WriteAsync(response, string.Create(CultureInfo.InvariantCulture, $"id: {e.Revision}\nevent: {name}\ndata: {data}\n\n"), ct);
    }

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken ct) =>
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
}
