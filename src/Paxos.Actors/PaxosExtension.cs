using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Paxos.Actors.Clients;
using Paxos.Actors.Decisions;
using Paxos.Actors.Members;
using Paxos.Actors.Metrics;
using Paxos.Actors.Registers;
using Paxos.Actors.Roles;
using Paxos.Actors.Roles.Log;
using Paxos.Actors.StateMachines;
using Paxos.Actors.Storage;

namespace Paxos.Actors;

/// <summary>
/// Consensus in an actor system. Its settings are HOCON, <c>paxos { }</c>; reference.conf lists them all. The first use
/// opens the data directory and starts this node's roles under <c>/user/paxos</c>.
/// </summary>
public sealed class PaxosExtension : IExtension
{
    /// <summary>Values of decisions: at most this many bytes.</summary>
    public const int MaxDecisionBytes = 64 * 1024;

    /// <summary>The meter (System.Diagnostics.Metrics) of the nodes in this process; what it has stands in the README.</summary>
    public const string MeterName = PaxosMeter.Name;

    internal const string EndpointName = "paxos";

    private readonly NodeContext node;
    private readonly ILoggingAdapter log;
    private readonly Dictionary<string, (object Machine, string Types)> machines = [];

    internal PaxosExtension(ExtendedActorSystem system)
    {
        log = system.Log;
        system.Settings.InjectTopLevelFallback(DefaultConfig());
        Settings = new PaxosSettings(system.Settings.Config.GetConfig("paxos"));
        var setup = system.Settings.Setup.Get<PaxosSetup>().GetOrElse(PaxosSetup.Empty);
        if (setup.Transport is null)
            RemoteTransport.Check(system, Settings);
        var directory = DataDirectory.Open(
            Settings.DataDirectory, Settings.Cluster, Settings.Node, Settings.Bootstrap || Settings.Join, registerGroups: Settings.RegisterGroups);
        try
        {
            var board = new StatusBoard(Settings, TimeProvider.System) { JournalBytes = () => FileSize(directory.JournalFile) };
            var meter = new PaxosMeter(Settings, board);
            system.RegisterOnTermination(meter.Dispose);
            node = new NodeContext(
                Settings,
                directory.Identity.Member,
                setup.Transport ?? new RemoteTransport(system, Settings),
                JournalSetup.Prepare(system, Settings, directory),
                board,
                meter,
                setup.Random ?? Random.Shared,
                setup.Clock ?? TimeProvider.System);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
        system.RegisterOnTermination(directory.Dispose);
        var registers = RegisterGroups.Create(Settings.RegisterGroups);
        Registers = RegisterGroups.Open(registers, Settings);
        List<LogGroup> groups = [.. registers];
        foreach (var machine in setup.Machines)
        {
            var group = machine.NewGroup();
            groups.Add(group);
            machines.Add(machine.Name, (machine.Open(group, Settings), machine.Types));
        }
        node.Board.Host(groups);
        Decisions = system.ActorOf(EndpointActor.Props(node, directory, groups), EndpointName);
        Members = new MemberCalls(system, Decisions, Settings);
        system.ActorOf(DeskActor.Props(node, registers, Registers, request => AskAsync(request, CancellationToken.None)), DeskActor.Name);
    }

    /// <summary>Every setting with its default.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource<PaxosExtension>("Paxos.Actors.reference.conf");

    /// <summary>
    /// What Paxos wants of an actor system's remoting: a fallback of the app's own settings, given to its start. Without it all works,
    /// at half the speed.
    /// </summary>
    public static Config RemotingConfig() =>
        ConfigurationFactory.FromResource<PaxosExtension>("Paxos.Actors.remoting.conf");

    /// <exception cref="PaxosConfigurationException">
    /// A setting is wrong, or the data directory is in use, damaged, or not this node's. The message says what to do.
    /// </exception>
    public static PaxosExtension For(ActorSystem system) => system.WithExtension<PaxosExtension, PaxosExtensionProvider>();

    public PaxosSettings Settings { get; }

    /// <summary>Decisions by message: tell it a <see cref="Decision.Request"/>, and a <see cref="Decision.Response"/> comes back.</summary>
    public IActorRef Decisions { get; }

    /// <summary>The replicated registers, as bytes.</summary>
    public IRegisterStore Registers { get; }

    /// <summary>Changes who the members are, and who of them leads.</summary>
    public IMembers Members { get; }

    /// <summary>A replicated register of values of one type.</summary>
    /// <param name="key">See <see cref="InstanceName"/>.</param>
    /// <param name="codec">Null: UTF-8 for string, the bytes themselves for byte[] and ReadOnlyMemory, else JSON by System.Text.Json.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    public IRegister<T> Register<T>(string key, ICodec<T>? codec = null) => Registers.Register(key, codec);

    /// <summary>A replicated state machine of the app's own, named in the <see cref="PaxosSetup"/> before the start.</summary>
    /// <exception cref="ArgumentException">No machine has this name, or it has other types.</exception>
    public IReplicatedMachine<TCommand, TResult> StateMachine<TCommand, TResult>(string name)
    {
        if (!machines.TryGetValue(name, out var known))
        {
            var names = machines.Count == 0 ? "none was" : string.Join(", ", machines.Keys);
            throw new ArgumentException($"No machine '{name}' was named in the PaxosSetup of this actor system ({names}).", nameof(name));
        }
        return known.Machine as IReplicatedMachine<TCommand, TResult> ?? throw new ArgumentException(
            $"The machine '{name}' is one of {known.Types}, not of <{typeof(TCommand).Name}, {typeof(TResult).Name}>.", nameof(name));
    }

    /// <summary>How this node is, now. Never waits for anyone.</summary>
    public NodeStatus Status => node.Board.Read(node.Self);

    /// <summary>
    /// Completes when this node serves calls (<see cref="NodeStatus.IsReady"/>): it has read its journal, has found the others, and
    /// one of them leads. Before that a call is refused, with a message that says what is missing; so does the log, at INFO.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was told to wait no more; the message says what is missing.</exception>
    /// <exception cref="NotAppliedException">It never will: it was refused, or has failed.</exception>
    public async Task ReadyAsync(CancellationToken ct = default)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var told = "";
        while (Status.Missing is { } missing)
        {
            if (node.Board is { State: NodeState.Refused or NodeState.Failed, Refusal: var (reason, message) })
                throw new NotAppliedException(reason, message);
            if (missing != told)
                log.Info("Not ready yet. {0}", told = missing);
            try
            {
                await timer.WaitForNextTickAsync(ct).ConfigureAwait(false);
            }
            catch (OperationCanceledException e)
            {
                throw new OperationCanceledException($"The node is not ready. {missing}", e, ct);
            }
        }
    }

