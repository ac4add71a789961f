using Paxos.TestKit.Checking;
using Xunit.Abstractions;

namespace Paxos.TestKit.Tests.Checking;

/// <summary>
/// Every interleaving within these bounds keeps every invariant. States and depth are approved numbers: whoever changes the
/// protocol, or the check, changes them too, and says so in review. A cap that is hit fails.
/// </summary>
public sealed class ExhaustiveCheckTests(ITestOutputHelper output)
{
    public static TheoryData<CheckOptions, int, int> Approved => new()
    {
        { new CheckOptions { Acceptors = 1, Proposers = 1, Crashes = 2 }, 102, 12 },
        { new CheckOptions(), 1_869_403, 43 },
        { new CheckOptions { Proposers = 1, Readers = 1 }, 146_854, 37 },
        { new CheckOptions { Readers = 1, Rounds = 1 }, 556_673, 33 },
        { new CheckOptions { Learners = 1, Rounds = 1 }, 19_542, 25 },
    };

    [Theory]
    [MemberData(nameof(Approved), DisableDiscoveryEnumeration = true)]
    public void Every_invariant_holds_in_every_state(CheckOptions options, int states, int depth)
    {
        var result = ExhaustiveCheck.Run(options);
        output.WriteLine(result.ToString());
        Assert.Null(result.Violation);
        Assert.True(result.IsComplete);
        Assert.Equal((states, depth), (result.States, result.Depth));
    }

    [Fact]
    public void A_check_that_hits_its_cap_shows_nothing()
    {
        var result = ExhaustiveCheck.Run(new CheckOptions { MaxStates = 1_000 });
        Assert.False(result.IsComplete);
        Assert.Contains("nothing is shown", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 4, 0, 2, "proposers")]
    [InlineData(6, 2, 0, 2, "acceptors")]
    [InlineData(3, 2, 2, 2, "readers")]
    [InlineData(3, 2, 0, 0, "rounds")]
    public void A_bound_out_of_range_is_refused_by_name(int acceptors, int proposers, int readers, int rounds, string what)
    {
        var options = new CheckOptions { Acceptors = acceptors, Proposers = proposers, Readers = readers, Rounds = rounds };
        var e = Assert.Throws<ArgumentException>(() => ExhaustiveCheck.Run(options));
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
    }
}
