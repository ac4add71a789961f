using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>A message on its way. It is addressed to a node, and may reach more than one role there.</summary>
public sealed record Packet(NodeId From, NodeId To, Message Message)
{
    public string Kind => Message.GetType().Name;

    public override string ToString() => $"{Message} {From}->{To}";
}

/// <summary>The messages in flight, the oldest first. Nothing moves unless a step says so.</summary>
internal sealed class Network
{
    private sealed record Flight(Packet Packet, List<Role> Receivers);

    private readonly List<Flight> flights = [];

    public IEnumerable<Packet> InFlight => flights.Select(flight => flight.Packet);

    /// <param name="receivers">The roles of the receiving node that take such a message.</param>
    public void Send(Packet packet, IEnumerable<Role> receivers) => flights.Add(new Flight(packet, [.. receivers]));

    /// <summary>One copy more of each that matches; they arrive after all that is in flight now.</summary>
    public IReadOnlyList<Packet> Duplicate(Selector selector)
    {
        var copies = Match(selector).Select(flight => new Flight(flight.Packet with { }, [.. flight.Receivers])).ToList();
        flights.AddRange(copies);
        return [.. copies.Select(copy => copy.Packet)];
    }

    /// <summary>Takes out what matches. A packet of which only one role is served stays in flight for the others.</summary>
    public IReadOnlyList<(Packet Packet, IReadOnlyList<Role> Receivers)> Take(Selector selector)
    {
        var taken = new List<(Packet, IReadOnlyList<Role>)>();
        foreach (var flight in Match(selector))
        {
            Role[] receivers = selector.Role is { } role ? [role] : [.. flight.Receivers];
            flight.Receivers.RemoveAll(receivers.Contains);
            if (flight.Receivers.Count == 0)
                flights.Remove(flight);
            taken.Add((flight.Packet, receivers));
        }
        return taken;
    }

    /// <summary>Takes out the oldest packet of these; null where there is none.</summary>
    public Packet? TakeFirst(Predicate<Packet> which)
    {
        var at = flights.FindIndex(flight => which(flight.Packet));
        if (at < 0)
            return null;
        var packet = flights[at].Packet;
        flights.RemoveAt(at);
        return packet;
    }

    private List<Flight> Match(Selector selector)
    {
        var matching = flights.Where(flight => Matches(selector, flight));
        return [.. selector.IsOne ? matching.Take(1) : matching];
    }

    private static bool Matches(Selector selector, Flight flight)
    {
        var (packet, receivers) = flight;
        return (selector.Kind is null || selector.Kind == packet.Kind)
            && (selector.From is null || selector.From == packet.From)
            && (selector.To is null || selector.To == packet.To)
            && (selector.Role is not { } role || receivers.Contains(role))
            && (selector.Argument is not { } argument || packet.Message.IsAbout(argument));
    }
}
