using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.TestKit.Simulation.Banking;

namespace Paxos.TestKit.Simulation;

/// <summary>A node's replica of the machines, with the invariants looking at all that it is given.</summary>
internal sealed class JudgedReplica : ILogConsumer
{
    private readonly NodeId node;
    private readonly LogSimulation world;
    private readonly Replica replica;

    public JudgedReplica(NodeId node, LogSimulation world)
    {
        this.node = node;
        this.world = world;
        replica = new Replica(new TwoMachines(node, world), world.Options.Sessions);
    }

    public ulong AppliedSlot => replica.AppliedSlot;

    public ulong Digest => replica.Digest;

    public ulong TimeMs => replica.TimeMs;

    public ulong DueMs => replica.DueMs;

    public InForce? InForce => replica.InForce;

    public IEnumerable<Configuration> Configurations => replica.Configurations.Select(each => each.Configuration);

    public Value Query(Value question) => replica.Query(question);

    public void Apply(ulong slot, Entry entry, Effects effects)
    {
        var isFirst = slot > world.Invariants.LearnedThrough;
        world.Invariants.Applying(node, slot, entry, replica.AppliedSlot, replica.Digest);
        var before = effects.Count;
        replica.Apply(slot, entry, effects);
        if (isFirst && entry.Kind == EntryKind.Batch)
            world.Machines.Applied(world.Invariants.ProposedMs(slot, entry), effects.Skip(before));
    }

    public byte[] Freeze()
    {
        var snapshot = new MemoryStream();
        replica.Freeze().Write(snapshot);
        var bytes = snapshot.ToArray();
        world.Machines.Frozen(node.ToString(), AppliedSlot, bytes);
        return bytes;
    }

    public void Restore(byte[] snapshot)
    {
        replica.Restore(new MemoryStream(snapshot));
        world.Invariants.CheckState(node, AppliedSlot, Digest);
    }
}
