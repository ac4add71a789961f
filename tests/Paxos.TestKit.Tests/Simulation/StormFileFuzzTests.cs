using Paxos.Fuzzing;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.Simulation;

/// <summary>Storm files that nobody wrote: a storm, or a FormatException.</summary>
public sealed class StormFileFuzzTests
{
    private static readonly string[] Words =
    [
        "null", "{}", "[]", "{", "}", "[", "]", ",", ":", "\"", "true", "-1", "1e400", "99999999999999999999", "\"Promise\"", "\"$type\":\"x\",", "\"$id\":\"1\",", "\"Seed\":1,",
        "\"Options\":{},", "\"Faults\":[null],", "\"00:00:01\"", "\\u0000", "\"\\uD800\"", "\0", "//", "/*",
    ];

    private static readonly string[] Valid =
    [
        new StormFile(LogInvariant.Promise, "a: 1.a", 7, SimulationOptions.Draw(7)).Write(),
        new StormFile(LogInvariant.Agreement, "grün", 8, SimulationOptions.Draw(8) with { Faults = LogSimulation.Run(8).Faults }).Write(),
    ];

    [Fact]
    public void A_text_is_a_storm_or_a_format_exception()
    {
        const int rounds = 2_000;

        // Lists are equal to themselves alone: what was read is compared by what is written of it.
        var taken = Fuzz.Text(rounds, Valid, Words, text => StormFile.Parse(text).Write(), [typeof(FormatException)], written => written);

        Assert.InRange(taken, Fuzz.Rounds(rounds) / 250, Fuzz.Rounds(rounds) - 1);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"Options\":")]
    public void A_text_that_is_nested_without_end_is_a_format_exception(string open) =>
        Assert.Throws<FormatException>(() => StormFile.Parse(string.Concat(Enumerable.Repeat(open, 100_000))));
}
