using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Registers;

namespace Paxos.Node.Tests.Http;

/// <summary>Registers over a real socket, with a stand-in behind it.</summary>
public sealed class RegisterHttpTests : RegisterServer
{
    [Fact]
    public async Task A_value_is_created_replaced_read_and_deleted()
    {
        Assert.Equal((404, null), await SendAsync("GET", "color"));
        Assert.Equal((201, "\"1\""), await SendAsync("PUT", "color", "blue"));
        Assert.Equal((200, "\"2\""), await SendAsync("PUT", "color", "red"));
        using var read = await Http.GetAsync("/v1/registers/color");
        Assert.Equal(("red", "\"2\""), (await read.Content.ReadAsStringAsync(), read.Headers.ETag?.Tag));
        Assert.Equal("application/octet-stream", read.Content.Headers.ContentType?.MediaType);
        Assert.Equal((200, "\"2\""), await SendAsync("HEAD", "color"));
        Assert.Equal((204, null), await SendAsync("DELETE", "color"));
        Assert.Equal((404, null), await SendAsync("DELETE", "color"));
    }

    [Fact]
    public async Task A_write_with_If_Match_happens_only_at_that_version()
    {
        await SendAsync("PUT", "color", "blue");

        Assert.Equal((412, "\"1\""), await SendAsync("PUT", "color", "red", "If-Match: \"7\""));
        Assert.Equal((200, "\"2\""), await SendAsync("PUT", "color", "red", "If-Match: \"1\""));
        Assert.Equal((412, "\"2\""), await SendAsync("DELETE", "color", "", "If-Match: \"1\""));
        Assert.Equal((204, null), await SendAsync("DELETE", "color", "", "If-Match: \"2\""));
        Assert.Equal((412, null), await SendAsync("DELETE", "color", "", "If-Match: \"2\""));
        Assert.Equal((412, null), await SendAsync("PUT", "color", "red", "If-Match: \"2\""));
    }

    [Fact]
    public async Task A_write_with_If_None_Match_creates_only()
    {
        Assert.Equal((201, "\"1\""), await SendAsync("PUT", "color", "blue", "If-None-Match: *"));
        Assert.Equal((412, "\"1\""), await SendAsync("PUT", "color", "red", "If-None-Match: *"));
    }

    [Theory]
    [InlineData("\"1\"", 304)]
    [InlineData("W/\"1\"", 304)]
    [InlineData("\"9\", \"1\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"2\"", 200)]
    [InlineData("1", 400)]
    public async Task A_reader_who_has_the_version_gets_304(string known, int status)
    {
        await SendAsync("PUT", "color", "blue");

        var (code, tag) = await SendAsync("GET", "color", "", $"If-None-Match: {known}");

        Assert.Equal((status, status == 400 ? null : "\"1\""), (code, tag));
    }

    [Theory]
    [InlineData("PUT", "color", "If-Match: *")]
    [InlineData("PUT", "color", "If-Match: 1")]
    [InlineData("PUT", "color", "If-Match: \"0\"")]
    [InlineData("PUT", "color", "If-Match: \"-1\"")]
    [InlineData("PUT", "color", "If-Match: W/\"1\"")]
    [InlineData("PUT", "color", "If-Match: \"1\", \"2\"")]
    [InlineData("PUT", "color", "If-None-Match: \"1\"")]
    [InlineData("DELETE", "color", "If-None-Match: *")]
    [InlineData("PUT", "color?ttl=0", null)]
    [InlineData("PUT", "color?ttl=-1", null)]
    [InlineData("PUT", "color?ttl=0.0009", null)]
    [InlineData("PUT", "color?ttl=1e3", null)]
    [InlineData("PUT", "color?ttl=1,5", null)]
    [InlineData("PUT", "color?ttl=99999999999", null)]
    [InlineData("PUT", "color?ttl=1&ttl=2", null)]
    [InlineData("PUT", "color", "Idempotency-Key: 129")]
    [InlineData("PUT", "a//b", null)]
    [InlineData("PUT", "%FF", null)]
    [InlineData("PUT", "", null)]
    [InlineData("GET", "color?consistency=eventual", null)]
    [InlineData("GET", "color?watch=yes", null)]
    [InlineData("GET", "color?watch=true", "Last-Event-ID: x")]
    public async Task What_makes_no_sense_is_400_and_nothing_is_written(string method, string target, string? header)
    {
        if (header == "Idempotency-Key: 129")
            header = $"Idempotency-Key: {new string('k', 129)}";

        Assert.Equal((400, null), await SendAsync(method, target, "blue", header));

        Assert.Empty(Registers.Writes);
    }

