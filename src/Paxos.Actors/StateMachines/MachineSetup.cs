using Paxos.Actors.Registers;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;

namespace Paxos.Actors.StateMachines;

/// <summary>A machine that an app named before the start.</summary>
internal abstract class MachineSetup(string name)
{
    public string Name => name;

    /// <summary>For people: its commands and results.</summary>
    public abstract string Types { get; }

    /// <summary>The machine's own group, with its log.</summary>
    public abstract LogGroup NewGroup();

    /// <summary>What the app holds in its hand.</summary>
    public abstract object Open(LogGroup group, PaxosSettings settings);
}

internal sealed class MachineSetup<TCommand, TResult>(
    string name, Func<StateMachine<TCommand, TResult>> create, ICodec<TCommand> commands, ICodec<TResult> results) : MachineSetup(name)
{
    public override string Types => $"<{typeof(TCommand).Name}, {typeof(TResult).Name}>";

    public override LogGroup NewGroup() => new(new GroupId(Name), NewMachine);

    public override object Open(LogGroup group, PaxosSettings settings) =>
        new ReplicatedMachine<TCommand, TResult>(group, settings, NewMachine(), commands, results);

    private MachineAdapter<TCommand, TResult> NewMachine() => new(create(), commands, results);
}
