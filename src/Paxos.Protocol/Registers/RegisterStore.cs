#pragma warning disable RS0030
using Paxos.Protocol.Log;

namespace Paxos.Protocol.Registers;

/// <summary>Skeleton, until branch log brings the store: take that one.</summary>
public sealed class RegisterStore : IStateMachine
{
    public void Apply(in Context context, Value command, IOutput output) => throw new NotSupportedException();

    public Value Query(Value question) => throw new NotSupportedException();

    public ISnapshotView Freeze() => throw new NotSupportedException();

    public void Restore(Stream snapshot) => throw new NotSupportedException();
}
