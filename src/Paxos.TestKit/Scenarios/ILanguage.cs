namespace Paxos.TestKit.Scenarios;

/// <summary>The commands that a kind of scenario knows.</summary>
internal interface ILanguage
{
    /// <exception cref="ScenarioException">It is no command, or one that lacks something: the message says what could have been.</exception>
    Command Parse(string verb, string rest);
}
