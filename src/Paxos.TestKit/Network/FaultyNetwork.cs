using Akka.Actor;
using Paxos.Actors;
using Paxos.Actors.Wire;
using Paxos.Protocol;

namespace Paxos.TestKit.Network;

/// <summary>
/// A network between actor systems of one process that a spec can cut: each system gets <see cref="Join"/> as the transport
/// of its <see cref="PaxosSetup"/>. What is not lost arrives at once and in order.
/// </summary>
/// <example><code>
/// var lost = network.Lose&lt;Promise&gt;(from: "b", times: 1);
/// ...
/// Assert.Equal(1, lost.Fired);
/// </code></example>
public sealed class FaultyNetwork
{
    private readonly Lock gate = new();
    private readonly Dictionary<NodeId, IActorRef> endpoints = [];
    private readonly List<Fault> faults = [];
    private readonly List<(Fault Fault, NodeEnvelope Envelope)> held = [];

    // Seen from either side: a pair of nodes between which nothing goes.
    private readonly HashSet<(NodeId, NodeId)> cuts = [];

    /// <summary>A transport for one more actor system. One that starts under the name of an old one takes its place.</summary>
    public ITransport Join() => new Link(this);

    /// <summary>The next <paramref name="times"/> messages of this kind, from and to these nodes (any where null), never arrive.</summary>
    public Fault Lose<TMessage>(string? from = null, string? to = null, int times = int.MaxValue)
        where TMessage : Message => Add<TMessage>(FaultKind.Lose, from, to, times);

    /// <summary>The next <paramref name="times"/> messages of this kind arrive twice.</summary>
    public Fault Duplicate<TMessage>(string? from = null, string? to = null, int times = int.MaxValue)
        where TMessage : Message => Add<TMessage>(FaultKind.Duplicate, from, to, times);

    /// <summary>The next <paramref name="times"/> messages of this kind arrive when <see cref="Release"/> says so: late, and out of order.</summary>
    public Fault Hold<TMessage>(string? from = null, string? to = null, int times = int.MaxValue)
        where TMessage : Message => Add<TMessage>(FaultKind.Hold, from, to, times);

    /// <summary>Counts the messages of this kind that are sent, and does nothing to them.</summary>
    public Fault Watch<TMessage>(string? from = null, string? to = null)
        where TMessage : Message => Add<TMessage>(FaultKind.Watch, from, to, int.MaxValue);

    /// <summary>What matches never arrives, whatever its message.</summary>
    public Fault Lose(Func<NodeEnvelope, bool> matches) => Add(new Fault(FaultKind.Lose, matches, int.MaxValue));

    /// <summary>Counts the envelopes that are sent and match, whatever their message, and does nothing to them.</summary>
    public Fault Watch(Func<NodeEnvelope, bool> matches) => Add(new Fault(FaultKind.Watch, matches, int.MaxValue));

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

    /// <summary>Nothing goes between this node and any other, in either direction, until <see cref="Heal"/>.</summary>
    public void Isolate(string node)
    {
        lock (gate)
        {
            foreach (var other in endpoints.Keys)
                cuts.Add((new NodeId(node), other));
        }
    }

    /// <summary>Nothing goes between these two, in either direction, until <see cref="Heal"/>.</summary>
    public void Cut(string one, string other)
    {
        lock (gate)
            cuts.Add((new NodeId(one), new NodeId(other)));
    }

    /// <summary>Ends all cuts. Faults go on.</summary>
    public void Heal()
    {
        lock (gate)
            cuts.Clear();
    }

    private Fault Add<TMessage>(FaultKind kind, string? from, string? to, int times)
        where TMessage : Message => Add(new Fault(
            kind,
            envelope => envelope.Message is TMessage
                && (from is null || envelope.From.Id == new NodeId(from))
                && (to is null || envelope.To.Id == new NodeId(to)),
            times));

    private Fault Add(Fault fault)
    {
        lock (gate)
            faults.Add(fault);
        return fault;
    }

    private void Send(NodeEnvelope envelope)
    {
        var copies = 1;
        lock (gate)
        {
            if (envelope.From.Id != envelope.To.Id && (cuts.Contains((envelope.From.Id, envelope.To.Id)) || cuts.Contains((envelope.To.Id, envelope.From.Id))))
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
                }
            }
        }
        for (; copies > 0; copies--)
            Deliver(envelope);
    }

    private void Deliver(NodeEnvelope envelope)
    {
        IActorRef? endpoint;
        lock (gate)
            endpoints.TryGetValue(envelope.To.Id, out endpoint);
        endpoint?.Tell(envelope, ActorRefs.NoSender);
    }

    private sealed class Link(FaultyNetwork network) : ITransport
    {
        public void Start(NodeId self, IActorRef endpoint)
        {
            lock (network.gate)
                network.endpoints[self] = endpoint;
        }

        public void Reach(NodeId node, string address, bool isItsWord)
        {
            // It reaches everyone by name.
        }

        public void Send(NodeEnvelope envelope) => network.Send(envelope);
    }
}
