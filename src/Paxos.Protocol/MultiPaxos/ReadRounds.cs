using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// A leader's linearizable reads without a write ("Paxos Made Live" gives it a lease; this asks instead). A read joins only a
/// round that starts after it arrived, with the mark of that start: a quorum whose promise is still the leader's then had not
/// let another leader choose anything before. Reads that arrive meanwhile share the next round.
/// </summary>
internal sealed class ReadRounds
{
    private List<(NodeId From, ulong Id)> arrived = [];
    private List<(NodeId From, ulong Id)> confirming = [];
    private Quorum confirmed;
    private ulong round;
    private ulong mark;

    public bool IsUnderWay => confirming.Count > 0;

    public bool HasWaiting => arrived.Count > 0;

    public void Add(NodeId from, ulong id) => arrived.Add((from, id));

    /// <summary>Starts a round: reads wait, and none is under way.</summary>
    public void Start(Ballot ballot, Configuration configuration, ulong chosenThrough, Effects effects)
    {
        (confirming, arrived) = (arrived, confirming);
        confirmed = new Quorum(configuration);
        mark = chosenThrough;
        round++;
        Ask(ballot, configuration, effects);
    }

    /// <summary>Asks those who have not answered.</summary>
    public void Ask(Ballot ballot, Configuration configuration, Effects effects)
    {
        foreach (var voter in configuration.Voters.AsSpan())
        {
            if (!confirmed.Contains(voter.Id))
                effects.SendNow(voter.Id, new Confirm(ballot, round));
        }
    }

    public void On(NodeId from, Confirmed message, Configuration configuration, Effects effects)
    {
        if (!IsUnderWay || message.Round != round || !confirmed.Add(from) || confirmed.Count < configuration.Rule.Phase2)
            return;
        foreach (var (asker, id) in confirming)
            effects.SendNow(asker, new ReadConfirmed(id, mark));
        confirming.Clear();
    }

    /// <summary>The configuration has changed: a round that its voters have not all to answer begins anew.</summary>
    public void Restart()
    {
        arrived.AddRange(confirming);
        confirming.Clear();
    }

    public void RefuseAll(NodeId leader, Effects effects)
    {
        Restart();
        foreach (var (from, id) in arrived)
            effects.SendNow(from, new Refused(id, Refusal.NotLeader, leader));
        arrived.Clear();
    }

    public void Write(CanonicalWriter writer)
    {
        foreach (var list in (ReadOnlySpan<List<(NodeId From, ulong Id)>>)[arrived, confirming])
        {
            writer.Number((ulong)list.Count);
            foreach (var (from, id) in list)
            {
                writer.Node(from);
                writer.Number(id);
            }
        }
        confirmed.Write(writer);
        writer.Number(round);
        writer.Number(mark);
    }

    public void Read(Configuration configuration, ref CanonicalReader reader)
    {
        foreach (var list in (ReadOnlySpan<List<(NodeId From, ulong Id)>>)[arrived, confirming])
        {
            list.Clear();
            for (var count = reader.Number(); count > 0; count--)
                list.Add((reader.Node(), reader.Number()));
        }
        confirmed = Quorum.Read(configuration, ref reader);
        round = reader.Number();
        mark = reader.Number();
    }
}
