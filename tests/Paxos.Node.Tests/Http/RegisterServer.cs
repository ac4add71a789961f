using Paxos.Node.Http;

namespace Paxos.Node.Tests.Http;

/// <summary>A server over a real socket with stand-ins behind it, for each test a new one; it must make no mistake.</summary>
public abstract class RegisterServer : IAsyncLifetime, IDisposable
{
    private readonly List<Exception> mistakes = [];
    private protected HttpServer Server { get; private set; } = null!;

    private protected StandInRegisters Registers { get; } = new();

    private protected StandInDecisions Decisions { get; } = new();

    private protected SetTime Time { get; } = new();

    private protected HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(20) };

    public async Task InitializeAsync()
    {
        Server = await HttpServer.StartAsync(new HostPort("127.0.0.1", 0), Decisions, Registers, mistakes.Add, time: Time);
        Http.BaseAddress = new Uri(Server.Url);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        Assert.Empty(mistakes);
    }

    public void Dispose()
    {
        Http.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A clock that stands still until it is set on.</summary>
internal sealed class SetTime : TimeProvider
{
    private long ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
}
