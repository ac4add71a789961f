using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>
/// A course of events in the protocol's own words: who proposes, what is delivered, lost or doubled, who crashes and comes
/// back; below a line of <c>----</c>, what is expected to come of it.
/// </summary>
public sealed class Scenario
{
    /// <summary>The line between the steps and the expected course.</summary>
    public const string Separator = "----";

    internal Scenario(string fileName, string source)
    {
        FileName = fileName;
        Source = source;
    }

    public string FileName { get; }

    /// <summary>The first comment of the file.</summary>
    public string Title { get; internal init; } = "";

    /// <summary>The comments between the title and the line <c>nodes</c>.</summary>
    public IReadOnlyList<string> Introduction { get; internal init; } = [];

    public required Configuration Configuration { get; init; }

    /// <summary>How the replicated log is set up that this is about; null: it is about one decision.</summary>
    internal LogSetup? Log { get; init; }

    /// <summary>Every node that plays a part, members first.</summary>
    public IReadOnlyList<NodeId> Nodes => [.. Configuration.Everyone, .. Log?.Outside ?? []];

    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>What stands below the separator; null where the file has none.</summary>
    public string? Expected { get; internal init; }

    /// <summary>The file down to the separator, without it.</summary>
    public string Source { get; }

    /// <exception cref="ScenarioException">The text is not a scenario.</exception>
    public static Scenario Parse(string text, string fileName) => new ScenarioParser(fileName).Parse(text);

    /// <summary>Plays the steps on the real roles, up to the end or to the first broken invariant.</summary>
    /// <exception cref="ScenarioException">A step has no effect, or what it expects is not so.</exception>
    public ScenarioRun Run() => Log is null ? new DecreeRunner(this).Run() : new LogRunner(this, Log).Run();

    /// <summary>The file with this course below the separator.</summary>
    public string WithCourse(string course) => $"{Source}{Separator}\n{course}";
}
