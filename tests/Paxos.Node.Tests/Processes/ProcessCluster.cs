using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Paxos.Node.Tests.Processes;

/// <summary>Three <c>paxos node</c> processes on this machine, each with its directory, which can die and come back; and a fourth, d, that may join.</summary>
public sealed class ProcessCluster : IAsyncLifetime
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private readonly string data = Directory.CreateTempSubdirectory("paxos-").FullName;
    private readonly int[] ports = FreePorts.Take(8);
    private readonly Dictionary<string, NodeProcess> running = [];
    private readonly string? settings;

    public ProcessCluster()
    {
    }

    /// <param name="settings">More of each node's configuration.</param>
    internal ProcessCluster(string settings)
    {
        this.settings = Path.Combine(data, "settings.conf");
        File.WriteAllText(this.settings, settings);
    }

    public IReadOnlyList<string> Ids { get; } = ["a", "b", "c"];

    public string Endpoints => string.Join(',', Ids.Select(Endpoint));

    public string Endpoint(string id) => $"http://127.0.0.1:{ports[Index(id)]}";

    public string DataOf(string id) => Path.Combine(data, id);

    internal NodeProcess this[string id] => running[id];

    public void Start(params IEnumerable<string> ids)
    {
        foreach (var id in ids)
            running[id] = new NodeProcess(Arguments(id));
    }

    /// <summary>Starts a node that is to be added, or put in the place of one of its name.</summary>
    public void Join(string id) => running[id] = new NodeProcess([.. Arguments(id)[..^1], "--join"]);

    public List<string> Arguments(string id) =>
    [
        "node", "--id", id, "--bind", Remoting(id), "--http", $"127.0.0.1:{ports[Index(id)]}", "--data", DataOf(id),
        "--members", string.Join(',', Ids.Select(member => $"{member}={Remoting(member)}")),
        .. settings is null ? Array.Empty<string>() : ["--config", settings],
        "--bootstrap",
    ];

    public Task InitializeAsync()
    {
        Start(Ids);
        return ReadyAsync(Ids);
    }

    public Task KillAsync(params IEnumerable<string> ids) => Task.WhenAll(ids.Select(id => running[id].KillAsync()));

    public async Task ReadyAsync(params IEnumerable<string> ids)
    {
        foreach (var id in ids)
            await StatusCodeAsync(id, "/health/ready", HttpStatusCode.OK);
    }

    public Task StatusCodeAsync(string id, string path, HttpStatusCode code) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                using var response = await Http.GetAsync(Endpoint(id) + path);
                return response.StatusCode == code;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                return false;
            }
        },
        () => $"{id} never answered {path} with {code}. It printed:\n{running[id].Printed}");

    /// <summary>What the node says is decided; the status code where it says no value.</summary>
    public async Task<(HttpStatusCode Code, string Text)> DecideAsync(string id, string name, string value)
    {
        using var response = await Http.PostAsync($"{Endpoint(id)}/v1/decisions/{name}", new StringContent(value));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<(HttpStatusCode Code, string Text)> ReadAsync(string id, string name)
    {
        using var response = await Http.GetAsync($"{Endpoint(id)}/v1/decisions/{name}");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> StatusAsync(string id) => await Http.GetFromJsonAsync<JsonElement>($"{Endpoint(id)}/v1/status");

    /// <summary>Who leads, as soon as a node that is up says so.</summary>
    public async Task<string> LeaderAsync()
    {
        var leader = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                foreach (var id in Ids)
                {
                    try
                    {
                        var status = await StatusAsync(id);
                        if (status.GetProperty("leader") is { ValueKind: JsonValueKind.Object } known)
                            leader = known.GetProperty("id").GetString()!;
                    }
                    catch (Exception e) when (e is HttpRequestException or SocketException)
                    {
                        continue;
                    }
                }
                return leader.Length > 0;
            },
            () => "no node named a leader");
        return leader;
    }

    /// <summary>Runs a client command until it is done: a node that was heard by one of the members may not have been by the next.</summary>
    public static Task RunAsync(string endpoints, params string[] command)
    {
        var said = "";
        return Eventually.HoldsAsync(
            async () =>
            {
                var run = await CommandLineRun.Of([.. command, "--endpoints", endpoints]);
                said = run.Output + run.Error;
                return run.ExitCode == 0;
            },
            () => $"{string.Join(' ', command)}: {said}");
    }

    public async Task DisposeAsync()
    {
        foreach (var process in running.Values)
            await process.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    private static int Index(string id) => id[0] - 'a';

    private string Remoting(string id) => $"127.0.0.1:{ports[4 + Index(id)]}";
}
