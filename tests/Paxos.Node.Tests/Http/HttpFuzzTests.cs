using System.Net;
using System.Net.Sockets;
using System.Text;
using Paxos.Fuzzing;
using Paxos.Node.Http;

namespace Paxos.Node.Tests.Http;

/// <summary>Requests that no client makes: an answer below 500, or the connection's end; and the next one is served as ever.</summary>
public sealed class HttpFuzzTests : IAsyncLifetime
{
    private const int Rounds = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // So long the other side may hold what came for half a request; then it is told that nothing follows.
    private static readonly TimeSpan Hesitation = TimeSpan.FromMilliseconds(30);

    private static readonly string[] Words =
    [
        "GET ", "PUT ", "POST ", "DELETE ", "HEAD ", "TRACE ", "/v1/registers/", "/v1/registers?", "/v1/decisions/", "/v1/members", "/v1/leader", "/v1/status", "/health/ready",
        "/metrics", "prefix=", "after=", "limit=", "watch=true", "consistency=local", "ttl=", "&", "?", "%", "%00", "%2F", "%2e%2e", "%FF", "%ED%A0%80", "+", "//", "..", "http://x/", "*",
        "HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "\r\n", "\r\n\r\n", "\n", "If-Match: ", "If-None-Match: ", "Idempotency-Key: ", "Last-Event-ID: ", "Content-Length: ", "Accept: ",
        "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: Upgrade, HTTP2-Settings\r\n", "Host: ", "\"1\"", "W/\"1\"", "\"", "0", "-1", "1e400", "0.001",
        "99999999999999999999", "ffffffffffffffff\r\n", "{", "}", "\"id\":", "\"action\":\"add\"", "null", "[", "\\uD800", "\0", "\t", "ü", "application/openmetrics-text; version=x; q=",
    ];

    private static readonly string[] Valid =
    [
        "GET /v1/registers/color HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"1\", W/\"2\"\r\n\r\n",
        "PUT /v1/registers/a/b%20c?ttl=1.5 HTTP/1.1\r\nHost: x\r\nIf-Match: \"7\"\r\nIdempotency-Key: k-1\r\nContent-Length: 4\r\n\r\nblue",
        "PUT /v1/registers/color HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nblue\r\n0\r\n\r\n",
        "DELETE /v1/registers/color HTTP/1.1\r\nHost: x\r\nIf-Match: \"1\"\r\n\r\n",
        "GET /v1/registers?prefix=a%2F&after=a/b&limit=10&consistency=local HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/registers/color?watch=true HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 7\r\n\r\n",
        "POST /v1/decisions/t-shirt/color HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nblue",
        "GET /v1/decisions/t-shirt/color HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /v1/members HTTP/1.1\r\nHost: x\r\nContent-Length: 43\r\n\r\n{\"action\":\"add\",\"id\":\"d\",\"address\":\"h:1\"}\r\n",
        "POST /v1/leader HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"id\":\"b\"}",
        "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n",
    ];

    private readonly List<Exception> mistakes = [];
    private HttpServer server = null!;
    private int port;

    public async Task InitializeAsync()
    {
        server = await HttpServer.StartAsync(new HostPort("127.0.0.1", 0), new StandInDecisions(), new StandInRegisters(), mistakes.Add, new MemberHttpTests.StandInMembers());
        port = new Uri(server.Url).Port;
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task Whatever_comes_over_a_connection_is_refused_or_served_and_the_next_one_is_served()
    {
        var byCode = new Dictionary<string, int>();
        for (var seed = 0; seed < Fuzz.Rounds(Rounds); seed++)
        {
            var request = new Mutator(seed).Text(Valid, Words);
            var answer = await SendAsync(seed % 3 == 0 ? new Mutator(seed).Bytes([.. Valid.Select(Encoding.UTF8.GetBytes)]) : Encoding.UTF8.GetBytes(request), seed);
            var code = answer.Length >= 12 ? answer[9..12] : "";
            byCode[code] = byCode.GetValueOrDefault(code) + 1;
            Assert.False(code.StartsWith('5') && code is not "501" and not "505", $"seed {seed}: {answer}\n{request}");
            Assert.True(mistakes.Count == 0, $"seed {seed}: {mistakes.FirstOrDefault()}\n{request}");
            if (seed % 100 == 99)
                Assert.StartsWith("HTTP/1.1 200", await SendAsync(Encoding.UTF8.GetBytes(Valid[^2]), seed, isWhole: true));
        }
        Assert.True(byCode.GetValueOrDefault("400") > 0 && byCode.GetValueOrDefault("200") > 0, string.Join(", ", byCode));
    }

    [Fact]
    public async Task A_chunk_whose_size_no_number_holds_is_400() => Assert.StartsWith(
        "HTTP/1.1 400",
        await SendAsync(Encoding.UTF8.GetBytes("PUT /v1/registers/color HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\nblue\r\n0\r\n\r\n"), 0, isWhole: true));

    // The head of the answer; empty where the connection ends without one.
    private async Task<string> SendAsync(byte[] request, int seed, bool isWhole = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var stream = socket.GetStream();
        var head = new byte[64];
        try
        {
            await stream.WriteAsync(request);
            var reading = stream.ReadAtLeastAsync(head, 12, throwOnEndOfStream: false).AsTask();
            if (!isWhole && await Task.WhenAny(reading, Task.Delay(Hesitation)) != reading)
                socket.Client.Shutdown(SocketShutdown.Send);
            return Encoding.ASCII.GetString(head, 0, await reading.WaitAsync(Patience));
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"seed {seed}: no answer, and no end, to {Encoding.UTF8.GetString(request)}");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It has answered a part and thrown the rest away.
            return "";
        }
    }
}
