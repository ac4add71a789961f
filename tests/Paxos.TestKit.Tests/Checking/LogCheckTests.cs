using Paxos.TestKit.Checking.Log;
using Xunit.Abstractions;

namespace Paxos.TestKit.Tests.Checking;

/// <summary>Every interleaving of Multi-Paxos within these bounds keeps every invariant; states and depth are approved numbers.</summary>
public sealed class LogCheckTests(ITestOutputHelper output)
{
    public static TheoryData<LogCheckOptions, int, int> Approved => new()
    {
        { new LogCheckOptions { Commands = 0 }, 9_450_466, 35 },
        { new LogCheckOptions { Crashes = 0 }, 2_104_441, 32 },
        { new LogCheckOptions { Slots = 1, Commands = 0 }, 134_607, 25 },
        { new LogCheckOptions { Proposers = 1, Ballots = 2 }, 592_237, 31 },
        { new LogCheckOptions { Proposers = 1, Slots = 1, Commands = 0, Snapshots = 1 }, 18_082, 17 },
        { new LogCheckOptions { Proposers = 1, Snapshots = 1, Crashes = 0 }, 566_897, 25 },
        { new LogCheckOptions { Proposers = 1, Slots = 3, Commands = 0, Crashes = 0, Reconfigurations = 1 }, 649_135, 30 },
    };

    [Theory]
    [MemberData(nameof(Approved), DisableDiscoveryEnumeration = true)]
    public void Every_invariant_holds_in_every_state_of_the_log(LogCheckOptions options, int states, int depth)
    {
        var result = LogCheck.Run(options);
        output.WriteLine(result.ToString());
        Assert.Null(result.Violation);
        Assert.True(result.IsComplete);
        Assert.Equal((states, depth), (result.States, result.Depth));
    }

    [Fact]
    public void A_check_of_the_log_that_hits_its_cap_shows_nothing()
    {
        var result = LogCheck.Run(new LogCheckOptions { MaxStates = 1_000 });
        Assert.False(result.IsComplete);
        Assert.Contains("nothing is shown", result.ToString(), StringComparison.Ordinal);
    }
}
