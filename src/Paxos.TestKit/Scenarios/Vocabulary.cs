using System.Globalization;
using System.Text.RegularExpressions;
using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>What scenarios of one decision and of a log have in common: nodes, roles, messages on their way, crashes and disks.</summary>
/// <param name="messages">The names of the messages.</param>
/// <param name="problem">Makes an error that names the line.</param>
internal sealed partial class Vocabulary(
    Configuration configuration, IReadOnlyList<NodeId> nodes, string[] messages, Func<string, ScenarioException> problem)
{
    public const string Commands = "deliver, drop, duplicate, retry, slow, sync, crash, restart";

    private const string Keep = "keep=";

    public ScenarioException Problem(string what) => problem(what);

    /// <summary>Null: the verb is none of <see cref="Commands"/>.</summary>
    public Command? Parse(string verb, string rest) => verb switch
    {
        "deliver" => new Command.Deliver(ParseSelector(verb, rest)),
        "drop" => new Command.Drop(ParseSelector(verb, rest)),
        "duplicate" => new Command.Duplicate(ParseSelector(verb, rest)),
        "retry" => ParseRetry(rest),
        "slow" => ParseSlow(rest),
        "sync" => ParseSync(rest),
        "crash" => ParseCrash(rest),
        "restart" => ParseRestart(rest),
        _ => null,
    };

    private Command.Retry ParseRetry(string rest)
    {
        var (node, role) = Roles(Only(rest, "retry a"));
        return new Command.Retry(new Place(node, role ?? (configuration.Learners.Any(learner => learner.Id == node) ? Role.Learner : Role.Proposer)));
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
        if (kind is not null && !messages.Contains(kind))
            throw Problem($"'{kind}' is no message. The messages: {string.Join(", ", messages)}");
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

    public NodeId Node(string name)
    {
        foreach (var node in nodes)
        {
            if (node.ToString() == name)
                return node;
        }
        throw Problem($"'{name}' is no node here. The nodes: {string.Join(", ", nodes)}");
    }

    public string Only(string rest, string example) =>
        Words(rest) is [var word] ? word : throw Problem($"it wants one word, as in: {example}");

    public int Number(string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw Problem($"'{text}' is no number from {least} on");

    public static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    [GeneratedRegex(@"^(?<kind>\*|[A-Za-z]+)(\((?<argument>.*)\))?\s+(?<from>\S+?)->(?<to>[^\s.]+)(\.(?<role>\S+))?$")]
    private static partial Regex SelectorPattern();
}
