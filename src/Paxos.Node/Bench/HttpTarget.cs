using System.Globalization;
using Paxos.Actors.Registers;
using Paxos.Node.Client;
using Paxos.Node.Http;

namespace Paxos.Node.Bench;

/// <summary>Over HTTP: a request an operation, each client and each watch over a connection of its own.</summary>
internal sealed class HttpTarget(NodeClient node) : IBenchTarget
{
    private static readonly TimeSpan PauseBeforeReopening = TimeSpan.FromMilliseconds(100);

    private readonly RegisterClient registers = new(node);

    public Task<Answer> DecideAsync(Uri endpoint, string name, byte[] value, CancellationToken ct) => node.DecideAsync(endpoint, name, value, ct);

    public Task<Answer> WriteAsync(Uri endpoint, string key, byte[] value, Condition condition, TimeSpan? ttl, CancellationToken ct) =>
        registers.WriteAsync(endpoint, key, value, condition, ttl?.TotalSeconds.ToString(CultureInfo.InvariantCulture), idempotencyKey: null, ct);

    public Task<Answer> ReadAsync(Uri endpoint, string key, Consistency consistency, CancellationToken ct) =>
        registers.ReadAsync(endpoint, key, consistency, ct);

    public async Task WatchAsync(IReadOnlyList<Uri> endpoints, string key, IBenchWatch watch, CancellationToken ct)
    {
        while (true)
        {
            // It resumes where a stream ends, and returns where none was served at all.
            var outcome = await new WatchClient(node, endpoints, key, isPrefix: false, from: null, Tell, Moved).RunAsync(ct);
            watch.OnBreak(string.Join(';', outcome.Said));
            await Task.Delay(PauseBeforeReopening, ct);
        }

        Task Tell(WatchReport report)
        {
            if (report.Event == RegisterWatch.Reset)
                watch.OnReset();
            else if (report.Value is { } value)
                watch.OnPut(value.Span);
            return Task.CompletedTask;
        }

        Task Moved(Uri endpoint, string why)
        {
            watch.OnBreak(why);
            return Task.CompletedTask;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