    /// <summary>
    /// Gets one value chosen for a name, once and for ever, and returns which one: this one, or one that was there before.
    /// It takes no longer than <c>paxos.operation-timeout</c>.
    /// </summary>
    /// <param name="name">See <see cref="InstanceName"/>.</param>
    /// <param name="value">1 to 65,536 bytes as UTF-8.</param>
    /// <param name="ct">Ends the wait, not the operation: it may happen all the same.</param>
    /// <exception cref="ArgumentException">The name or the value is empty, too long or not UTF-8.</exception>
    /// <exception cref="NotAppliedException">Certainly not proposed: no quorum in time, overloaded, forming, not a member.</exception>
    /// <exception cref="OutcomeUnknownException">The value may be chosen, or may still be. Asking again is safe.</exception>
    public async Task<string> DecideAsync(string name, string value, CancellationToken ct = default) =>
        await AskAsync(new Decision.Decide(name, value), ct).ConfigureAwait(false) is Decision.Decided decided
            ? decided.Value
            : throw new OutcomeUnknownException("The node answered what was not asked.");

    /// <summary>
    /// The decided value, or null where nothing was decided when the read began. Where this node does not know, it asks a
    /// quorum, and never takes its own ignorance for an answer.
    /// </summary>
    /// <inheritdoc cref="DecideAsync"/>
    public async Task<string?> ReadDecisionAsync(string name, CancellationToken ct = default) =>
        await AskAsync(new Decision.Read(name), ct).ConfigureAwait(false) is Decision.Decided decided ? decided.Value : null;

    private async Task<Decision.Response> AskAsync(Decision.Request request, CancellationToken ct)
    {
        if (request.Problem is { } problem)
            throw new ArgumentException(problem);
        try
        {
            // The answer comes by the deadline; this is for an actor system that ends before it.
            var response = await Decisions.Ask<Decision.Response>(request, Settings.OperationTimeout * 2, ct).ConfigureAwait(false);
            return response is Decision.Failed failed ? throw ToException(failed) : response;
        }
        catch (AskTimeoutException)
        {
            throw new OutcomeUnknownException("The node ended before it answered: the operation may have happened.");
        }
    }

    private static long? FileSize(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : null;

    private static Exception ToException(Decision.Failed failed) => failed.Failure switch
    {
        Decision.Failure.Invalid => new ArgumentException(failed.Message),
        Decision.Failure.Overloaded => new NotAppliedException(NotAppliedReason.Overloaded, failed.Message),
        Decision.Failure.NoQuorum => new NotAppliedException(NotAppliedReason.NoQuorum, failed.Message),
        Decision.Failure.NotMember => new NotAppliedException(NotAppliedReason.NotMember, failed.Message),
        Decision.Failure.Forming => new NotAppliedException(NotAppliedReason.Forming, failed.Message),
        _ => new OutcomeUnknownException(failed.Message),
    };
}

/// <summary>Makes the extension, once in an actor system.</summary>
public sealed class PaxosExtensionProvider : ExtensionIdProvider<PaxosExtension>
{
    public override PaxosExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
