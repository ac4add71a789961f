using System.Collections.Immutable;
using Akka.Actor.Setup;
using Paxos.Actors.Registers;
using Paxos.Actors.StateMachines;
using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>
/// What an app or a spec hands to the extension besides HOCON, in the <see cref="ActorSystemSetup"/>. Each With returns another
/// one; an actor system takes one.
/// </summary>
/// <example><code>
/// var setup = PaxosSetup.Empty.WithMachine("bank", () => new Bank());
/// var system = ActorSystem.Create("app", BootstrapSetup.Create().WithConfig(hocon).And(setup));
/// </code></example>
public sealed class PaxosSetup : Setup
{
    public static readonly PaxosSetup Empty = new();

    /// <param name="transport">In place of Akka.Remote.</param>
    /// <param name="random">Draws delays, from any thread; a seeded one makes them repeat.</param>
    public PaxosSetup(ITransport? transport = null, Random? random = null)
        : this(transport, random, null, [])
    {
    }

    private PaxosSetup(ITransport? transport, Random? random, TimeProvider? clock, ImmutableArray<MachineSetup> machines)
    {
        Transport = transport;
        Random = random;
        Clock = clock;
        Machines = machines;
    }

    public ITransport? Transport { get; }

    public Random? Random { get; }

    /// <summary>See <see cref="WithClock"/>; null: the machine's.</summary>
    public TimeProvider? Clock { get; }

    internal ImmutableArray<MachineSetup> Machines { get; }

    public PaxosSetup WithTransport(ITransport transport) => new(transport, Random, Clock, Machines);

    /// <summary>
    /// For specs: the clock by which the log's time advances while this node leads (times to live, sessions, idempotency keys,
    /// what a machine waits for), and by which calls are asked again. It must run on by itself, and may be moved ahead. What waits
    /// on a timer does not hang on it: heartbeats, elections and the deadlines of calls take as long as they take.
    /// </summary>
    public PaxosSetup WithClock(TimeProvider clock) => new(Transport, Random, clock, Machines);

    /// <summary>
    /// A state machine of the app's own, on every node that names it. At least the voters should: one that does not host the
    /// group does not vote in it, and a quorum is needed.
    /// </summary>
    /// <param name="name">
    /// The machine's group, in the journal for ever: 1 to 64 characters of a-z A-Z 0-9 - _ . Taken by the registers are "default"
    /// and what begins with "registers-".
    /// </param>
    /// <param name="create">Makes a machine in its first state: at the start, and whenever it is built up again from a snapshot and the log.</param>
    /// <param name="commands">Null: UTF-8 for string, the bytes themselves for bytes, else JSON by System.Text.Json.</param>
    /// <param name="results">As <paramref name="commands"/>.</param>
    /// <exception cref="ArgumentException">The name is none, is taken, or was given to another machine.</exception>
    public PaxosSetup WithMachine<TCommand, TResult>(
        string name, Func<StateMachine<TCommand, TResult>> create, ICodec<TCommand>? commands = null, ICodec<TResult>? results = null)
    {
        if (!NodeId.IsValid(name))
            throw new ArgumentException($"'{name}' is no name of a machine: it takes 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ .", nameof(name));
        if (RegisterGroups.IsOne(name))
            throw new ArgumentException($"The name '{name}' is that of a group of registers: take another one.", nameof(name));
        if (Machines.Any(machine => machine.Name == name))
            throw new ArgumentException($"There are two machines with the name '{name}': each needs its own.", nameof(name));
        var machine = new MachineSetup<TCommand, TResult>(name, create, commands ?? Codecs.For<TCommand>(), results ?? Codecs.For<TResult>());
        return new PaxosSetup(Transport, Random, Clock, Machines.Add(machine));
    }
}
