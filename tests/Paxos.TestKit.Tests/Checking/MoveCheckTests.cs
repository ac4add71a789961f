using Paxos.TestKit.Checking.Moves;
using Xunit.Abstractions;

namespace Paxos.TestKit.Tests.Checking;

/// <summary>
/// Every interleaving of decisions and a change of their voters within these bounds keeps every invariant, across the epochs.
/// States and depth are approved numbers.
/// </summary>
public sealed class MoveCheckTests(ITestOutputHelper output)
{
    public static TheoryData<MoveCheckOptions, int, int> Approved => new()
    {
        { new MoveCheckOptions { Voters = 2 }, 8_282, 29 },
        { new MoveCheckOptions { Voters = 2, Crashes = 1 }, 47_431, 31 },
    };

    [Theory]
    [MemberData(nameof(Approved), DisableDiscoveryEnumeration = true)]
    public void No_interleaving_of_a_change_of_voters_decides_twice(MoveCheckOptions options, int states, int depth)
    {
        var result = MoveCheck.Run(options);
        output.WriteLine(result.ToString());
        Assert.Null(result.Violation);
        Assert.True(result.IsComplete);
        Assert.True(result.LastOpened > 0);
        Assert.Equal((states, depth), (result.States, result.Depth));
    }

    [Fact]
    public void A_check_of_changing_voters_that_hits_its_cap_shows_nothing()
    {
        var result = MoveCheck.Run(new MoveCheckOptions { MaxStates = 1_000 });
        Assert.False(result.IsComplete);
        Assert.Contains("nothing is shown", result.ToString(), StringComparison.Ordinal);
    }
}
