using Paxos.Node.Http;

namespace Paxos.Node.Tests.Http;

/// <summary>Two nodes' HTTP, each with a stand-in behind it, for commands that go round the endpoints.</summary>
public abstract class TwoServers : IAsyncLifetime
{
    private readonly List<HttpServer> servers = [];

    private protected StandInRegisters First { get; } = new();

    private protected StandInRegisters Second { get; } = new();

    private protected IReadOnlyList<HttpServer> Servers => servers;

    private protected string Endpoints => string.Join(',', servers.Select(server => server.Url));

    public async Task InitializeAsync()
    {
        foreach (var registers in (StandInRegisters[])[First, Second])
            servers.Add(await HttpServer.StartAsync(new HostPort("127.0.0.1", 0), new StandInDecisions(), registers, _ => { }));
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var server in servers)
            await server.DisposeAsync();
    }
}
