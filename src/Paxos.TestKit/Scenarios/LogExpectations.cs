using Paxos.Protocol;
using Paxos.Protocol.Log;

namespace Paxos.TestKit.Scenarios;

/// <summary>Looks whether what a scenario expects of a replicated log is so.</summary>
internal sealed class LogExpectations(LogScene scene)
{
    /// <summary>Null, or what is so instead.</summary>
    public string? Refute(Command expected) => expected switch
    {
        LogCommand.ExpectChosen c => Refute(c),
        LogCommand.ExpectLeader c => Refute(
            scene.Nodes.Where(node => node.IsUp && node.Leads), c.Node is { } node ? [node] : [], "leads"),
        LogCommand.ExpectWaiting c => Refute(scene.Nodes.Where(node => node.IsUp && node.WaitsToStand), c.Nodes, "waits to stand"),
        LogCommand.ExpectApplied c => scene[c.Node].Applied is var applied && applied == c.Slot ? null : $"{c.Node} has applied {applied}",
        LogCommand.ExpectTrimmed c => scene[c.Node].Trimmed is var trimmed && trimmed == c.Slot ? null : $"{c.Node} has trimmed {trimmed}",
        LogCommand.ExpectHolds c => Refute(c),
        LogCommand.ExpectAnswer c => scene[c.Node].LastAnswer is var answer && answer == c.Answer
            ? null
            : answer is null ? $"the client of {c.Node} has answered nobody" : $"the last answer was: {answer}",
        LogCommand.ExpectVoters c => scene[c.Node].Configuration.Voters.Select(voter => voter.Id).SequenceEqual(c.Voters.Order())
            ? null
            : $"at {c.Node} it is {scene[c.Node].Configuration}",
        _ => throw new InvalidOperationException($"An expectation that can't be looked at: {expected}"),
    };

    private string? Refute(LogCommand.ExpectChosen expected)
    {
        if (scene.Invariants.ChosenAt(expected.Slot) is not var (ballot, entry))
            return expected.Entry is null ? null : $"nothing is chosen in slot {expected.Slot}";
        return expected.Entry is { } text && Texts(entry).Contains(text)
            ? null
            : $"{entry} is chosen in slot {expected.Slot}, at {ballot}";
    }

    private string? Refute(LogCommand.ExpectHolds expected)
    {
        var row = scene[expected.Node].Find(expected.Key);
        if (row?.Value.ToString() == expected.Value)
            return null;
        return row is { } there ? $"{expected.Node} holds {expected.Key}={there.Value}" : $"{expected.Node} has no {expected.Key}";
    }

    private static string? Refute(IEnumerable<NodeHost> nodes, IReadOnlyList<NodeId> expected, string does)
    {
        var found = nodes.Select(node => node.Id).Order().ToList();
        if (found.SequenceEqual(expected.Order()))
            return null;
        return found.Count == 0 ? $"nobody {does}" : $"{string.Join(", ", found)} {does}";
    }

    /// <summary>What an entry may be called: as a whole, or by one of its commands.</summary>
    private static IEnumerable<string> Texts(Entry entry)
    {
        yield return entry.ToString();
        if (entry.Kind != EntryKind.Batch)
            yield break;
        foreach (var command in Batch.Decode(entry.Value).Commands)
        {
            if (Protocol.Log.Command.Decode(command) is Protocol.Log.Command.Apply apply)
                yield return apply.Payload.ToString();
        }
    }
}
