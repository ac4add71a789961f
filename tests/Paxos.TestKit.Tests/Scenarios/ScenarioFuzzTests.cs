using Paxos.Fuzzing;
using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Tests.Scenarios;

/// <summary>Scenario files that went wrong: a scenario, or a ScenarioException; and what was taken is played, to its end or to its mistake.</summary>
public sealed class ScenarioFuzzTests
{
    private static readonly string[] Words =
    [
        "nodes", "log", "learners", "outside", "decide", "read", "learn", "change", "to", "deliver", "drop", "duplicate", "retry", "slow", "sync", "crash", "keep=0",
        "keep=99999999999", "restart", "stand", "submit", "again", "tick", "run", "cut", "heal", "hear", "transfer", "members", "add", "remove", "promote", "expect",
        "chosen", "unchosen", "leader", "nobody", "waiting", "applied", "holds", "lacks", "voters", "window=1", "page=2147483647", "snapshot=0", "chunk=1", "Prepare", "*",
        "*->*", "a->b", "a->b.acceptor", "(1.a)", "a", "b", "c", "d", "a.acceptor", "0", "-1", "2147483648", "color=blue", "delete color if absent", "if 3", "#", "----",
        "\n", "\n----\n", " ", "\t", "\0", "ü", "\uD800", "(((((", ")))))",
    ];

    private static readonly string[] Valid = [.. ScenarioLibrary.BuiltIn.Select(scenario => scenario.WithCourse(scenario.Expected ?? ""))];

    [Fact]
    public void A_text_is_a_scenario_or_a_scenario_exception()
    {
        const int rounds = 5_000;

        var taken = Fuzz.Text(rounds, Valid, Words, text => Scenario.Parse(text, "fuzz.txt"), [typeof(ScenarioException)]);

        Assert.InRange(taken, Fuzz.Rounds(rounds) / 100, Fuzz.Rounds(rounds) - 1);
    }

    [Fact]
    public void A_scenario_that_was_taken_runs_to_its_end_or_to_a_mistake_with_its_line()
    {
        const int rounds = 500;

        var run = Fuzz.Text(
            rounds, Valid, Words, text => Scenario.Parse(text, "fuzz.txt").Run().Course, [typeof(ScenarioException), typeof(ExpectationException)], bytesOfItsOwn: long.MaxValue / 2);

        Assert.InRange(run, 1, Fuzz.Rounds(rounds) - 1);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("->")]
    [InlineData("#")]
    [InlineData("a ")]
    public void A_line_without_an_end_is_refused_and_not_matched(string part)
    {
        var text = $"nodes a\ndeliver Prepare(x{string.Concat(Enumerable.Repeat(part, 100_000))}y";

        var refused = Assert.Throws<ScenarioException>(() => Scenario.Parse(text, "fuzz.txt"));

        Assert.StartsWith("fuzz.txt:2: the line has ", refused.Message);
    }
}
