using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>The commands of a scenario of one decision.</summary>
internal sealed class DecreeLanguage(Configuration configuration, Vocabulary words) : ILanguage
{
    // The first one, and then each change, in the order in which they are first heard of.
    private readonly List<Configuration> configurations = [configuration];

    public Command Parse(string verb, string rest) => verb switch
    {
        "decide" => ParseDecide(rest),
        "read" => new Command.Read(Voter(words.Only(rest, "read a"))),
        "change" => ParseChange(rest),
        "learn" => new Command.Learn(words.Node(words.Only(rest, "learn d"))),
        _ => words.Parse(verb, rest)
            ?? throw words.Problem($"'{verb}' is no command. The commands: nodes, decide, read, learn, change, {Vocabulary.Commands}"),
    };

    private Command.Decide ParseDecide(string rest)
    {
        var parts = rest.Split(' ', 2, StringSplitOptions.TrimEntries);
        if (parts is not [_, { Length: > 0 }])
            throw words.Problem("decide wants a node and a value: decide a blue");
        return new Command.Decide(Voter(parts[0]), Value.FromUtf8(parts[1]));
    }

    private Command.Change ParseChange(string rest)
    {
        if (Vocabulary.Words(rest) is not [var node, "to", .. { Length: > 0 } names])
            throw words.Problem("change wants the node that hears of it, and who votes from now on: change d to b c d");
        var voters = names.Select(words.Node).Order().ToList();
        var known = configurations.Find(one => one.Voters.Select(voter => voter.Id).SequenceEqual(voters));
        if (known is null)
        {
            var learners = configuration.Everyone.Except(voters).Select(id => new Member(id, default));
            known = new Configuration((uint)configurations.Count + 1, voters.Select(id => new Member(id, default)), learners);
            configurations.Add(known);
        }
        return new Command.Change(words.Node(node), known);
    }

    private NodeId Voter(string name)
    {
        var node = words.Node(name);
        if (configurations.TrueForAll(one => one.IndexOfVoter(node) < 0))
            throw words.Problem($"{node} only learns. Those that propose: {string.Join(", ", configuration.Voters.Select(voter => voter.Id))}");
        return node;
    }
}
