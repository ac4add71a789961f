using System.Globalization;
using Paxos.Actors.Registers;
using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.Actors.StateMachines;

/// <summary>An app's machine as the log knows machines: in bytes.</summary>
internal sealed class MachineAdapter<TCommand, TResult>(
    StateMachine<TCommand, TResult> machine, ICodec<TCommand> commands, ICodec<TResult> results) : IStateMachine
{
    public StateMachine<TCommand, TResult> Machine => machine;

    public ulong DueMs => machine.DueMs;

    public string? Refuse(Value command)
    {
        TCommand decoded;
        try
        {
            decoded = commands.Decode(command.Bytes);
        }
        catch (FormatException e)
        {
            return $"The command can't be read back from what it is written as: {e.Message}";
        }
        return machine.Refuse(decoded);
    }

    public void Apply(in Context context, Value command, IOutput output)
    {
        using var invariant = new InvariantCulture();
        output.Result(new Value(results.Encode(machine.Apply(commands.Decode(command.Bytes), context))));
    }

    public void OnSessionClosed(ulong session, in Context context, IOutput output)
    {
        using var invariant = new InvariantCulture();
        machine.OnSessionClosed(session, context);
    }

    public void OnTime(in Context context, IOutput output)
    {
        using var invariant = new InvariantCulture();
        machine.OnTime(context);
    }

    public Value Query(Value question) => throw new NotSupportedException("An app's machine is asked by functions, not in bytes.");

    public ISnapshotView Freeze() => new View(machine.Freeze());

    public void Restore(Stream snapshot) => machine.Restore(snapshot);

    private sealed class View(Action<Stream> write) : ISnapshotView
    {
        public void Write(Stream snapshot) => write(snapshot);
    }

    // Numbers and messages must be spelt alike on machines that are set up for different countries.
    private readonly struct InvariantCulture : IDisposable
    {
        private readonly CultureInfo before = CultureInfo.CurrentCulture;
        private readonly CultureInfo beforeInTexts = CultureInfo.CurrentUICulture;

        public InvariantCulture()
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        }

        public void Dispose()
        {
            CultureInfo.CurrentCulture = before;
            CultureInfo.CurrentUICulture = beforeInTexts;
        }
    }
}
