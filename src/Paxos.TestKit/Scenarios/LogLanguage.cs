using Paxos.Protocol;

namespace Paxos.TestKit.Scenarios;

/// <summary>The commands of a scenario of the replicated log.</summary>
internal sealed class LogLanguage(Vocabulary words) : ILanguage
{
    private const string Nobody = "nobody";

    public Command Parse(string verb, string rest) => verb switch
    {
        "stand" => new LogCommand.Stand(Node(rest, "stand a")),
        "submit" => ParseSubmit(rest),
        "read" => ParseRead(rest),
        "again" => new LogCommand.Again(Node(rest, "again a")),
        "tick" => new LogCommand.Tick(Node(rest, "tick a")),
        "run" when rest.Length == 0 => new LogCommand.Run(),
        "cut" => ParseCut(rest),
        "heal" when rest.Length == 0 => new LogCommand.Heal(),
        "hear" when rest.Length == 0 => new LogCommand.Hear(),
        "run" or "heal" or "hear" => throw words.Problem($"{verb} is about all nodes and wants no more words"),
        "transfer" => ParseTransfer(rest),
        "members" => ParseMembers(rest),
        "expect" => ParseExpect(rest),
        _ => words.Parse(verb, rest) ?? throw words.Problem(
            $"'{verb}' is no command. The commands: log, stand, submit, read, again, tick, run, cut, heal, hear, transfer, members, "
            + $"expect, {Vocabulary.Commands}"),
    };

    private LogCommand.Submit ParseSubmit(string rest)
    {
        var parts = rest.Split(' ', 2, StringSplitOptions.TrimEntries);
        return parts is [var node, var text] && SpokenRegisters.Parse(text) is not null
            ? new LogCommand.Submit(words.Node(node), text)
            : throw words.Problem("submit wants a node and a change: submit a color=blue, or color=blue if 3, or delete color if absent");
    }

    private LogCommand.ReadKey ParseRead(string rest) => Vocabulary.Words(rest) is [var node, var key]
        ? new LogCommand.ReadKey(words.Node(node), key)
        : throw words.Problem("read wants a node and a key: read a color");

    private LogCommand.Cut ParseCut(string rest) => Vocabulary.Words(rest) is [var node, .. { Length: > 0 } others] && !others.Contains(node)
        ? new LogCommand.Cut(words.Node(node), Nodes(others))
        : throw words.Problem("cut wants a node and those that it is cut off from: cut a b c");

    private LogCommand.Transfer ParseTransfer(string rest) => Vocabulary.Words(rest) is [var node, var to]
        ? new LogCommand.Transfer(words.Node(node), words.Node(to))
        : throw words.Problem("transfer wants the node that is told, and who is to lead: transfer a b");

    private LogCommand.Members ParseMembers(string rest) =>
        Vocabulary.Words(rest) is [var node, ("add" or "remove" or "promote") and var action, var member]
            ? new LogCommand.Members(words.Node(node), action, words.Node(member))
            : throw words.Problem("members wants the node that is told, and add, remove or promote with a node: members a add d");

    private LogCommand ParseExpect(string rest) => Vocabulary.Words(rest) switch
    {
        ["chosen", var slot, _, ..] => new LogCommand.ExpectChosen((ulong)words.Number(slot, 1), After(rest, 2)),
        ["unchosen", var slot] => new LogCommand.ExpectChosen((ulong)words.Number(slot, 1), null),
        ["leader", Nobody] => new LogCommand.ExpectLeader(null),
        ["leader", var node] => new LogCommand.ExpectLeader(words.Node(node)),
        ["waiting", Nobody] => new LogCommand.ExpectWaiting([]),
        ["waiting", .. { Length: > 0 } nodes] => new LogCommand.ExpectWaiting(Nodes(nodes)),
        ["applied", var node, var slot] => new LogCommand.ExpectApplied(words.Node(node), (ulong)words.Number(slot, 0)),
        ["trimmed", var node, var slot] => new LogCommand.ExpectTrimmed(words.Node(node), (ulong)words.Number(slot, 0)),
        ["holds", var node, var text] when text.Split('=', 2) is [{ Length: > 0 } key, var value] =>
            new LogCommand.ExpectHolds(words.Node(node), key, value),
        ["lacks", var node, var key] => new LogCommand.ExpectHolds(words.Node(node), key, null),
        ["answer", var node, _, ..] => new LogCommand.ExpectAnswer(words.Node(node), After(rest, 2)),
        ["voters", var node, .. { Length: > 0 } nodes] => new LogCommand.ExpectVoters(words.Node(node), Nodes(nodes)),
        _ => throw words.Problem(
            "expect wants one of: chosen 3 color=blue; unchosen 3; leader a; leader nobody; waiting a b; waiting nobody; "
            + "applied a 3; trimmed a 3; holds a color=blue; lacks a color; answer a done, version 2; voters a b c d"),
    };

    private NodeId Node(string rest, string example) => words.Node(words.Only(rest, example));

    private NodeId[] Nodes(string[] names) => Array.ConvertAll(names, words.Node);

    private static string After(string text, int count) =>
        text.Split(' ', count + 1, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[count];
}
