using Paxos.Actors.Decisions;

namespace Paxos.Actors.Wire;

/// <summary>The public messages of decisions, to protobuf and back.</summary>
internal static class DecisionFormat
{
    public static Proto.Decide ToProto(Decision.Decide m) => new() { Name = m.Name, Value = m.Value };

    public static Proto.Read ToProto(Decision.Read m) => new() { Name = m.Name };

    public static Proto.Decided ToProto(Decision.Decided m) => new() { Name = m.Name, Value = m.Value };

    public static Proto.Undecided ToProto(Decision.Undecided m) => new() { Name = m.Name };

    public static Proto.Failed ToProto(Decision.Failed m) => new() { Name = m.Name, Failure = (int)m.Failure, Message = m.Message };

    public static Decision.Decide FromProto(Proto.Decide m) => new(m.Name, m.Value);

    public static Decision.Read FromProto(Proto.Read m) => new(m.Name);

    public static Decision.Decided FromProto(Proto.Decided m) => new(m.Name, m.Value);

    public static Decision.Undecided FromProto(Proto.Undecided m) => new(m.Name);

    public static Decision.Failed FromProto(Proto.Failed m) => new(m.Name, (Decision.Failure)m.Failure, m.Message);
}
