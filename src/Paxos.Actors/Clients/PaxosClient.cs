using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Google.Protobuf;
using Paxos.Actors.Decisions;
using Paxos.Actors.Registers;
using Paxos.Actors.Wire;
using Paxos.Protocol;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>
/// Consensus for an app that is no member: it calls a cluster elsewhere over Akka.Remote, and needs no data directory. Its settings
/// are <c>paxos.client</c>; reference.conf lists them all. Calls that wait at the same time share a message, both ways.
/// </summary>
public sealed class PaxosClient : IExtension
{
    private static readonly TimeSpan PauseBeforeReopening = TimeSpan.FromMilliseconds(100);

    private readonly IActorRef caller;
    private readonly CancellationToken ended;
    private readonly TimeSpan patience;

    internal PaxosClient(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(PaxosExtension.DefaultConfig());
        var settings = new ClientSettings(system, system.Settings.Config.GetConfig("paxos.client"));
        patience = settings.OperationTimeout * 2;
        caller = system.ActorOf(CallerActor.Props(settings), "paxos-client");
        var ending = new CancellationTokenSource();
        ended = ending.Token;
        system.RegisterOnTermination(ending.Cancel);
        Registers = new ReplicatedRegisters(new RemoteCalls(this));
    }

    /// <exception cref="PaxosConfigurationException">A setting is wrong. The message says what to do.</exception>
    public static PaxosClient For(ActorSystem system) => system.WithExtension<PaxosClient, PaxosClientProvider>();

    /// <inheritdoc cref="PaxosExtension.Registers"/>
    public IRegisterStore Registers { get; }

    /// <inheritdoc cref="PaxosExtension.Register"/>
    public IRegister<T> Register<T>(string key, ICodec<T>? codec = null) => Registers.Register(key, codec);

    /// <inheritdoc cref="PaxosExtension.DecideAsync"/>
    public async Task<string> DecideAsync(string name, string value, CancellationToken ct = default)
    {
        var decide = new Decision.Decide(name, value);
        Check(decide);
        var reply = await CallAsync(new Proto.Call { Decide = DecisionFormat.ToProto(decide) }, mayRepeat: true, ct).ConfigureAwait(false);
        return reply.Decided?.Value ?? throw NotAsked();
    }

    /// <inheritdoc cref="PaxosExtension.ReadDecisionAsync"/>
    public async Task<string?> ReadDecisionAsync(string name, CancellationToken ct = default)
    {
        var read = new Decision.Read(name);
        Check(read);
        var reply = await CallAsync(new Proto.Call { Read = DecisionFormat.ToProto(read) }, mayRepeat: true, ct).ConfigureAwait(false);
        return reply.OutcomeCase switch
        {
            Proto.Reply.OutcomeOneofCase.Decided => reply.Decided.Value,
            Proto.Reply.OutcomeOneofCase.Undecided => null,
            _ => throw NotAsked(),
        };
    }

    private static OutcomeUnknownException NotAsked() => new("The member answered what was not asked.");

    private static void Check(Decision.Request request)
    {
        if (request.Problem is { } problem)
            throw new ArgumentException(problem);
    }

    private async Task<Proto.Reply> CallAsync(Proto.Call call, bool mayRepeat, CancellationToken ct)
    {
        var pending = new PendingCall(call, mayRepeat);
        caller.Tell(pending, ActorRefs.NoSender);
        await using var whenCanceled = ct.UnsafeRegister(static (pending, ct) => ((PendingCall)pending!).Cancel(ct), pending).ConfigureAwait(false);
        await using var whenEnded = ended.UnsafeRegister(static pending => ((PendingCall)pending!).Fail(CallerActor.GivenUp((PendingCall)pending, "the actor system ended")), pending).ConfigureAwait(false);
        var reply = await pending.Done.ConfigureAwait(false);
        return reply.Failed is { } failed ? throw CallFailure.FromProto(failed) : reply;
    }

    private sealed class RemoteCalls(PaxosClient client) : IRegisterCalls
    {
        public async Task<Value> ApplyAsync(Value command, string? idempotencyKey, CancellationToken ct)
        {
            Roles.Log.LogCalls.CheckKey(idempotencyKey);
            var call = new Proto.Call { Command = UnsafeByteOperations.UnsafeWrap(command.Bytes), IdempotencyKey = idempotencyKey ?? "" };
            var reply = await client.CallAsync(call, mayRepeat: idempotencyKey is not null, ct).ConfigureAwait(false);
            return ResultOf(reply);
        }

        public async Task<Value> QueryAsync(Value query, Consistency consistency, CancellationToken ct)
        {
            var call = new Proto.Call { Query = UnsafeByteOperations.UnsafeWrap(query.Bytes), IsLocal = consistency == Consistency.Local };
            var reply = await client.CallAsync(call, mayRepeat: true, ct).ConfigureAwait(false);
            return ResultOf(reply);
        }

        private static Value ResultOf(Proto.Reply reply) =>
            reply.OutcomeCase == Proto.Reply.OutcomeOneofCase.Result ? new Value(reply.Result.Memory) : throw NotAsked();

        public async IAsyncEnumerable<RegisterEvent> WatchAsync(
            string keyOrPrefix, bool isPrefix, ulong? after, [EnumeratorCancellation] CancellationToken ct)
        {
            var position = new WatchPosition(after, isPrefix);
            var since = Stopwatch.GetTimestamp();
            while (true)
            {
                var next = new Proto.WatchNext { Id = (ulong)Random.Shared.NextInt64(), Key = keyOrPrefix, IsPrefix = isPrefix };
                if (position.Reopen() is { } from)
                    (next.HasAfter, next.After) = (true, from);
                while (await NextAsync(next, since, ct).ConfigureAwait(false) is { } page)
                {
                    since = Stopwatch.GetTimestamp();
                    var isBehind = false;
                    foreach (var item in page.Items)
                    {
                        var @event = new RegisterEvent(
                            (RegisterEventKind)item.Kind, item.Revision, item.Key, item.HasValue ? item.Value.Memory : default(ReadOnlyMemory<byte>?), item.Version);
                        isBehind = position.IsBehind(@event);
                        if (isBehind)
                            break;
                        if (position.Take(@event))
                            yield return @event;
                    }
                    if (isBehind)
                    {
                        await Task.Delay(PauseBeforeReopening, ct).ConfigureAwait(false);
                        break;
                    }
                    next = next.Clone();
                    next.Page++;
                }
            }
        }

        // Null: it begins again, at this member or at another one.
        private async Task<Proto.WatchPage?> NextAsync(Proto.WatchNext next, long since, CancellationToken ct)
        {
            try
            {
                return (await client.CallAsync(new Proto.Call { Watch = next }, mayRepeat: false, ct).ConfigureAwait(false)).Events;
            }
            catch (WatchLostException)
            {
                return null;
            }
            catch (Exception e) when ((e is NotAppliedException or OutcomeUnknownException) && Stopwatch.GetElapsedTime(since) < client.patience)
            {
                await Task.Delay(PauseBeforeReopening, ct).ConfigureAwait(false);
                return null;
            }
        }
    }
}

/// <summary>Makes the extension, once in an actor system.</summary>
public sealed class PaxosClientProvider : ExtensionIdProvider<PaxosClient>
{
    public override PaxosClient CreateExtension(ExtendedActorSystem system) => new(system);
}
