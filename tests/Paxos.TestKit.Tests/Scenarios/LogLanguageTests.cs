using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Tests.Scenarios;

public sealed class LogLanguageTests
{
    [Theory]
    [InlineData("stand a", "file.txt:1", "or: log a b c (a replicated log)")]
    [InlineData("log", "file.txt:1", "1 to 64 voters")]
    [InlineData("log a b\nnodes a b", "file.txt:2", "named once")]
    [InlineData("log a b outside b", "file.txt:1", "a member or outside, and once")]
    [InlineData("log a size=3", "file.txt:1", "'size' is no setting. The settings: window (slots), page (bytes), snapshot")]
    [InlineData("log a window=0", "file.txt:1", "'0' is no number from 1 on")]
    [InlineData("nodes a b\nstand a", "file.txt:2", "'stand' is no command. The commands: nodes, decide")]
    [InlineData("log a b\ndecide a blue", "file.txt:2", "'decide' is no command. The commands: log, stand, submit, read")]
    [InlineData("log a b\nstand c", "file.txt:2", "'c' is no node here. The nodes: a, b")]
    [InlineData("log a b\nstand", "file.txt:2", "as in: stand a")]
    [InlineData("log a b\nsubmit a blue", "file.txt:2", "submit a color=blue, or color=blue if 3")]
    [InlineData("log a b\nsubmit a color=blue if never", "file.txt:2", "submit wants a node and a change")]
    [InlineData("log a b\nread a", "file.txt:2", "read a color")]
    [InlineData("log a b\nrun a", "file.txt:2", "run is about all nodes")]
    [InlineData("log a b\ncut a", "file.txt:2", "cut a b c")]
    [InlineData("log a b\ncut a a", "file.txt:2", "cut a b c")]
    [InlineData("log a b\ntransfer a", "file.txt:2", "transfer a b")]
    [InlineData("log a b\nmembers a replace b", "file.txt:2", "add, remove or promote")]
    [InlineData("log a b\ndeliver Query a->b", "file.txt:2", "'Query' is no message. The messages: Prepare, Promise, Accept")]
    [InlineData("log a b\nexpect", "file.txt:2", "expect wants one of: chosen 3 color=blue")]
    [InlineData("log a b\nexpect leader", "file.txt:2", "expect wants one of")]
    [InlineData("log a b\nexpect chosen 0 blue", "file.txt:2", "'0' is no number from 1 on")]
    [InlineData("log a b\nexpect waiting c", "file.txt:2", "'c' is no node here")]
    public void What_is_no_scenario_of_a_log_is_refused_with_file_line_and_a_way_out(string text, string place, string problem)
    {
        var refused = Assert.Throws<ScenarioException>(() => Scenario.Parse(text, "file.txt"));
        Assert.StartsWith(place + ": ", refused.Message);
        Assert.Contains(problem, refused.Message);
    }
}
