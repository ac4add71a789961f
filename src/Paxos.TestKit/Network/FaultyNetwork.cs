using Akka.Actor;
using Paxos.Actors;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.TestKit.Network;

/// <summary>
/// A network between actor systems of one process that a spec can cut: each system gets <see cref="Join"/> as the transport
/// of its <see cref="PaxosSetup"/>. What is not lost arrives at once and in order.
/// </summary>
/// <remarks>
/// Decisions by name speak in <see cref="Paxos.Protocol.SingleDecree"/>; registers and state machines, each a log in a group of its
/// own, in <see cref="Paxos.Protocol.MultiPaxos"/> and <see cref="Paxos.Protocol.Log"/>: a spec names the Promise that it means by
/// its using. What a node's roles of a log say to each other does not come by here. Where a node or a group is named and does not
/// exist, an <see cref="ArgumentException"/> or a <see cref="FormatException"/> says so, as far as the network knows the names:
/// that of a cluster does.
/// </remarks>
/// <example><code>
/// var lost = network.Lose&lt;Promise&gt;(from: "b", times: 1);
/// ...
/// Assert.Equal(1, lost.Fired);
/// </code></example>
public sealed class FaultyNetwork
{
    private readonly Lock gate = new();
    private readonly Dictionary<NodeId, Link> links = [];
    private readonly List<Fault> faults = [];
    private readonly List<(Fault Fault, NodeEnvelope Envelope)> held = [];
    private readonly Cuts cuts = new();

    // Null: whoever joins.
    private readonly HashSet<string>? names;

    public FaultyNetwork()
    {
    }

    internal FaultyNetwork(IEnumerable<string> names) => this.names = [.. names];

    /// <summary>A transport for one more actor system. One that starts under the name of an old one takes its place.</summary>
    public ITransport Join() => new Link(this);

    /// <summary>The next <paramref name="times"/> messages of this kind, from and to these nodes and in this group (any where null), never arrive.</summary>
    public Fault Lose<TMessage>(string? from = null, string? to = null, int times = int.MaxValue, string? group = null)
        where TMessage : Message => Add<TMessage>(FaultKind.Lose, from, to, times, group);

    /// <summary>The next <paramref name="times"/> messages of this kind arrive twice.</summary>
    public Fault Duplicate<TMessage>(string? from = null, string? to = null, int times = int.MaxValue, string? group = null)
        where TMessage : Message => Add<TMessage>(FaultKind.Duplicate, from, to, times, group);

    /// <summary>The next <paramref name="times"/> messages of this kind arrive when <see cref="Release"/> says so: late, and out of order.</summary>
    public Fault Hold<TMessage>(string? from = null, string? to = null, int times = int.MaxValue, string? group = null)
        where TMessage : Message => Add<TMessage>(FaultKind.Hold, from, to, times, group);

