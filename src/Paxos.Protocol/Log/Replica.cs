#pragma warning disable CA1822 // a skeleton
// A Stream is how a snapshot is handed over; whose it is, a file or memory, is the host's affair.
#pragma warning disable RS0030

namespace Paxos.Protocol.Log;

/// <summary>Skeleton: signatures only, the body follows.</summary>
public sealed class Replica(IStateMachine machine, LogSettings settings) : ILogConsumer
{
    public ulong AppliedSlot => 0;

    public ulong Index => 0;

    public ulong TimeMs => 0;

    public ulong DueMs => (ulong)settings.DigestInterval;

    public ulong Digest => 0;

    public Configuration? Configuration => null;

    public ulong ConfigurationSlot => 0;

    public ulong? DigestAt(ulong slot) => null;

    public void Apply(ulong slot, Entry entry, Effects effects) => throw new NotSupportedException(machine.ToString());

    public Value Query(Value question) => machine.Query(question);

    public ISnapshotView Freeze() => machine.Freeze();

    public void Restore(Stream snapshot) => machine.Restore(snapshot);
}
