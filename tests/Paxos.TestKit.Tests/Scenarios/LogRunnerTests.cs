using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Tests.Scenarios;

public sealed class LogRunnerTests
{
    private const string Led = "log a b c\nstand a\nrun\n";
    private const string Blue = Led + "submit a color=blue\nrun\n";

    [Theory]
    [InlineData("expect chosen 3 color=red", "1/1 color=blue is chosen in slot 3, at 1.a")]
    [InlineData("expect chosen 4 color=blue", "nothing is chosen in slot 4")]
    [InlineData("expect unchosen 3", "1/1 color=blue is chosen in slot 3")]
    [InlineData("expect leader b", "a leads")]
    [InlineData("expect leader nobody", "a leads")]
    [InlineData("expect waiting b", "nobody waits to stand")]
    [InlineData("expect applied c 2", "c has applied 3")]
    [InlineData("expect trimmed a 2", "a has trimmed 0")]
    [InlineData("expect holds b color=red", "b holds color=blue")]
    [InlineData("expect holds b size=xl", "b has no size")]
    [InlineData("expect lacks b color", "b holds color=blue")]
    [InlineData("expect answer a done, version 2", "the last answer was: done, version 1")]
    [InlineData("expect answer b done, version 1", "the client of b has answered nobody")]
    [InlineData("expect voters c a b", "at c it is configuration 1: a, b, c")]
    public void An_expectation_that_is_not_so_names_the_line_and_what_is_so(string expectation, string instead)
    {
        var refused = Assert.Throws<ExpectationException>(() => Scenario.Parse(Blue + expectation, "file.txt").Run());
        Assert.StartsWith($"file.txt:6: '{expectation}' is not so: ", refused.Message);
        Assert.Contains(instead, refused.Message);
    }

    [Theory]
    [InlineData("run", "nothing is in flight that could arrive")]
    [InlineData("stand b", "b does not wait to stand")]
    [InlineData("tick b", "b does not lead, or nothing is ever due")]
    [InlineData("again b", "nobody waits at the client of b")]
    [InlineData("heal", "nothing is cut")]
    [InlineData("cut a b\ncut b a", "that is cut already")]
    [InlineData("hear", "everybody hears whom it heard before")]
    [InlineData("crash b\nread b color", "b is down. Restart it first: restart b")]
    [InlineData("crash b\ncrash b", "it is down already")]
    [InlineData("crash b\nrestart b.acceptor", "b is down")]
    [InlineData("submit a color=red\ncrash b\ndeliver Accept a->b", "nobody at b takes Accept(1.a, 4: 1/2 color=red, chosen 1-3)")]
    [InlineData("submit a color=red\ndeliver Accept(3) a->b", "nothing in flight matches")]
    [InlineData("members a remove d", "'d' is no node here")]
    [InlineData("members a add b", "Node b is a member already")]
    public void A_step_of_a_log_without_effect_is_an_error(string steps, string problem)
    {
        var refused = Assert.Throws<ScenarioException>(() => Scenario.Parse(Blue + steps, "file.txt").Run());
        Assert.Contains(problem, refused.Message);
    }

    [Fact]
    public void A_message_is_picked_out_by_its_slot_its_ballot_or_all_of_its_text()
    {
        const string two = Blue + "submit a color=red\nsubmit a size=xl\n";
        foreach (var selector in new[] { "Accept(5) a->b", "Accept(1.a, 5: 1/3 size=xl, chosen 1-3) a->b" })
            Assert.Contains("b: persist EntryAccepted(1.a, 5: 1/3 size=xl)", Course(two + $"deliver {selector}"));
        Assert.Contains("b: persist EntryAccepted(1.a, 4: 1/2 color=red)", Course(two + "deliver Accept(1.a) a->b"));
    }

    [Fact]
    public void What_is_sent_over_a_cut_link_is_lost_and_what_was_on_its_way_may_come_late()
    {
        var course = Course(Blue + "submit a color=red\ncut a b c\nsubmit a size=xl\ndeliver Accept a->b\nexpect applied a 3");
        Assert.Contains("a: lose Accept(1.a, 5: 1/3 size=xl, chosen 1-3) to b, c; persist", course);
        Assert.Contains("b: persist EntryAccepted(1.a, 4: 1/2 color=red); lose Accepted(1.a, 4) to a\n", course);
        Assert.Contains("in flight: Accept(1.a, 4: 1/2 color=red, chosen 1-3) a->c\n", course);
    }

    [Fact]
    public void A_slow_disk_holds_an_accepted_back_and_a_crash_forgets_it()
    {
        var course = Course(Blue + "slow b.acceptor\nsubmit a color=red\ndeliver Accept a->b\ncrash b keep=0\nrestart b");
        Assert.Contains(
            "b: begin to persist EntryAccepted(1.a, 4: 1/2 color=red); hold back Accepted(1.a, 4) to a\n", course);
        Assert.Contains(
            "b: down; never written: EntryAccepted(1.a, 4: 1/2 color=red); never sent: Accepted(1.a, 4) to a\n", course);
        Assert.DoesNotContain("b.acceptor: back, with Promised(1.a), EntryAccepted(1.a, 4", course);
    }

    [Fact]
    public void A_nack_overtakes_a_write_and_what_is_held_back_stays_so()
    {
        var course = Course(
            "log a b c\nstand c\nstand a\nslow b.acceptor\ndeliver Prepare c->b\ndeliver Prepare a->b\nsync b");
        Assert.Contains("b: begin to persist Promised(1.c); hold back Promise(1.c, from 1) to c\n", course);
        Assert.Contains("b: send Nack(1.a, promised 1.c) to a\n", course);
        Assert.Contains("b.acceptor: Promised(1.c) is durable; send Promise(1.c, from 1) to c\n", course);
    }

    [Fact]
    public void Commands_that_are_conditional_say_whether_they_happened()
    {
        var course = Course(Blue
            + "submit a color=red if 7\nrun\nexpect answer a not done, it has version 1\n"
            + "submit a color=red if 1\nrun\nexpect answer a done, version 3\n"
            + "submit a delete size\nrun\nexpect answer a not done, it is absent\n"
            + "submit a delete color\nrun\nexpect lacks c color");
        Assert.Contains("answer delete color: done", course);
    }

    [Fact]
    public void A_learner_of_its_own_has_no_acceptor_and_learns_all_the_same()
    {
        Course("log a b c learners d\nstand a\nrun\nsubmit a color=blue\nrun\nexpect holds d color=blue");
        var refused = Assert.Throws<ScenarioException>(() => Course("log a learners d\ncrash d.acceptor"));
        Assert.Contains("d has no acceptor: it only learns", refused.Message);
    }

    [Fact]
    public void A_course_that_ends_with_a_broken_invariant_is_not_as_expected()
    {
        var run = Scenario.Parse(Led, "file.txt").Run();
        Assert.True(run.IsAsExpected);
        Assert.False((run with { Broken = new BrokenInvariant(Invariant.Agreement, "a and b") }).IsAsExpected);
    }

    private static string Course(string text) => Scenario.Parse(text, "file.txt").Run().Course;
}
