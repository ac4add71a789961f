using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.TestKit.Scenarios;

/// <summary>Reads scenario files; a word that it does not know is an error that says what it could have been.</summary>
internal sealed partial class ScenarioParser(string fileName)
{
    private const string Begin = "Begin with a line like: nodes a b c (one decision), or: log a b c (a replicated log)";

    /// <summary>Far longer than any line that can be read; the patterns take the square of its time.</summary>
    private const int MaxLine = 1000;

    private readonly List<string> introduction = [];
    private readonly List<string> comments = [];
    private readonly List<Step> steps = [];
    private Configuration? configuration;
    private LogSetup? log;
    private ILanguage language = null!;
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
            throw Problem($"there is no node. {Begin}");
        return new Scenario(fileName, source)
        {
            Title = introduction.FirstOrDefault(Path.GetFileNameWithoutExtension(fileName)),
            Introduction = [.. introduction.Skip(1).SkipWhile(comment => comment.Length == 0)],
            Configuration = configuration,
            Log = log,
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
        if (text.Length > MaxLine)
            throw Problem($"the line has {text.Length} characters, and at most {MaxLine} are taken: break it up");
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
        if (words[0] is "nodes" or "log")
        {
            if (configuration is not null)
                throw Problem("the nodes are named once");
            ParseNodes(Vocabulary.Words(rest), isLog: words[0] == "log");
            return;
        }
        if (configuration is null)
            throw Problem($"'{words[0]}' comes before the nodes. {Begin}");
        steps.Add(new Step(line, text, [.. comments], language.Parse(words[0], rest)));
        comments.Clear();
    }

    private void ParseNodes(string[] words, bool isLog)
    {
        var names = isLog ? words.Where(word => !word.Contains('=', StringComparison.Ordinal)).ToArray() : words;
        var outside = isLog ? TakeAfter("outside", ref names) : [];
        var learners = TakeAfter("learners", ref names);
        foreach (var name in names.Concat(learners).Concat(outside))
        {
            if (!NodeId.IsValid(name) || name.Contains('.', StringComparison.Ordinal) || name.Contains("->", StringComparison.Ordinal))
                throw Problem($"'{name}' can't name a node: letters, digits, '-' and '_'");
        }
        try
        {
            configuration = new Configuration(1, names.Select(Member), learners.Select(Member));
        }
        catch (ArgumentException e)
        {
            throw Problem(e.Message);
        }
        NodeId[] nodes = [.. configuration.Everyone, .. outside.Select(name => new NodeId(name))];
        if (nodes.Distinct().Count() != nodes.Length)
            throw Problem("a node is a member or outside, and once");
        var vocabulary = new Vocabulary(configuration, nodes, isLog ? LogMessageKinds.Names : MessageKinds.Names, Problem);
        language = isLog ? new LogLanguage(vocabulary) : new DecreeLanguage(configuration, vocabulary);
        if (isLog)
            log = ParseSetup(words, [.. nodes[configuration.Everyone.Length..]], vocabulary);
    }

    private LogSetup ParseSetup(string[] words, ImmutableArray<NodeId> outside, Vocabulary vocabulary)
    {
        // Each command has a slot of its own while there is room: who writes a scenario says what comes together.
        var setup = new LogSetup(LogOptions.Default with { EagerSlots = int.MaxValue }, outside, ChunkBytes: 4096);
        foreach (var word in words.Where(word => word.Contains('=', StringComparison.Ordinal)))
        {
            var parts = word.Split('=', 2);
            setup = parts[0] switch
            {
                "window" => setup with { Options = setup.Options with { Window = vocabulary.Number(parts[1], 1) } },
                "page" => setup with { Options = setup.Options with { PageBytes = vocabulary.Number(parts[1], 1) } },
                "snapshot" => setup with { Options = setup.Options with { SnapshotEverySlots = vocabulary.Number(parts[1], 1) } },
                "retain" => setup with { Options = setup.Options with { RetainSlots = vocabulary.Number(parts[1], 0) } },
                "chunk" => setup with { ChunkBytes = vocabulary.Number(parts[1], 1) },
                _ => throw Problem(
                    $"'{parts[0]}' is no setting. The settings: window (slots), page (bytes), snapshot (every so many slots), "
                    + "retain (slots), chunk (bytes)"),
            };
        }
        return setup;
    }

    // What stands behind the word is taken away from the names.
    private static string[] TakeAfter(string word, ref string[] names)
    {
        var at = Array.IndexOf(names, word);
        if (at < 0)
            return [];
        var taken = names[(at + 1)..];
        names = names[..at];
        return taken;
    }

    private static Member Member(string name) => new(new NodeId(name), default);

    private ScenarioException Problem(string problem) => new(fileName, line, problem);

    [GeneratedRegex(@"(^|\s+)#\s*(?<text>.*)$")]
    private static partial Regex Comment();
}
