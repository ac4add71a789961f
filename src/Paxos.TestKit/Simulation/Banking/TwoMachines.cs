using System.Buffers.Binary;
using Paxos.Actors.StateMachines;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.TestKit.Simulation.Banking;

/// <summary>The registers, and a machine of an application's own behind the adapter that applications use, on one log.</summary>
internal sealed class TwoMachines(NodeId node, LogSimulation world) : IStateMachine
{
    // No register's command begins with it.
    private const byte OfBank = 0xFF;
    private static readonly TransferCodec Transfers = new();

    private readonly RegisterStore registers = new();
    private readonly MachineAdapter<Transfer, bool> bank = new(new Bank(), Transfers, new HappenedCodec());

    public ulong DueMs => registers.DueMs;

    public static Value Encode(Transfer transfer) => new((byte[])[OfBank, .. Transfers.Encode(transfer).Span]);

    public string? Refuse(Value command) => IsOfBank(command, out var inner) ? bank.Refuse(inner) : registers.Refuse(command);

    public void Apply(in Context context, Value command, IOutput output)
    {
        if (!IsOfBank(command, out var inner))
        {
            world.Machines.Applying(command, context.Index);
            registers.Apply(context, command, output);
            return;
        }
        var heard = new Heard(output);
        bank.Apply(context, inner, heard);
        world.Bank.Applied(node, Transfers.Decode(inner.Bytes), context.Index, heard.Happened, (Bank)bank.Machine);
    }

    public void OnSessionClosed(ulong session, in Context context, IOutput output)
    {
        world.Machines.SessionClosed(session);
        registers.OnSessionClosed(session, context, output);
        bank.OnSessionClosed(session, context, output);
    }

    public void OnTime(in Context context, IOutput output) => registers.OnTime(context, output);

    public Value Query(Value question) => registers.Query(question);

    public ISnapshotView Freeze() => new View(bank.Freeze(), registers.Freeze());

    public void Restore(Stream snapshot)
    {
        var length = new byte[sizeof(int)];
        snapshot.ReadExactly(length);
        var ofBank = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        snapshot.ReadExactly(ofBank);
        bank.Restore(new MemoryStream(ofBank));
        registers.Restore(snapshot);
    }

    private static bool IsOfBank(Value command, out Value inner)
    {
        var isOfBank = command.Bytes.Span[0] == OfBank;
        inner = isOfBank ? new Value(command.Bytes[1..]) : command;
        return isOfBank;
    }

    private sealed class Heard(IOutput output) : IOutput
    {
        public bool Happened { get; private set; }

        public void Result(Value result)
        {
            Happened = result.Bytes.Span[0] == 1;
            output.Result(result);
        }

        public void Notify(string topic, Value notification) => output.Notify(topic, notification);
    }

    private sealed class View(ISnapshotView bank, ISnapshotView registers) : ISnapshotView
    {
        public void Write(Stream snapshot)
        {
            var ofBank = new MemoryStream();
            bank.Write(ofBank);
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, (int)ofBank.Length);
            snapshot.Write(length);
            snapshot.Write(ofBank.ToArray());
            registers.Write(snapshot);
        }
    }
}
