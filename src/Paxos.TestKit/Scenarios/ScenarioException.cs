namespace Paxos.TestKit.Scenarios;

/// <summary>A scenario file that can't be read, or a step of it that has no effect. The message names the file and the line.</summary>
public class ScenarioException(string fileName, int line, string problem) : Exception($"{fileName}:{line}: {problem}")
{
    public string FileName { get; } = fileName;

    /// <summary>Counted from 1.</summary>
    public int Line { get; } = line;
}

/// <summary>A step of a scenario expects what is not so.</summary>
public sealed class ExpectationException(string fileName, int line, string problem) : ScenarioException(fileName, line, problem);
