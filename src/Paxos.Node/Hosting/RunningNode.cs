using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Paxos.Actors;
using Paxos.Node.Configuration;
using Paxos.Node.Http;

namespace Paxos.Node.Hosting;

/// <summary>A node at work: its actor system, its Paxos, its HTTP; started in this order and ended in the other.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private readonly ActorSystem system;
    private readonly PaxosExtension paxos;
    private readonly HttpServer http;

    private RunningNode(ActorSystem system, PaxosExtension paxos, HttpServer http)
    {
        this.system = system;
        this.paxos = paxos;
        this.http = http;
    }

    public NodeStatus Status => paxos.Status;

    /// <summary>Completes when the actor system ended of itself.</summary>
    public Task Ended => system.WhenTerminated;

    /// <exception cref="UsageException">An address is in use, a setting is wrong, or the data directory is not this node's to open.</exception>
    public static async Task<RunningNode> StartAsync(NodeConfiguration configuration)
    {
        var system = StartSystem(configuration);
        try
        {
            var paxos = StartPaxos(system);
            var log = Logging.GetLogger(system, typeof(HttpServer));
            var http = await HttpServer.StartAsync(
                configuration.Http, new NodeDecisions(paxos), paxos.Registers, mistake => log.Error(mistake, "A request failed in a way that it should not: {0}", mistake), paxos.Members);
            return new RunningNode(system, paxos, http);
        }
        catch
        {
            await system.Terminate();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await http.DisposeAsync();
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
    }

    private static ActorSystem StartSystem(NodeConfiguration configuration)
    {
        try
        {
            return ActorSystem.Create(NodeConfiguration.SystemName, configuration.Akka);
        }
        catch (AggregateException e) when (Innermost(e) is SocketException socket)
        {
            throw new UsageException(socket.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"The address {configuration.Remoting} is in use, where this node would listen for the others: stop what listens there, or take another (--bind)."
                : $"This node can't listen for the others on {configuration.Remoting}: {socket.Message}. Where this machine has another address than the others see, give it with --bind.");
        }
        // What is left is a setting of Akka's own: it reads them as it starts, and has no exception type for a wrong one.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new UsageException($"The actor system does not start, by a setting in akka {{ }} as it seems: {Innermost(e).Message}");
        }
    }

    private static PaxosExtension StartPaxos(ActorSystem system)
    {
        try
        {
            return PaxosExtension.For(system);
        }
        catch (Exception e) when (Innermost(e) is PaxosConfigurationException wrong)
        {
            throw new UsageException(wrong.Message);
        }
    }

    private static Exception Innermost(Exception e)
    {
        while (e is not PaxosConfigurationException && e.InnerException is { } inner)
            e = inner;
        return e;
    }
}
