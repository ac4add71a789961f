using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Node.Http;

namespace Paxos.Node.Tests.Http;

/// <summary>The HTTP API over a real socket, with a stand-in behind it.</summary>
public sealed class HttpServerTests : IAsyncLifetime, IDisposable
{
    private readonly StandInDecisions decisions = new();
    private readonly List<Exception> mistakes = [];
    private readonly HttpClient http = new();
    private HttpServer server = null!;

    public async Task InitializeAsync()
    {
        server = await HttpServer.StartAsync(new HostPort("127.0.0.1", 0), decisions, registers: null, mistakes.Add);
        http.BaseAddress = new Uri(server.Url);
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task The_first_proposal_is_decided_and_the_second_is_told_so()
    {
        using var mine = await http.PostAsync("/v1/decisions/color", new StringContent("blue"));
        using var theirs = await http.PostAsync("/v1/decisions/color", new StringContent("red"));
        using var read = await http.GetAsync("/v1/decisions/color");

        Assert.Equal(("blue", "mine"), (await mine.Content.ReadAsStringAsync(), mine.Headers.GetValues("Paxos-Decided").Single()));
        Assert.Equal(("blue", "theirs"), (await theirs.Content.ReadAsStringAsync(), theirs.Headers.GetValues("Paxos-Decided").Single()));
        Assert.Equal((HttpStatusCode.OK, "blue"), (read.StatusCode, await read.Content.ReadAsStringAsync()));
        Assert.Equal("text/plain", read.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_value_comes_back_byte_for_byte()
    {
        byte[] value = [0xEF, 0xBB, 0xBF, .. "grün\r\n\0 "u8];

        using var decided = await http.PostAsync("/v1/decisions/bytes", new ByteArrayContent(value));

        Assert.Equal("mine", decided.Headers.GetValues("Paxos-Decided").Single());
        Assert.Equal(value, await decided.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task What_was_never_decided_is_404() => await ExpectAsync(404, "undecided", "GET /v1/decisions/nothing");

    [Theory]
    [InlineData("t-shirt/color", "t-shirt/color")]
    [InlineData("t-shirt%2Fcolor", "t-shirt/color")]
    [InlineData("gr%C3%BCn", "grün")]
    [InlineData("a%20b+c", "a b+c")]
    [InlineData("100%25", "100%")]
    [InlineData("%2525", "%25")]
    [InlineData("name?query=ignored", "name")]
    public async Task A_name_is_the_rest_of_the_raw_target_decoded_once(string target, string name)
    {
        Assert.StartsWith("HTTP/1.1 200", await SendRawAsync($"POST /v1/decisions/{target}", "x"));

        Assert.Equal(name, decisions.Values.Keys.Single());
    }

    [Fact]
    public async Task A_proxy_s_absolute_target_names_the_same()
    {
        Assert.StartsWith("HTTP/1.1 200", await SendRawAsync("POST http://x/v1/decisions/a/b", "x"));

        Assert.Equal("a/b", decisions.Values.Keys.Single());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/%2E%2E/b")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("")]
    [InlineData("a%2")]
    [InlineData("a%zz")]
    [InlineData("%FF")]
    [InlineData("%ED%A0%80")]
    public async Task A_bad_name_is_400(string name) => await ExpectAsync(400, "bad-request", $"POST /v1/decisions/{name}", "x");

    [Fact]
    public async Task A_name_of_512_bytes_is_taken_and_one_more_is_not()
    {
        Assert.StartsWith("HTTP/1.1 200", await SendRawAsync($"POST /v1/decisions/{new string('n', 512)}", "x"));
        Assert.Contains("the limit is 512", await ExpectAsync(400, "bad-request", $"POST /v1/decisions/{new string('n', 513)}", "x"));
    }

    [Fact]
    public async Task An_empty_value_is_400() => await ExpectAsync(400, "bad-request", "POST /v1/decisions/a");

    [Fact]
    public async Task A_value_that_is_not_UTF_8_is_400()
    {
        using var refused = await http.PostAsync("/v1/decisions/a", new ByteArrayContent([0x61, 0xFF]));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Empty(decisions.Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_of_65536_bytes_is_taken_and_one_more_is_413(bool chunked)
    {
        using var taken = await PostAsync("fits", 65_536, chunked);
        using var refused = await PostAsync("too-long", 65_537, chunked);

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains("65536", await refused.Content.ReadAsStringAsync());
        Assert.Equal(["fits"], decisions.Values.Keys);
    }

    [Fact]
    public async Task A_value_that_says_it_is_too_large_is_refused_before_it_is_sent()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, http.BaseAddress!.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync("POST /v1/decisions/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);

        Assert.StartsWith("HTTP/1.1 413", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(NotAppliedReason.Overloaded, "overloaded")]
    [InlineData(NotAppliedReason.NoQuorum, "no-leader")]
    [InlineData(NotAppliedReason.NotMember, "not-member")]
    [InlineData(NotAppliedReason.Forming, "forming")]
    public async Task What_was_certainly_not_applied_is_503_and_says_why(NotAppliedReason reason, string type)
    {
        decisions.Failure = new NotAppliedException(reason, "the reason in words");

        var answer = await ExpectAsync(503, type, "POST /v1/decisions/a", "x");

        Assert.Contains("Retry-After: 1", answer);
        Assert.Contains("the reason in words", answer);
    }

    [Fact]
    public async Task An_unknown_outcome_is_504()
    {
        decisions.Failure = new OutcomeUnknownException("it may be chosen");

        Assert.Contains("it may be chosen", await ExpectAsync(504, "outcome-unknown", "POST /v1/decisions/a", "x"));
    }

    [Fact]
    public async Task A_mistake_of_the_node_is_500_and_logged_and_not_told_to_the_client()
    {
        decisions.Failure = new InvalidOperationException("an inner matter");

        Assert.DoesNotContain("an inner matter", await ExpectAsync(500, "internal", "POST /v1/decisions/a", "x"));
        Assert.Equal("an inner matter", mistakes.Single().Message);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_operation()
    {
        decisions.NeverAnswers = true;
        using var gone = new CancellationTokenSource();
        var asking = http.PostAsync("/v1/decisions/a", new StringContent("x"), gone.Token);
        await decisions.Asked.WaitAsync(TimeSpan.FromSeconds(10));

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await decisions.Cancelled.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(mistakes);
    }

    [Theory]
    [InlineData("DELETE", "/v1/decisions/a", "GET, HEAD, POST")]
    [InlineData("POST", "/v1/status", "GET, HEAD")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    public async Task Another_method_is_405_and_says_which_are_allowed(string method, string path, string allow) =>
        Assert.Contains($"Allow: {allow}", await ExpectAsync(405, "method-not-allowed", $"{method} {path}", "x"));

    [Theory]
    [InlineData("/")]
    [InlineData("/v1/decisions")]
    [InlineData("/v1/Status")]
    [InlineData("/v1/status/")]
    public async Task An_unknown_path_is_404(string path) => await ExpectAsync(404, "not-found", $"GET {path}");

    [Theory]
    [InlineData(NodeState.Forming, "forming")]
    [InlineData(NodeState.Recovering, "recovering")]
    [InlineData(NodeState.Running, "running")]
    [InlineData(NodeState.Refused, "refused")]
    [InlineData(NodeState.Failed, "failed")]
    public async Task The_status_is_200_in_every_state_and_has_the_shape_of_the_plan(NodeState state, string name)
    {
        decisions.State = state;

        var status = await http.GetFromJsonAsync<JsonElement>("/v1/status");

        var expected = JsonDocument.Parse($$$"""
            {"cluster":"c","node":"a","incarnation":"0000000000000000000000000000002a","state":"{{{name}}}","reason":null,
             "leader":null,
             "groups":[{"group":"default","reason":null,"leader":null,"ballot":null,"chosen":0,"applied":0,"trimmed":0,"quorumConnected":true,
               "lags":{},"journalBytes":null,"configuration":{"epoch":0,"slot":0,"voters":[
                 {"id":"a","incarnation":"0000000000000000000000000000002a","address":"127.0.0.1:4053","http":"http://127.0.0.1:8080"},
                 {"id":"b","incarnation":null,"address":"127.0.0.1:4054","http":null}],"learners":[]}}],
             "peers":[{"id":"b","heardMsAgo":40},{"id":"c","heardMsAgo":null}]}
            """);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, status), status.ToString());
    }

    [Theory]
    [InlineData(NodeState.Running, true, true, 200, "ready")]
    [InlineData(NodeState.Running, true, false, 503, "no-leader")]
    [InlineData(NodeState.Running, false, true, 503, "no-leader")]
    [InlineData(NodeState.Forming, false, false, 503, "forming")]
    [InlineData(NodeState.Recovering, false, false, 503, "no-leader")]
    [InlineData(NodeState.Refused, false, false, 503, "not-member")]
    [InlineData(NodeState.Failed, false, false, 503, "not-member")]
    public async Task Ready_is_running_with_a_quorum_in_hearing_and_a_leader(NodeState state, bool quorum, bool leader, int status, string says)
    {
        (decisions.State, decisions.QuorumConnected, decisions.HasLeader) = (state, quorum, leader);

        using var ready = await http.GetAsync("/health/ready");
        using var live = await http.GetAsync("/health/live");

        Assert.Equal(status, (int)ready.StatusCode);
        Assert.Contains(says, await ready.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Fact]
    public async Task A_node_whose_machine_was_found_out_is_not_ready_and_says_why()
    {
        (decisions.HasLeader, decisions.Fault) = (true, "it is not deterministic");

        using var ready = await http.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("it is not deterministic", await ready.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_address_in_use_is_named()
    {
        using var taken = FreePorts.Listen();

        var refused = await Assert.ThrowsAsync<UsageException>(
            () => HttpServer.StartAsync(new HostPort("127.0.0.1", taken.Port), decisions, registers: null, mistakes.Add));

        Assert.Contains($"--http: the address 127.0.0.1:{taken.Port} is in use", refused.Message);
    }

    private async Task<HttpResponseMessage> PostAsync(string name, int size, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/decisions/{name}") { Content = new ByteArrayContent(Encoding.ASCII.GetBytes(new string('v', size))) };
        request.Headers.TransferEncodingChunked = chunked;
        return await http.SendAsync(request);
    }

    private async Task<string> ExpectAsync(int status, string type, string request, string body = "")
    {
        var answer = await SendRawAsync(request, body);
        Assert.StartsWith($"HTTP/1.1 {status}", answer);
        Assert.Contains("application/problem+json", answer);
        Assert.Contains($"{type}\"", answer);
        return answer;
    }

    // Written by hand: an HTTP client would tidy the target up before it sends it.
    private async Task<string> SendRawAsync(string request, string body = "")
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, http.BaseAddress!.Port);
        await using var stream = socket.GetStream();
        var length = Encoding.UTF8.GetByteCount(body);
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }
}
