using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Tests.Scenarios;

public sealed class ScenarioParserTests
{
    [Theory]
    [InlineData("", "file.txt:2", "there is no node. Begin with a line like: nodes a b c")]
    [InlineData("decide a blue", "file.txt:1", "'decide' comes before the nodes")]
    [InlineData("nodes a b a", "file.txt:1", "and once")]
    [InlineData("nodes learners d", "file.txt:1", "1 to 64 voters")]
    [InlineData("nodes a b/c", "file.txt:1", "'b/c' can't name a node")]
    [InlineData("nodes a a.b", "file.txt:1", "'a.b' can't name a node")]
    [InlineData("nodes a\nnodes b", "file.txt:2", "named once")]
    [InlineData("nodes a\n\n# on its way\nelect a", "file.txt:4", "'elect' is no command. The commands: nodes, decide")]
    [InlineData("nodes a\ndecide b blue", "file.txt:2", "'b' is no node here. The nodes: a")]
    [InlineData("nodes a\ndecide a", "file.txt:2", "decide a blue")]
    [InlineData("nodes a learners d\nread d", "file.txt:2", "d only learns. Those that propose: a")]
    [InlineData("nodes a\nread", "file.txt:2", "as in: read a")]
    [InlineData("nodes a\nlearn a b", "file.txt:2", "as in: learn d")]
    [InlineData("nodes a\ndeliver Prepare", "file.txt:2", "deliver Prepare a->b")]
    [InlineData("nodes a\ndrop Vote a->a", "file.txt:2", "'Vote' is no message. The messages: Prepare")]
    [InlineData("nodes a\nduplicate Prepare a->b", "file.txt:2", "'b' is no node here")]
    [InlineData("nodes a\ndeliver Chosen a->a.leader", "file.txt:2", "'leader' is no role. The roles: acceptor, proposer, learner")]
    [InlineData("nodes a\nslow a.disk", "file.txt:2", "'disk' is no role")]
    [InlineData("nodes a\nsync a.acceptor 0", "file.txt:2", "'0' is no number from 1 on")]
    [InlineData("nodes a\nsync", "file.txt:2", "sync a.acceptor 1")]
    [InlineData("nodes a\ncrash a.acceptor keep=some", "file.txt:2", "'some' is no number from 0 on")]
    [InlineData("nodes a\ncrash a.acceptor lose=1", "file.txt:2", "crash a.acceptor keep=0")]
    public void What_is_no_scenario_is_refused_with_file_line_and_a_way_out(string text, string place, string problem)
    {
        var refused = Assert.Throws<ScenarioException>(() => Scenario.Parse(text, "file.txt"));
        Assert.StartsWith(place + ": ", refused.Message);
        Assert.Contains(problem, refused.Message);
    }

    [Fact]
    public void Comments_are_kept_with_what_they_are_about()
    {
        var scenario = Scenario.Parse("# Title\n#\n# What to watch.\nnodes a\n# Why a.\ndecide a deep blue   # and why blue\n", "file.txt");
        Assert.Equal("Title", scenario.Title);
        Assert.Equal(["What to watch."], scenario.Introduction);
        var step = Assert.Single(scenario.Steps);
        Assert.Equal(["Why a.", "and why blue"], step.Comments);
        Assert.Equal("decide a deep blue", step.Text);
        Assert.Equal("deep blue", Assert.IsType<Command.Decide>(step.Command).Value.ToString());
        Assert.Equal(6, step.Line);
    }

    [Fact]
    public void A_file_with_the_line_ends_of_another_system_is_the_same_scenario()
    {
        var scenario = Scenario.Parse("nodes a\r\ndecide a blue\r\n----\r\nend\r\n", "file.txt");
        Assert.Equal("end\n", scenario.Expected);
        Assert.Equal("nodes a\ndecide a blue\n----\nnew\n", scenario.WithCourse("new\n"));
    }

    [Fact]
    public void What_the_course_writes_below_the_line_is_what_it_reads_again()
    {
        var scenario = Scenario.Parse("nodes a\ndecide a blue", "file.txt");
        var run = scenario.Run();
        Assert.Equal(run.Course, Scenario.Parse(scenario.WithCourse(run.Course), "file.txt").Expected);
    }

    [Fact]
    public void A_built_in_scenario_opens_by_name_number_or_the_name_without_the_number()
    {
        Assert.Equal("04-proposer-dies-after-prepare.txt", ScenarioLibrary.Open("04-proposer-dies-after-prepare")?.FileName);
        Assert.Equal("04-proposer-dies-after-prepare.txt", ScenarioLibrary.Open("4")?.FileName);
        Assert.Equal("04-proposer-dies-after-prepare.txt", ScenarioLibrary.Open("proposer-dies-after-prepare")?.FileName);
        Assert.Null(ScenarioLibrary.Open("proposer"));
        Assert.Null(ScenarioLibrary.Open(""));
        Assert.Null(ScenarioLibrary.Open("0"));
        Assert.Equal(ScenarioLibrary.Names.Count, ScenarioLibrary.BuiltIn.Select(scenario => scenario.Title).Distinct().Count());
    }
}
