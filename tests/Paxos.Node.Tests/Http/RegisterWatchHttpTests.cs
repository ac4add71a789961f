using System.Net;
using System.Text;
using Paxos.Actors;

namespace Paxos.Node.Tests.Http;

/// <summary>Watches over a real socket, with a stand-in behind it.</summary>
public sealed class RegisterWatchHttpTests : RegisterServer
{
    [Fact]
    public async Task A_watch_begins_with_what_is_there_and_goes_on()
    {
        await WriteAsync("color", "blue");
        using var stream = await WatchAsync("/v1/registers/color?watch=true");

        Assert.Equal("id: 1|event: reset|data: {\"key\":\"color\",\"version\":1,\"value\":\"Ymx1ZQ==\"}", await stream.EventAsync());
        await WriteAsync("other", "x");
        await WriteAsync("color", "red");
        await Registers.DeleteAsync("color");
        Registers.Progress();

        Assert.Equal("id: 3|event: put|data: {\"key\":\"color\",\"version\":3,\"value\":\"cmVk\"}", await stream.EventAsync());
        Assert.Equal("id: 4|event: delete|data: {\"key\":\"color\",\"version\":4,\"value\":null}", await stream.EventAsync());
        Assert.Equal(": applied 4", await stream.EventAsync());
    }

    [Fact]
    public async Task A_watch_is_resumed_after_the_last_event_that_was_seen()
    {
        foreach (var key in (string[])["a/1", "a/2", "b", "a/3"])
            await WriteAsync(key, "x");

        using var stream = await WatchAsync("/v1/registers?prefix=a%2F&watch=true", lastEventId: 1);

        Assert.StartsWith("id: 2|event: put|data: {\"key\":\"a/2\"", await stream.EventAsync());
        Assert.StartsWith("id: 4|event: put|data: {\"key\":\"a/3\"", await stream.EventAsync());
    }

    [Fact]
    public async Task A_watch_from_before_the_history_gets_a_reset()
    {
        await WriteAsync("color", "blue");
        await WriteAsync("color", "red");
        Registers.CompactedThrough = 2;

        using var stream = await WatchAsync("/v1/registers/color?watch=true", lastEventId: 1);

        Assert.StartsWith("id: 2|event: reset|", await stream.EventAsync());
    }

    [Fact]
    public async Task A_watch_answers_at_once_where_nothing_happens()
    {
        using var stream = await WatchAsync("/v1/registers/color?watch=true", lastEventId: 0);

        Assert.Equal(1, Registers.Watchers);
    }

    [Fact]
    public async Task A_watch_that_is_refused_at_once_has_its_status_code()
    {
        Registers.Failure = new NotAppliedException(NotAppliedReason.NoQuorum, "no leader");

        using var refused = await Http.GetAsync("/v1/registers/color?watch=true");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Fact]
    public async Task A_watch_that_can_t_go_on_says_why_and_ends()
    {
        using var stream = await WatchAsync("/v1/registers/color?watch=true", lastEventId: 0);

        Registers.EndWatches(new NotAppliedException(NotAppliedReason.NoQuorum, "no leader\nfor 10 s"));

        Assert.Equal(": no leader for 10 s", await stream.EventAsync());
        Assert.Null(await stream.EventAsync());
    }

    [Fact]
    public async Task A_node_that_has_had_no_leader_for_ten_seconds_closes_the_stream_and_says_why()
    {
        Decisions.HasLeader = true;
        using var stream = await WatchAsync("/v1/registers/color?watch=true", lastEventId: 0);
        Time.Advance(TimeSpan.FromSeconds(60));
        Registers.Progress();
        Assert.Equal(": applied 0", await stream.EventAsync());
        Decisions.HasLeader = false;
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Registers.Progress();
        Assert.Equal(": applied 0", await stream.EventAsync());

        Time.Advance(TimeSpan.FromSeconds(0.1));
        Registers.Progress();

        Assert.StartsWith(": This node has known of no leader for 10 s", await stream.EventAsync());
        Assert.Null(await stream.EventAsync());
    }

    [Fact]
    public async Task A_client_that_goes_ends_its_watch()
    {
        var stream = await WatchAsync("/v1/registers/color?watch=true", lastEventId: 0);

        stream.Dispose();

        await Processes.Eventually.HoldsAsync(() => Task.FromResult(Registers.Watchers == 0), () => "the watch goes on");
    }

    [Fact]
    public async Task A_node_that_ends_ends_its_watches()
    {
        using var stream = await WatchAsync("/v1/registers/color?watch=true", lastEventId: 0);

        await Server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Null(await stream.EventAsync());
    }

    private async Task WriteAsync(string key, string value) => await Registers.WriteAsync(key, Encoding.UTF8.GetBytes(value));

    private async Task<EventText> WatchAsync(string target, ulong? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        if (lastEventId is { } id)
            request.Headers.Add("Last-Event-ID", $"{id}");
        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        await Registers.WatchedAsync();
        return new EventText(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    private sealed class EventText(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }

        /// <summary>The next event's lines with bars between; null: the stream has ended.</summary>
        public async Task<string?> EventAsync()
        {
            var lines = new List<string>();
            while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10)) is { } line)
            {
                if (line.Length == 0)
                    return string.Join('|', lines);
                lines.Add(line);
            }
            return null;
        }
    }
}
