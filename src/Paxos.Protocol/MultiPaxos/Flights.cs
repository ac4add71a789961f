using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>What a leader has proposed and not yet seen chosen, in the order of the slots, and who has accepted it.</summary>
internal sealed class Flights
{
    private readonly Queue<Flight> flights = new();

    public int Count => flights.Count;

    public void Add(ulong slot, Entry entry, Configuration configuration) =>
        flights.Enqueue(new Flight(slot, entry, new Quorum(configuration)));

    public void On(NodeId from, Accepted accepted)
    {
        foreach (var flight in flights)
        {
            if (flight.Slot < accepted.Slot)
                continue;
            // Else it is of a slot that is chosen already, as the last answer to each is.
            if (flight.Slot == accepted.Slot)
                flight.Accepted.Add(from);
            break;
        }
    }

    /// <summary>The oldest one, if a quorum has accepted it; null: not yet. A later one waits for those before it.</summary>
    public Flight? TakeChosen(Configuration configuration) =>
        flights.TryPeek(out var oldest) && oldest.Accepted.Count >= configuration.Rule.Phase2 ? flights.Dequeue() : null;

    public Queue<Flight>.Enumerator GetEnumerator() => flights.GetEnumerator();

    public void Clear() => flights.Clear();

    public void Write(CanonicalWriter writer)
    {
        writer.Number((ulong)flights.Count);
        foreach (var flight in flights)
        {
            writer.Number(flight.Slot);
            flight.Entry.Write(writer);
            flight.Accepted.Write(writer);
        }
    }

    public void Read(Configuration configuration, ref CanonicalReader reader)
    {
        flights.Clear();
        for (var count = reader.Number(); count > 0; count--)
            flights.Enqueue(new Flight(reader.Number(), Entry.Read(ref reader), Quorum.Read(configuration, ref reader)));
    }

    internal sealed class Flight(ulong slot, Entry entry, Quorum accepted)
    {
        public ulong Slot => slot;

        public Entry Entry => entry;

        public Quorum Accepted = accepted;
    }
}
