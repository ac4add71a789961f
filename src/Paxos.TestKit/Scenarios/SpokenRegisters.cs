using System.Globalization;
using System.Text.RegularExpressions;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.TestKit.Scenarios;

/// <summary>The register store with commands that can be read in a log: <c>color=blue</c>, <c>delete color</c>.</summary>
internal sealed partial class SpokenRegisters : IStateMachine
{
    private readonly RegisterStore store = new();

    public ulong DueMs => store.DueMs;

    /// <summary>Null: the text is no command.</summary>
    public static RegisterCommand? Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
            return null;
        var key = match.Groups["key"].Value;
        ulong? condition = match.Groups["if"] switch
        {
            { Success: false } => null,
            { Value: "absent" } => 0,
            var version => ulong.Parse(version.Value, CultureInfo.InvariantCulture),
        };
        return match.Groups["value"] is { Success: true } value
            ? new RegisterCommand.Put(key, Protocol.Value.FromUtf8(value.Value), condition)
            : new RegisterCommand.Delete(key, condition);
    }

    /// <summary>The result of a command in words.</summary>
    public static string Say(Result result)
    {
        if (result.Kind != ResultKind.Done)
            return result.ToString();
        var (happened, _, version) = RegisterResult.Decode(result.Value);
        return happened ? $"done, version {version}" : version == 0 ? "not done, it is absent" : $"not done, it has version {version}";
    }

    public void Apply(in Context context, Value command, IOutput output) =>
        store.Apply(context, Parse(command.ToString())!.Encode(), output);

    public void OnTime(in Context context, IOutput output) => store.OnTime(context, output);

    public Value Query(Value question) => store.Query(question);

    public ISnapshotView Freeze() => store.Freeze();

    public void Restore(Stream snapshot) => store.Restore(snapshot);

    [GeneratedRegex(@"^(?:delete (?<key>[^\s=]+)|(?<key>[^\s=]+)=(?<value>\S+))(?: if (?<if>absent|[1-9]\d{0,8}))?$")]
    private static partial Regex Pattern();
}
