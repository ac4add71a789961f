using System.Globalization;
using System.Text.RegularExpressions;
using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>Reads the language of scenario files; a word that it does not know is an error that says what it could have been.</summary>
internal sealed partial class ScenarioParser(string fileName)
{
    private const string Keep = "keep=";

    private readonly List<string> introduction = [];
    private readonly List<string> comments = [];
    private readonly List<Step> steps = [];
    private Configuration? configuration;
    private int line;

    public Scenario Parse(string text)
    {
        var (source, expected) = Split(text.ReplaceLineEndings("\n"));
        foreach (var raw in source.Split('\n'))
        {
            line++;
            ParseLine(raw.Trim());
        }
        if (configuration is null)
            throw Problem("there is no node. Begin with a line like: nodes a b c");
        return new Scenario(fileName, source)
        {
            Title = introduction.FirstOrDefault(Path.GetFileNameWithoutExtension(fileName)),
            Introduction = [.. introduction.Skip(1).SkipWhile(comment => comment.Length == 0)],
            Configuration = configuration,
            Steps = steps,
            Expected = expected,
        };
    }

    private static (string Source, string? Expected) Split(string text)
    {
        const string between = "\n" + Scenario.Separator + "\n";
        if (!text.EndsWith('\n'))
            text += "\n";
        var at = text.IndexOf(between, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..(at + 1)], text[(at + between.Length)..]);
    }

    private void ParseLine(string text)
    {
        var comment = Comment().Match(text);
        if (comment.Success)
        {
            (configuration is null ? introduction : comments).Add(comment.Groups["text"].Value);
            text = text[..comment.Index];
        }
        if (text.Length == 0)
            return;
        var words = text.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var rest = words.Length > 1 ? words[1] : "";
        if (words[0] == "nodes")
        {
            ParseNodes(Words(rest));
            return;
        }
        if (configuration is null)
            throw Problem($"'{words[0]}' comes before the nodes. Begin with a line like: nodes a b c");
        steps.Add(new Step(line, text, [.. comments], ParseCommand(words[0], rest)));
        comments.Clear();
    }

    private void ParseNodes(string[] names)
    {
        if (configuration is not null)
            throw Problem("the nodes are named once");
        var at = Array.IndexOf(names, "learners");
        var voters = at < 0 ? names : names[..at];
        var learners = at < 0 ? [] : names[(at + 1)..];
        if (Array.Find(names, name => !NodeId.IsValid(name) || name.Contains('.') || name.Contains("->")) is { } bad)
            throw Problem($"'{bad}' can't name a node: letters, digits, '-' and '_'");
        try
        {
            configuration = new Configuration(1, voters.Select(Member), learners.Select(Member));
        }
        catch (ArgumentException e)
        {
            throw Problem(e.Message);
        }
    }

    private static Member Member(string name) => new(new NodeId(name), default);

    private Command ParseCommand(string verb, string rest) => verb switch
    {
        "decide" => ParseDecide(rest),
        "read" => new Command.Read(Voter(Only(rest, "read a"))),
        "learn" => new Command.Learn(Node(Only(rest, "learn d"))),
        "deliver" => new Command.Deliver(ParseSelector(verb, rest)),
        "drop" => new Command.Drop(ParseSelector(verb, rest)),
        "duplicate" => new Command.Duplicate(ParseSelector(verb, rest)),
        "retry" => ParseRetry(rest),
        "slow" => ParseSlow(rest),
        "sync" => ParseSync(rest),
        "crash" => ParseCrash(rest),
        "restart" => ParseRestart(rest),
        _ => throw Problem(
            $"'{verb}' is no command. The commands: nodes, decide, read, learn, deliver, drop, duplicate, retry, slow, sync, "
            + "crash, restart"),
    };

    private Command.Decide ParseDecide(string rest)
    {
        var words = rest.Split(' ', 2, StringSplitOptions.TrimEntries);
        if (words is not [_, { Length: > 0 }])
            throw Problem("decide wants a node and a value: decide a blue");
        return new Command.Decide(Voter(words[0]), Value.FromUtf8(words[1]));
    }

    private Command.Retry ParseRetry(string rest)
    {
        var (node, role) = Roles(Only(rest, "retry a"));
        return new Command.Retry(new Place(node, role ?? (configuration!.IndexOfVoter(node) < 0 ? Role.Learner : Role.Proposer)));
    }

    private Command.Slow ParseSlow(string rest)
    {
        var (node, role) = Roles(Only(rest, "slow a.acceptor"));
        return new Command.Slow(node, role);
    }

    private Command.Sync ParseSync(string rest)
    {
        if (Words(rest) is not [var place, .. { Length: <= 1 } count])
            throw Problem("sync wants a role, and how many writes become durable if not all: sync a.acceptor 1");
        var (node, role) = Roles(place);
        return new Command.Sync(node, role, count is [var text] ? Number(text, 1) : null);
    }

    private Command.Crash ParseCrash(string rest)
    {
        if (Words(rest) is not [var place, .. { Length: <= 1 } keep] || !keep.All(option => option.StartsWith(Keep, StringComparison.Ordinal)))
            throw Problem("crash wants a role, and how many pending writes are kept if not all: crash a.acceptor keep=0");
        var (node, role) = Roles(place);
        return new Command.Crash(node, role, keep is [var text] ? Number(text[Keep.Length..], 0) : null);
    }

    private Command.Restart ParseRestart(string rest)
    {
        var (node, role) = Roles(Only(rest, "restart a.acceptor"));
        return new Command.Restart(node, role);
    }

    private Selector ParseSelector(string verb, string rest)
    {
        var match = SelectorPattern().Match(rest);
        if (!match.Success)
            throw Problem($"{verb} wants a message and its way: {verb} Prepare a->b, or Prepare(1.a) a->b, or * *->b.acceptor");
        var kind = Unless(match.Groups["kind"].Value);
        if (kind is not null && !MessageKinds.Names.Contains(kind))
            throw Problem($"'{kind}' is no message. The messages: {string.Join(", ", MessageKinds.Names)}");
        var argument = match.Groups["argument"];
        return new Selector(
            kind,
            argument.Success ? argument.Value : null,
            Unless(match.Groups["from"].Value) is { } from ? Node(from) : null,
            Unless(match.Groups["to"].Value) is { } to ? Node(to) : null,
            match.Groups["role"] is { Success: true } role ? ParseRole(role.Value) : null);

        static string? Unless(string text) => text == "*" ? null : text;
    }

    private (NodeId Node, Role? Role) Roles(string place)
    {
        var dot = place.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (Node(place), null) : (Node(place[..dot]), ParseRole(place[(dot + 1)..]));
    }

    private Role ParseRole(string name) => name switch
    {
        "acceptor" => Role.Acceptor,
        "proposer" => Role.Proposer,
        "learner" => Role.Learner,
        _ => throw Problem($"'{name}' is no role. The roles: acceptor, proposer, learner"),
    };

    private NodeId Node(string name)
    {
        foreach (var node in configuration!.Everyone)
        {
            if (node.ToString() == name)
                return node;
        }
        throw Problem($"'{name}' is no node here. The nodes: {string.Join(", ", configuration.Everyone)}");
    }

    private NodeId Voter(string name)
    {
        var node = Node(name);
        if (configuration!.IndexOfVoter(node) < 0)
            throw Problem($"{node} only learns. Those that propose: {string.Join(", ", configuration.Voters.Select(voter => voter.Id))}");
        return node;
    }

    private string Only(string rest, string example) =>
        Words(rest) is [var word] ? word : throw Problem($"it wants one word, as in: {example}");

    private int Number(string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw Problem($"'{text}' is no number from {least} on");

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private ScenarioException Problem(string problem) => new(fileName, line, problem);

    [GeneratedRegex(@"(^|\s+)#\s*(?<text>.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?<kind>\*|[A-Za-z]+)(\((?<argument>.*)\))?\s+(?<from>\S+?)->(?<to>[^\s.]+)(\.(?<role>\S+))?$")]
    private static partial Regex SelectorPattern();
}
