using Paxos.TestKit.Scenarios;

namespace Paxos.TestKit.Tests.Scenarios;

public sealed class ScenarioRunnerTests
{
    [Theory]
    [InlineData("deliver Promise b->a", "nothing in flight matches. In flight: Prepare(1.a) a->a; Prepare(1.a) a->b; Prepare(1.a) a->c")]
    [InlineData("deliver Prepare(2.a) a->b", "nothing in flight matches")]
    [InlineData("drop Accept *->*", "nothing in flight matches")]
    [InlineData("duplicate * b->*", "nothing in flight matches")]
    [InlineData("deliver Prepare a->b.proposer", "nothing in flight matches")]
    [InlineData("crash b\ndeliver Prepare a->b", "nobody at b takes Prepare(1.a)")]
    [InlineData("crash b\ncrash b.acceptor", "it is down already")]
    [InlineData("restart b", "it is not down")]
    [InlineData("crash a.proposer\nretry a", "a.proposer is down. Restart it first: restart a.proposer")]
    [InlineData("crash a.proposer\nrestart a.proposer\nretry a", "the retry timer of a.proposer does not run")]
    [InlineData("retry b", "the scenario gives b no proposer")]
    [InlineData("crash c.learner", "the scenario gives c no learner")]
    [InlineData("slow b.learner", "the scenario gives b no learner")]
    [InlineData("sync a.acceptor", "no write is under way there")]
    [InlineData("decide a green", "the proposer at a is busy")]
    public void A_step_without_effect_is_an_error_that_lists_what_is_in_flight(string steps, string problem)
    {
        var text = "nodes a b c\ndecide a blue\n" + steps;
        var refused = Assert.Throws<ScenarioException>(() => Scenario.Parse(text, "file.txt").Run());
        Assert.Equal(text.Split('\n').Length, refused.Line);
        Assert.Contains(problem, refused.Message);
        Assert.Contains("In flight: Prepare(1.a) a->a", refused.Message);
    }

    [Fact]
    public void Of_one_kind_on_one_link_the_oldest_is_meant_and_a_ballot_tells_them_apart()
    {
        const string twoRounds = "nodes a b c\ndecide a blue\ncrash a.proposer\nrestart a.proposer\ndecide a green\n";
        Assert.Contains("persist Promised(1.a)", Course(twoRounds + "deliver Prepare a->b"));
        Assert.Contains("persist Promised(2.a)", Course(twoRounds + "deliver Prepare(2.a) a->b"));
    }

    [Fact]
    public void A_message_delivered_to_one_role_stays_in_flight_for_the_others()
    {
        var course = Course(Chosen + "decide b green\ndeliver Chosen a->b.proposer\ndeliver Chosen a->b.acceptor");
        Assert.Contains("b: say blue is chosen\n", course);
        Assert.Contains("b: persist ValueChosen(blue)\n", course);
    }

    [Fact]
    public void A_message_that_reaches_two_roles_names_both()
    {
        var course = Course(Chosen + "decide b green\ndeliver Chosen a->b");
        Assert.Contains("b.acceptor: persist ValueChosen(blue)\n    b.proposer: say blue is chosen\n", course);
    }

    [Fact]
    public void A_learner_beside_an_acceptor_sleeps_until_somebody_asks()
    {
        var course = Course(Chosen + "deliver Chosen a->b\ndeliver Chosen a->c\nlearn c\ndeliver Learn c->b\ndeliver Chosen b->c");
        Assert.Contains("c: send Learn to a, b\n", course);
        Assert.Contains("c: persist ValueChosen(blue); say blue is chosen\n", course);
    }

    [Fact]
    public void A_crash_keeps_the_oldest_writes_and_sends_nothing()
    {
        var course = Course("nodes a b c\nslow b\ndecide a blue\ndecide c green\ndeliver Prepare a->b\ndeliver Prepare c->b\n"
            + "crash b keep=1\nrestart b");
        Assert.Contains(
            "b.acceptor: down; in its journal all the same: Promised(1.a); never written: Promised(1.c); "
            + "never sent: Promise(1.a) to a; Promise(1.c) to c\n", course);
        Assert.Contains("b.acceptor: back, with Promised(1.a)\n", course);
    }

    [Fact]
    public void A_sync_of_one_write_lets_only_what_waited_for_it_leave()
    {
        var course = Course("nodes a b c\nslow b\ndecide a blue\ndecide c green\ndeliver Prepare a->b\ndeliver Prepare c->b\nsync b 1");
        Assert.Contains("b.acceptor: Promised(1.a) is durable; send Promise(1.a) to a\n", course);
        Assert.DoesNotContain("Promised(1.c) is durable", course);
    }

    [Fact]
    public void A_course_that_is_not_the_expected_one_is_told()
    {
        Assert.True(Scenario.Parse("nodes a\ndecide a blue", "file.txt").Run().IsAsExpected);
        Assert.False(Scenario.Parse("nodes a\ndecide a blue\n----\nend\n", "file.txt").Run().IsAsExpected);
    }

    private const string Chosen =
        "nodes a b c\ndecide a blue\ndeliver Prepare a->a\ndeliver Prepare a->b\ndeliver Promise *->a\n"
        + "deliver Accept a->a\ndeliver Accept a->b\ndeliver Accepted *->a\n";

    private static string Course(string text) => Scenario.Parse(text, "file.txt").Run().Course;
}
