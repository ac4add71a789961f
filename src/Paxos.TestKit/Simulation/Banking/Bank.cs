using Paxos.Actors.Registers;
using Paxos.Actors.StateMachines;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Simulation.Banking;

/// <summary>Moves money from one account to another, where there is enough.</summary>
/// <param name="Number">No two transfers share it.</param>
internal sealed record Transfer(ulong Number, int From, int To, ulong Amount);

/// <summary>A machine of an application's own, as an application writes it: its money never becomes more or less.</summary>
internal sealed class Bank : StateMachine<Transfer, bool>
{
    public const int Accounts = 4;
    public const ulong Total = 100 * Accounts;
    private readonly ulong[] balances = [.. Enumerable.Repeat(Total / Accounts, Accounts)];

    public IReadOnlyList<ulong> Balances => balances;

    public override bool Apply(Transfer command, in Context context)
    {
        if (balances[command.From] < command.Amount)
            return false;
        balances[command.From] -= command.Amount;
        balances[command.To] += command.Amount;
        return true;
    }

    public override Action<Stream> Freeze()
    {
        var writer = new CanonicalWriter();
        foreach (var balance in balances)
            writer.Number(balance);
        var frozen = writer.Written.ToArray();
        return snapshot => snapshot.Write(frozen);
    }

    public override void Restore(Stream snapshot)
    {
        var bytes = new MemoryStream();
        snapshot.CopyTo(bytes);
        var reader = new CanonicalReader(bytes.ToArray());
        for (var account = 0; account < Accounts; account++)
            balances[account] = reader.Number();
    }
}

internal sealed class TransferCodec : ICodec<Transfer>
{
    public ReadOnlyMemory<byte> Encode(Transfer value)
    {
        var writer = new CanonicalWriter();
        writer.Number(value.Number);
        writer.Number((ulong)value.From);
        writer.Number((ulong)value.To);
        writer.Number(value.Amount);
        return writer.Written.ToArray();
    }

    public Transfer Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new CanonicalReader(bytes.Span);
        return new Transfer(reader.Number(), (int)reader.Number(), (int)reader.Number(), reader.Number());
    }
}

internal sealed class HappenedCodec : ICodec<bool>
{
    public ReadOnlyMemory<byte> Encode(bool value) => new[] { value ? (byte)1 : (byte)0 };

    public bool Decode(ReadOnlyMemory<byte> bytes) => bytes.Span[0] == 1;
}
