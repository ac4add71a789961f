using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Paxos.Actors;
using Paxos.Actors.Members;
using Paxos.Actors.Registers;
using Paxos.Node.Hosting;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Paxos.Node.Http;

/// <summary>The node's HTTP: one server, one table of routes.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    // Requests under way when the node ends get this long.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Prometheus' text.</summary>
    public const string Metrics = "/metrics";

    private const string RuntimeMeter = "System.Runtime";

    private readonly WebApplication app;
    private readonly DecisionRoute decisions;
    private readonly RegisterRoutes? registers;
    private readonly StatusRoutes status;
    private readonly MemberRoutes? members;
    private readonly Action<Exception> onMistake;

    private HttpServer(
        WebApplication app, IDecisions decisions, IRegisterStore? registers, IMembers? members, Action<Exception> onMistake, TimeProvider time)
    {
        this.app = app;
        this.onMistake = onMistake;
        this.decisions = new DecisionRoute(decisions);
        this.registers = registers is null
            ? null
            : new RegisterRoutes(registers, () => decisions.Status.Groups.All(group => group.Leader is not null), time, app.Lifetime.ApplicationStopping);
        this.members = members is null ? null : new MemberRoutes(members, () => decisions.Status);
        status = new StatusRoutes(decisions);
    }

    /// <param name="listen">Port 0 takes a free one.</param>
    /// <param name="registers">Null: this node has none, and their paths are unknown.</param>
    /// <param name="onMistake">Told of an exception that no route expects.</param>
    /// <param name="members">Null: they cannot be changed here, and their paths are unknown.</param>
    /// <exception cref="UsageException">It can't listen there.</exception>
    public static async Task<HttpServer> StartAsync(
        HostPort listen, IDecisions decisions, IRegisterStore? registers, Action<Exception> onMistake, IMembers? members = null, TimeProvider? time = null)
    {
        var endpoint = new IPEndPoint(await ResolveAsync(listen), listen.Port);
        // The empty builder reads no settings files and no environment: the node's own configuration is the only one.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, EndsWithItsOwner>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The limit is the route's, so that its error names it.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(endpoint, options => options.Protocols = HttpProtocols.Http1);
        });
        // The runtime's own meter is beside ours: memory, the collector's pauses, the thread pool's queue.
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .ConfigureResource(resource => resource.AddService("paxos", serviceInstanceId: decisions.Status.Node.ToString()))
            .AddMeter(PaxosExtension.MeterName, RuntimeMeter)
            .AddPrometheusExporter(exporter => exporter.ScrapeEndpointPath = Metrics));
        var app = builder.Build();
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        var server = new HttpServer(app, decisions, registers, members, onMistake, time ?? TimeProvider.System);
        app.Run(server.HandleAsync);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new UsageException(e.InnerException is AddressInUseException || e is AddressInUseException
                ? $"--http: the address {listen} is in use: stop what listens there, or take another."
                : $"--http: can't listen on {listen}: {e.InnerException?.Message ?? e.Message}");
        }
        return server;
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public string Url => app.Urls.First();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (await RouteAsync(context) is { } problem)
                await problem.WriteAsync(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to tell. What it asked for may happen all the same.
            _ = e;
        }
        catch (NotAppliedException e)
        {
            await Problem.From(e).WriteAsync(context);
        }
        catch (OutcomeUnknownException e)
        {
            await Problem.From(e).WriteAsync(context);
        }
        catch (SessionExpiredException e)
        {
            // The node's own session: the next try is in a new one.
            await Problem.Unavailable(Problem.NoLeader, e.Message).WriteAsync(context);
        }
        catch (MembershipRefusedException e)
        {
            await Problem.From(e).WriteAsync(context);
        }
        catch (KeyConflictException e)
        {
            await Problem.From(e).WriteAsync(context);
        }
        catch (ArgumentException e)
        {
            await Problem.BadRequest(e.Message).WriteAsync(context);
        }
        catch (BadHttpRequestException e)
        {
            await (Problem.BadRequest(e.Message) with { Status = e.StatusCode }).WriteAsync(context);
        }
        catch (Exception e)
        {
            onMistake(e);
            // What has begun can't become an error any more: the client sees it break off.
            if (context.Response.HasStarted)
                context.Abort();
            else
                await Problem.Internal().WriteAsync(context);
        }
    }

    private async Task<Problem?> RouteAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = RequestTarget.Path(target);
        if (path.StartsWith(DecisionRoute.Prefix, StringComparison.Ordinal))
            return await decisions.HandleAsync(context, path[DecisionRoute.Prefix.Length..]);
        if (registers is not null && path == RegisterRoutes.All)
            return await registers.HandleAllAsync(context, target);
        if (registers is not null && path.StartsWith(RegisterRoutes.Prefix, StringComparison.Ordinal))
            return await registers.HandleAsync(context, path[RegisterRoutes.Prefix.Length..], target);
        if (members is not null && path is (MemberRoutes.Members or MemberRoutes.Leader))
            return await members.HandleAsync(context, path);
        if (path is StatusRoutes.Status or StatusRoutes.Live or StatusRoutes.Ready)
            return await status.HandleAsync(context, path);
        return Problem.NotFound(
            $"'{path}' is nothing: there are {DecisionRoute.Prefix}{{name}}, {RegisterRoutes.All}, {RegisterRoutes.Prefix}{{key}}, "
            + $"{MemberRoutes.Members}, {MemberRoutes.Leader}, {StatusRoutes.Status}, {StatusRoutes.Live}, {StatusRoutes.Ready} and {Metrics}.");
    }

    private static async Task<IPAddress> ResolveAsync(HostPort listen)
    {
        if (IPAddress.TryParse(listen.Host, out var address))
            return address;
        try
        {
            return (await Dns.GetHostAddressesAsync(listen.Host)) is [var first, ..] ? first : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (SocketException e)
        {
            throw new UsageException($"--http: the host '{listen.Host}' is not known: {e.Message}.");
        }
    }

    // Without this the web host would take Ctrl-C for itself; the node decides what ends in which order.
    private sealed class EndsWithItsOwner : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