    [Theory]
    [InlineData("t-shirt/color", "t-shirt/color")]
    [InlineData("t-shirt%2Fcolor", "t-shirt/color")]
    [InlineData("gr%C3%BCn%3F", "grün?")]
    public async Task A_key_is_the_rest_of_the_target_decoded_once(string target, string key)
    {
        Assert.Equal((201, "\"1\""), await SendAsync("PUT", target, "x"));

        Assert.Equal(key, Registers.Writes.Single().Key);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("?ttl=90", 90_000)]
    [InlineData("?ttl=1.5", 1500)]
    [InlineData("?ttl=0.0011", 2)]
    public async Task A_ttl_is_seconds_and_never_less_than_was_asked(string query, int? milliseconds)
    {
        await SendAsync("PUT", "color" + query, "blue");

        Assert.Equal(milliseconds, Registers.Writes.Single().Ttl?.TotalMilliseconds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_of_1_MiB_is_taken_and_one_more_byte_is_413_with_the_limit(bool chunked)
    {
        var bytes = new byte[IRegisterStore.MaxValueBytes + 1];
        Random.Shared.NextBytes(bytes);

        using var taken = await PutAsync("fits", bytes[1..], chunked);
        using var refused = await PutAsync("too-long", bytes, chunked);

        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
        Assert.Equal(bytes[1..], await Http.GetByteArrayAsync("/v1/registers/fits"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains("1048576", await refused.Content.ReadAsStringAsync());
        Assert.Equal("fits", Registers.Writes.Single().Key);
    }

    [Fact]
    public async Task A_value_may_be_empty()
    {
        Assert.Equal((201, "\"1\""), await SendAsync("PUT", "color"));
        Assert.Empty(await Http.GetByteArrayAsync("/v1/registers/color"));
    }

    [Fact]
    public async Task The_same_write_with_the_same_idempotency_key_is_answered_as_the_first_and_another_is_422()
    {
        var key = $"Idempotency-Key: {new string('k', 128)}";

        Assert.Equal((201, "\"1\""), await SendAsync("PUT", "color", "blue", key));
        Assert.Equal((201, "\"1\""), await SendAsync("PUT", "color", "blue", key));
        Assert.Equal((422, null), await SendAsync("PUT", "color", "red", key));
        Assert.Equal((422, null), await SendAsync("DELETE", "color", "", key));
        Assert.Equal("blue", await Http.GetStringAsync("/v1/registers/color"));
    }

    [Theory]
    [InlineData("color", Consistency.Linearizable)]
    [InlineData("color?consistency=linearizable", Consistency.Linearizable)]
    [InlineData("color?consistency=local", Consistency.Local)]
    public async Task A_read_is_linearizable_unless_it_asks_otherwise(string target, Consistency consistency)
    {
        await SendAsync("GET", target);

        Assert.Equal(consistency, Registers.Reads.Single());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Failures_say_whether_it_may_have_happened(string method)
    {
        Registers.Failure = new NotAppliedException(NotAppliedReason.NoQuorum, "no leader");
        Assert.Equal((503, null), await SendAsync(method, "color"));
        Registers.Failure = new OutcomeUnknownException("it may be chosen");
        Assert.Equal((504, null), await SendAsync(method, "color"));
    }

    [Theory]
    [InlineData("POST", "color", "GET, HEAD, PUT, DELETE")]
    [InlineData("PUT", null, "GET, HEAD")]
    public async Task Another_method_is_405_and_says_which_are_allowed(string method, string? key, string allow)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), key is null ? "/v1/registers" : $"/v1/registers/{key}");
        using var response = await Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
    }

    [Fact]
    public async Task A_range_is_read_page_by_page()
    {
        foreach (var key in (string[])["a/2", "b", "a/1", "a/3 +"])
            await SendAsync("PUT", Uri.EscapeDataString(key), $"value of {key}");

        var first = await Http.GetFromJsonAsync<JsonElement>("/v1/registers?prefix=a/&limit=2");
        var second = await Http.GetFromJsonAsync<JsonElement>("/v1/registers?prefix=a%2F&limit=2&after=a%2F2&consistency=local");
        var all = await Http.GetFromJsonAsync<JsonElement>("/v1/registers");

        string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        AssertJson(
            $$"""
            {"revision":4,"items":[{"key":"a/1","version":3,"value":"{{Base64("value of a/1")}}"},
             {"key":"a/2","version":1,"value":"{{Base64("value of a/2")}}"}],"next":"a/2"}
            """,
            first);
        AssertJson($$"""{"revision":4,"items":[{"key":"a/3 +","version":4,"value":"{{Base64("value of a/3 +")}}"}],"next":null}""", second);
        Assert.Equal(4, all.GetProperty("items").GetArrayLength());
        Assert.Equal([Consistency.Linearizable, Consistency.Local, Consistency.Linearizable], Registers.Reads);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=x")]
    [InlineData("prefix=%FF")]
    [InlineData("consistency=")]
    public async Task A_range_that_makes_no_sense_is_400(string query)
    {
        using var response = await Http.GetAsync($"/v1/registers?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(Registers.Reads);
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, actual), actual.ToString());

    private async Task<HttpResponseMessage> PutAsync(string key, byte[] value, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/registers/{key}") { Content = new ByteArrayContent(value) };
        request.Headers.TransferEncodingChunked = chunked;
        return await Http.SendAsync(request);
    }

    // The status and the ETag. An error has to be problem+json.
    private async Task<(int Status, string? Tag)> SendAsync(string method, string target, string body = "", string? header = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/v1/registers/{target}");
        if (method == "PUT")
            request.Content = new StringContent(body);
        if (header?.Split(": ", 2) is [var name, var value])
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var response = await Http.SendAsync(request);
        if ((int)response.StatusCode >= 400)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return ((int)response.StatusCode, response.Headers.TryGetValues("ETag", out var tags) ? tags.Single() : null);
    }
}
