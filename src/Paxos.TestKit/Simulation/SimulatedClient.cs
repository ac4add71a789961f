using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation;

/// <summary>Asks for commands and reads, of whoever its node says is leading. Every command is one of its own.</summary>
internal sealed class SimulatedClient(NodeId self, LogSimulation world)
{
    private readonly Dictionary<ulong, ImmutableArray<Value>> submitted = [];
    private readonly Dictionary<ulong, ulong> reads = [];
    private NodeId leader;

    public void Call()
    {
        if (world.Random.Next(4) == 0)
            Read();
        else
            Submit([.. Enumerable.Range(0, world.Random.Next(1, 4)).Select(_ => NewCommand())]);
    }

    public Value NewCommand()
    {
        var padding = new string('.', world.Random.Next(12));
        var tick = world.Random.Next(50) == 0 ? SimulatedConsumer.WantsTick : "";
        return Value.FromUtf8($"{self}{world.NextId()}{padding}{tick}");
    }

    public void Submit(ImmutableArray<Value> commands)
    {
        var id = world.NextId();
        submitted.Add(id, commands);
        world.Invariants.Submitted(commands);
        world.Send(self, Target(), new Submit(id, commands));
    }

    public void On(NodeId from, Message message)
    {
        switch (message)
        {
            case LeaderIs m:
                leader = m.Leader;
                break;
            case Refused m:
                leader = m.Leader;
                world.Marks.Hit($"refused: {m.Why}");
                if (submitted.Remove(m.Id, out var refused))
                    world.Invariants.Refused(refused);
                reads.Remove(m.Id);
                break;
            case ReadConfirmed m when reads.Remove(m.Id, out var least):
                world.Marks.Hit(LogMarks.Read);
                world.Invariants.ReadConfirmed(from, m.Slot, least);
                break;
        }
    }

    private void Read()
    {
        var id = world.NextId();
        reads.Add(id, world.Invariants.LearnedThrough);
        world.Send(self, Target(), new ConfirmRead(id));
    }

    // Sometimes it asks one who does not lead.
    private NodeId Target()
    {
        if (world.Random.Next(20) == 0)
            return world.Configuration.Voters[world.Random.Next(world.Configuration.Voters.Length)].Id;
        if (leader != default)
            return leader;
        return world.Configuration.IndexOfVoter(self) >= 0 ? self : world.Configuration.Voters[0].Id;
    }
}