    /// <summary>The next <paramref name="times"/> messages of this kind arrive that much later, and what was sent after them may be there before.</summary>
    /// <param name="by">By the machine's clock; at least so long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is not positive.</exception>
    public Fault Delay<TMessage>(TimeSpan by, string? from = null, string? to = null, int times = int.MaxValue, string? group = null)
        where TMessage : Message
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(by, TimeSpan.Zero);
        return Add<TMessage>(FaultKind.Delay, from, to, times, group, by);
    }

    /// <summary>Counts the messages of this kind that are sent, and does nothing to them.</summary>
    public Fault Watch<TMessage>(string? from = null, string? to = null, string? group = null)
        where TMessage : Message => Add<TMessage>(FaultKind.Watch, from, to, int.MaxValue, group);

    /// <summary>What matches never arrives, whatever its message.</summary>
    public Fault Lose(Func<NodeEnvelope, bool> matches) => Add(new Fault(FaultKind.Lose, matches, int.MaxValue, "Lose what matches"));

    /// <summary>Counts the envelopes that are sent and match, whatever their message, and does nothing to them.</summary>
    public Fault Watch(Func<NodeEnvelope, bool> matches) => Add(new Fault(FaultKind.Watch, matches, int.MaxValue, "Watch what matches"));

    /// <summary>What the fault held back arrives now, the youngest first.</summary>
    public void Release(Fault fault)
    {
        List<NodeEnvelope> released;
        lock (gate)
        {
            released = held.FindAll(one => one.Fault == fault).ConvertAll(one => one.Envelope);
            held.RemoveAll(one => one.Fault == fault);
        }
        released.Reverse();
        released.ForEach(Deliver);
    }

    /// <summary>Every fault that was asked for has met a message at least once; those that only watch are left out.</summary>
    /// <exception cref="SpecFailedException">Some never did, and the message names them: the spec does not test what it says.</exception>
    public void AssertAllFired()
    {
        List<Fault> idle;
        lock (gate)
            idle = faults.FindAll(fault => fault.Kind != FaultKind.Watch && fault.Fired == 0);
        if (idle.Count > 0)
            throw new SpecFailedException($"Never fired: {string.Join("; ", idle)}.");
    }

    /// <summary>Nothing goes between this node and any other, in either direction, until <see cref="Heal()"/>.</summary>
    public void Isolate(string node) => Change(() => cuts.Isolate(Id(node)));

    /// <summary>Nothing goes between these two, in either direction, until <see cref="Heal()"/>.</summary>
    public void Cut(string one, string other) => Partition([one], [other]);

    /// <summary>Nothing goes from the one to the other until <see cref="Heal()"/>; from the other to the one it does.</summary>
    public void CutOneWay(string from, string to) => Change(() => cuts.Add(Id(from), Id(to)));

    /// <summary>Nothing goes between a node of one side and a node of the other, in either direction, until <see cref="Heal()"/>.</summary>
    public void Partition(IReadOnlyCollection<string> one, IReadOnlyCollection<string> other) => Change(() =>
    {
        foreach (var (left, right) in one.SelectMany(left => other.Select(right => (Id(left), Id(right)))))
        {
            cuts.Add(left, right);
            cuts.Add(right, left);
        }
    });

    /// <summary>Ends all cuts. Faults go on.</summary>
    public void Heal() => Change(cuts.Clear);

    /// <summary>Ends the cuts between this node and others.</summary>
    public void Heal(string node) => Change(() => cuts.Clear(Id(node)));

    /// <summary>From now on nothing leaves this node, and nothing reaches it: it is dead, though its actors may not know it yet.</summary>
    /// <param name="transport">What it was given by <see cref="Join"/>.</param>
    internal void Kill(ITransport transport)
    {
        var link = (Link)transport;
        lock (gate)
        {
            link.IsDead = true;
            foreach (var (node, _) in links.Where(other => other.Value == link).ToList())
                links.Remove(node);
        }
    }

    internal void Know(string node)
    {
        lock (gate)
            names?.Add(node);
    }

    private void Change(Action change)
    {
        lock (gate)
            change();
    }

    private NodeId Id(string node) => names is null || names.Contains(node)
        ? new NodeId(node)
        : throw new ArgumentException($"There is no node '{node}': the nodes are {string.Join(", ", names.Order(StringComparer.Ordinal))}.", nameof(node));

    private Fault Add<TMessage>(FaultKind kind, string? from, string? to, int times, string? group, TimeSpan by = default)
        where TMessage : Message
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        lock (gate)
        {
            foreach (var node in (string?[])[from, to])
                _ = node is null ? default : Id(node);
        }
        return Add(Fault.Of<TMessage>(kind, from, to, times, group, by));
    }

    private Fault Add(Fault fault)
    {
        lock (gate)
            faults.Add(fault);
        return fault;
    }

    private void Send(Link link, NodeEnvelope envelope)
    {
        var copies = 1;
        var delay = TimeSpan.Zero;
        lock (gate)
        {
            if (link.IsDead || cuts.Stop(envelope.From.Id, envelope.To.Id))
                return;
            foreach (var fault in faults)
            {
                if (!fault.Meets(envelope))
                    continue;
                switch (fault.Kind)
                {
                    case FaultKind.Lose:
                        return;
                    case FaultKind.Hold:
                        held.Add((fault, envelope));
                        return;
                    case FaultKind.Duplicate:
                        copies++;
                        break;
                    case FaultKind.Delay:
                        delay += fault.By;
                        break;
                }
            }
        }
        for (; copies > 0; copies--)
        {
            if (delay == TimeSpan.Zero)
                Deliver(envelope);
            else
                _ = DeliverAsync(envelope, delay);
        }
    }

    private async Task DeliverAsync(NodeEnvelope envelope, TimeSpan delay)
    {
        await Task.Delay(delay).ConfigureAwait(false);
        Deliver(envelope);
    }

    private void Deliver(NodeEnvelope envelope)
    {
        Link? link;
        lock (gate)
            links.TryGetValue(envelope.To.Id, out link);
        link?.Endpoint?.Tell(envelope, ActorRefs.NoSender);
    }

    private sealed class Link(FaultyNetwork network) : ITransport
    {
        public IActorRef? Endpoint { get; private set; }

        public bool IsDead { get; set; }

        public void Start(NodeId self, IActorRef endpoint)
        {
            lock (network.gate)
            {
                Endpoint = endpoint;
                if (!IsDead)
                    network.links[self] = this;
            }
        }

        public void Reach(NodeId node, string address, bool isItsWord)
        {
            // It reaches everyone by name.
        }

        public void Send(NodeEnvelope envelope) => network.Send(this, envelope);
    }
}
