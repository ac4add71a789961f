using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.TestKit.Scenarios;

/// <summary>The registers of a node, as they stand on the log.</summary>
/// <param name="applying">Told before an entry is applied.</param>
internal sealed class ScenarioReplica(Action<ulong, Entry, Replica> applying) : ILogConsumer
{
    private readonly Replica replica = new(new SpokenRegisters(), LogSettings.Default);

    public ulong Slot => replica.AppliedSlot;

    public ulong Digest => replica.Digest;

    public InForce? InForce => replica.InForce;

    public ulong TimeMs => replica.TimeMs;

    public ulong DueMs => replica.DueMs;

    public IEnumerable<RegisterRow> All => Ask(new RegisterQuery.Range("", null, RegisterQuery.MaxLimit));

    public RegisterRow? Find(string key) => Ask(new RegisterQuery.Get(key)) is [var row] ? row : null;

    public void Apply(ulong slot, Entry entry, Effects effects)
    {
        applying(slot, entry, replica);
        replica.Apply(slot, entry, effects);
    }

    public byte[] Freeze()
    {
        using var bytes = new MemoryStream();
        replica.Freeze().Write(bytes);
        return bytes.ToArray();
    }

    public void Restore(byte[] snapshot)
    {
        using var bytes = new MemoryStream(snapshot);
        replica.Restore(bytes);
    }

    private RegisterRow[] Ask(RegisterQuery query) => [.. RegisterAnswer.Decode(replica.Query(query.Encode())).Rows];
}
