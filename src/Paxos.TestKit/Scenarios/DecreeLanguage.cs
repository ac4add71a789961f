using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>The commands of a scenario of one decision.</summary>
internal sealed class DecreeLanguage(Configuration configuration, Vocabulary words) : ILanguage
{
    public Command Parse(string verb, string rest) => verb switch
    {
        "decide" => ParseDecide(rest),
        "read" => new Command.Read(Voter(words.Only(rest, "read a"))),
        "learn" => new Command.Learn(words.Node(words.Only(rest, "learn d"))),
        _ => words.Parse(verb, rest)
            ?? throw words.Problem($"'{verb}' is no command. The commands: nodes, decide, read, learn, {Vocabulary.Commands}"),
    };

    private Command.Decide ParseDecide(string rest)
    {
        var parts = rest.Split(' ', 2, StringSplitOptions.TrimEntries);
        if (parts is not [_, { Length: > 0 }])
            throw words.Problem("decide wants a node and a value: decide a blue");
        return new Command.Decide(Voter(parts[0]), Value.FromUtf8(parts[1]));
    }

    private NodeId Voter(string name)
    {
        var node = words.Node(name);
        if (configuration.IndexOfVoter(node) < 0)
            throw words.Problem($"{node} only learns. Those that propose: {string.Join(", ", configuration.Voters.Select(voter => voter.Id))}");
        return node;
    }
}
