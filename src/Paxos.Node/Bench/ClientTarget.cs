using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Paxos.Actors;
using Paxos.Actors.Clients;
using Paxos.Actors.Registers;
using Paxos.Node.Client;
using Paxos.Node.Configuration;

namespace Paxos.Node.Bench;

/// <summary>Over Akka.Remote, as an app that is no member: all clients of the process share one <see cref="PaxosClient"/>.</summary>
internal sealed class ClientTarget : IBenchTarget
{
    private static readonly TimeSpan PauseBeforeReopening = TimeSpan.FromMilliseconds(100);

    private readonly ActorSystem system;
    private readonly PaxosClient client;

    /// <param name="contacts">HOST:PORT of the members' remoting.</param>
    public ClientTarget(IEnumerable<string> contacts)
    {
        // Its own side of the connection takes any port: the members answer over the one that it opens.
        var config = ConfigurationFactory.ParseString($$"""
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            # What goes wrong is told by what was asked for.
            akka.loglevel = OFF
            paxos.client {
              contacts = [{{string.Join(", ", contacts.Select(contact => $"\"{contact}\""))}}]
              max-in-flight = 1000000
            }
            """).WithFallback(NodeConfiguration.Defaults);
        system = ActorSystem.Create("bench", config);
        client = PaxosClient.For(system);
    }

    public Task<Answer> DecideAsync(Uri endpoint, string name, byte[] value, CancellationToken ct) => AnswerAsync(async () =>
    {
        var text = Encoding.UTF8.GetString(value);
        var decided = await client.DecideAsync(name, text, ct);
        return new Answer.Decided(decided, decided == text);
    });

    public Task<Answer> WriteAsync(Uri endpoint, string key, byte[] value, Condition condition, TimeSpan? ttl, CancellationToken ct) => AnswerAsync(async () =>
        await client.Registers.WriteAsync(key, value, condition, ttl, ct: ct) is { Happened: var happened, Version: var version } && happened
            ? new Answer.Written(version)
            : new Answer.Lost(version == 0 ? null : version));

    public Task<Answer> ReadAsync(Uri endpoint, string key, Consistency consistency, CancellationToken ct) => AnswerAsync(async () =>
        await client.Registers.ReadAsync(key, consistency, ct) is { } item ? new Answer.Found(item.Version, item.Value.ToArray()) : new Answer.Absent());

    public async Task WatchAsync(IReadOnlyList<Uri> endpoints, string key, IBenchWatch watch, CancellationToken ct)
    {
        for (ulong? after = null; ; await Task.Delay(PauseBeforeReopening, ct))
        {
            try
            {
                // It goes on at another member by itself, and ends where none has served it for long.
                await foreach (var e in client.Registers.WatchAsync(key, isPrefix: false, after, ct))
                {
                    after = e.Revision;
                    if (e.Kind == RegisterEventKind.Reset)
                        watch.OnReset();
                    else if (e is { Kind: RegisterEventKind.Put, Value: { } value })
                        watch.OnPut(value.Span);
                }
            }
            catch (PaxosException e)
            {
                watch.OnBreak(e.Message);
            }
        }
    }

    public async ValueTask DisposeAsync() => await system.Terminate();

    private static async Task<Answer> AnswerAsync(Func<Task<Answer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (NotAppliedException e)
        {
            return new Answer.Refused(e.Message);
        }
        catch (Exception e) when (e is PaxosException or OperationCanceledException)
        {
            return new Answer.Unknown(e.Message);
        }
    }
}
