using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Paxos.Actors;
using Paxos.Actors.Members;
using Paxos.Node.Http;
using Paxos.Protocol;

namespace Paxos.Node.Tests.Http;

/// <summary>Changes of the members over HTTP and by command, with a stand-in behind them.</summary>
public sealed class MemberHttpTests : IAsyncLifetime, IDisposable
{
    private readonly StandInMembers members = new();
    private readonly List<Exception> mistakes = [];
    private readonly HttpClient http = new();
    private HttpServer server = null!;

    public async Task InitializeAsync()
    {
        server = await HttpServer.StartAsync(new HostPort("127.0.0.1", 0), new StandInDecisions(), registers: null, mistakes.Add, members);
        http.BaseAddress = new Uri(server.Url);
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Assert.Empty(mistakes);
    }

    public void Dispose() => http.Dispose();

    [Theory]
    [InlineData("""{"action":"add","id":"d","address":"h:1"}""", "add d h:1")]
    [InlineData("""{"action":"add","id":"d"}""", "add d")]
    [InlineData("""{"action":"remove","id":"d"}""", "remove d")]
    [InlineData("""{"action":"promote","id":"d"}""", "promote d")]
    [InlineData("""{"action":"replace","id":"d","address":""}""", "replace d")]
    public async Task A_change_is_answered_with_the_configuration(string body, string asked)
    {
        using var response = await PostAsync(MemberRoutes.Members, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var configuration = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((2u, 7ul), (configuration.GetProperty("epoch").GetUInt32(), configuration.GetProperty("slot").GetUInt64()));
        Assert.Equal("a", configuration.GetProperty("voters")[0].GetProperty("id").GetString());
        Assert.Equal("d", configuration.GetProperty("learners")[0].GetProperty("id").GetString());
        Assert.Equal([asked], members.Asked);
    }

    [Theory]
    [InlineData(MemberRoutes.Members, "{")]
    [InlineData(MemberRoutes.Members, "null")]
    [InlineData(MemberRoutes.Members, """{"action":"add"}""")]
    [InlineData(MemberRoutes.Members, """{"action":"add","id":"a b"}""")]
    [InlineData(MemberRoutes.Members, """{"action":"ad","id":"d"}""")]
    [InlineData(MemberRoutes.Members, """{"action":"remove","id":"d","address":"h:1"}""")]
    [InlineData(MemberRoutes.Leader, """{"action":"add"}""")]
    public async Task What_makes_no_sense_is_400_and_nothing_is_asked(string path, string body)
    {
        using var response = await PostAsync(path, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(members.Asked);
    }

    [Fact]
    public async Task What_is_refused_is_409_what_certainly_did_not_happen_503_and_what_is_not_known_504()
    {
        await AnswersAsync(new MembershipRefusedException("under way"), HttpStatusCode.Conflict, "membership-refused", exitCode: 1);
        await AnswersAsync(new NotAppliedException(NotAppliedReason.NoQuorum, "nobody leads"), HttpStatusCode.ServiceUnavailable, "no-leader", exitCode: 1);
        await AnswersAsync(new OutcomeUnknownException("who knows"), HttpStatusCode.GatewayTimeout, "outcome-unknown", exitCode: 3);
        await AnswersAsync(new ArgumentException("no address"), HttpStatusCode.BadRequest, "bad-request", exitCode: 2);
    }

    [Fact]
    public async Task After_an_unknown_outcome_no_other_node_is_asked()
    {
        members.Mistake = new OutcomeUnknownException("who knows");
        var run = await CommandLineRun.Of("members", "add", "d", "--endpoints", $"{server.Url},{server.Url}");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(["add d"], members.Asked);
    }

    [Fact]
    public async Task A_transfer_is_answered_with_who_leads()
    {
        using var response = await PostAsync(MemberRoutes.Leader, """{"id":"a"}""");
        Assert.Equal("""{"id":"a","http":"http://127.0.0.1:8080"}""", await response.Content.ReadAsStringAsync());
        var run = await CommandLineRun.Of("leader", "transfer", "a", "--endpoints", server.Url);
        Assert.Equal((0, "a"), (run.ExitCode, run.Output.Trim()));
        Assert.Equal(["transfer a", "transfer a"], members.Asked);
    }

    [Fact]
    public async Task The_commands_print_the_configuration()
    {
        var added = await CommandLineRun.Of("members", "add", "d", "h:1", "--endpoints", server.Url);
        Assert.Equal(0, added.ExitCode);
        Assert.Matches("configuration 2\n\\s*a +voter +127.0.0.1:4053 +http://127.0.0.1:8080\n\\s*d +learner +h:1 +-", added.Output);
        var json = await CommandLineRun.Of("members", "remove", "d", "--json", "--endpoints", server.Url);
        Assert.Contains("\"epoch\": 2", json.Output);
        var listed = await CommandLineRun.Of("members", "--endpoints", server.Url);
        Assert.Equal(0, listed.ExitCode);
        Assert.Contains("127.0.0.1:4054", listed.Output);
    }

    [Fact]
    public async Task Only_POST_changes_anything()
    {
        using var response = await http.GetAsync(MemberRoutes.Members);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    private async Task AnswersAsync(Exception mistake, HttpStatusCode code, string type, int exitCode)
    {
        members.Mistake = mistake;
        using var response = await PostAsync(MemberRoutes.Members, """{"action":"remove","id":"d"}""");
        Assert.Equal(code, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.EndsWith(type, problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        var run = await CommandLineRun.Of("members", "remove", "d", "--endpoints", server.Url);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(mistake.Message, run.Error);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) =>
        http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

    internal sealed class StandInMembers : IMembers
    {
        private static readonly ConfigurationStatus Now = new(
            2,
            7,
            [new MemberStatus(new NodeId("a"), new Incarnation(1), "127.0.0.1:4053", "http://127.0.0.1:8080")],
            [new MemberStatus(new NodeId("d"), new Incarnation(4), "h:1", null)]);

        public List<string> Asked { get; } = [];

        public Exception? Mistake { get; set; }

        public Task<ConfigurationStatus> AddAsync(NodeId node, string? address, CancellationToken ct) => AnswerAsync($"add {node} {address}");

        public Task<ConfigurationStatus> RemoveAsync(NodeId node, CancellationToken ct) => AnswerAsync($"remove {node}");

        public Task<ConfigurationStatus> PromoteAsync(NodeId node, CancellationToken ct) => AnswerAsync($"promote {node}");

        public Task<ConfigurationStatus> ReplaceAsync(NodeId node, string? address, CancellationToken ct) => AnswerAsync($"replace {node} {address}");

        public Task TransferLeadershipAsync(NodeId node, CancellationToken ct) => AnswerAsync($"transfer {node}");

        private Task<ConfigurationStatus> AnswerAsync(string asked)
        {
            Asked.Add(asked.Trim());
            return Mistake is null ? Task.FromResult(Now) : Task.FromException<ConfigurationStatus>(Mistake);
        }
    }
}
