namespace Paxos.Protocol.Tests;

public sealed class HearingTests
{
    private readonly Hearing a = Ear(Three.A, 1);
    private readonly Hearing b = Ear(Three.B, 2);
    private readonly Hearing c = Ear(Three.C, 3);

    [Fact]
    public void A_node_is_heard_when_it_answers()
    {
        Round(a);
        Assert.True(a.View.Hears(Three.B));
        Assert.True(a.View.Hears(Three.C));
    }

    [Fact]
    public void One_that_sends_and_does_not_answer_is_not_heard()
    {
        Round(b);
        Assert.False(a.View.Hears(Three.B));
    }

    [Fact]
    public void An_answer_says_whom_its_sender_hears_and_what_those_hear()
    {
        Round(c);
        Round(b);
        Round(a);
        var pong = a.View.Heard[Three.B];
        Assert.Equal([Three.A, Three.C], pong.Hears);
        var c1 = pong.Reports.Single(report => report.Node == Three.C);
        Assert.Equal(3UL, c1.Boot);
        Assert.Contains(Three.A, c1.Hears);
    }

    [Fact]
    public void After_as_many_rounds_without_an_answer_as_it_has_patience_a_node_is_heard_no_more()
    {
        Round(a);
        Round(a, silent: Three.B);
        Assert.True(a.View.Hears(Three.B));
        Round(a, silent: Three.B);
        Assert.True(a.View.Hears(Three.B));
        Assert.True(Round(a, silent: Three.B));
        Assert.False(a.View.Hears(Three.B));
        Assert.True(a.View.Hears(Three.C));
    }

    [Fact]
    public void A_node_whose_process_ended_is_heard_no_more_until_it_answers()
    {
        Round(a);
        Assert.True(a.OnEnded(Three.B));
        Assert.False(a.View.Hears(Three.B));
        Assert.True(a.View.Hears(Three.C));
        Assert.False(a.OnEnded(Three.B));
        Round(a, silent: Three.B);
        Assert.False(a.View.Hears(Three.B));
        Assert.True(Round(a));
        Assert.True(a.View.Hears(Three.B));
    }

    [Fact]
    public void An_answer_to_the_process_before_this_one_is_no_answer()
    {
        var effects = new Effects();
        b.On(Three.A, new Ping(900, Boot: 77), effects);
        var late = ((Effect.Send)effects[0]).Message;
        Assert.False(a.On(Three.B, late, effects));
        Assert.False(a.View.Hears(Three.B));
        Round(b);
        Round(a);
        Assert.Contains(Three.A, a.View.Heard[Three.B].Hears);
    }

    [Fact]
    public void A_process_is_new_until_it_has_heard_somebody_for_as_many_rounds_as_it_has_patience()
    {
        for (var round = 0; round < 5; round++)
            Round(b, silent: Three.A, alsoSilent: Three.C);
        // It hears nobody yet.
        Round(a);
        Assert.True(a.View.Heard[Three.B].IsNew);
        Round(b);
        Round(b);
        Round(b);
        Round(a, silent: Three.C);
        Assert.True(a.View.Heard[Three.B].IsNew);
        Round(b);
        Assert.True(Round(a, silent: Three.C));
        Assert.False(a.View.Heard[Three.B].IsNew);
    }

    [Fact]
    public void A_view_changes_only_when_something_is_new()
    {
        Round(a);
        Assert.False(Round(a));
    }

    [Fact]
    public void Every_other_node_is_asked_once_a_round()
    {
        var ear = new Hearing(Three.B, 2, patience: 1);
        ear.SetPeers([Three.C, Three.A, Three.B, Three.C]);
        var effects = new Effects();
        ear.OnRound(effects);
        ear.OnRound(effects);
        Assert.Equal(
            [(Three.A, new Ping(1, 2)), (Three.C, new Ping(1, 2)), (Three.A, new Ping(2, 2)), (Three.C, new Ping(2, 2))],
            effects.OfType<Effect.Send>().Select(send => (send.To, (Ping)send.Message)));
    }

    [Fact]
    public void Who_is_no_peer_any_more_is_not_heard()
    {
        Round(a);
        a.SetPeers([Three.A, Three.C]);
        Assert.True(Round(a));
        Assert.Equal([Three.C], a.View.Heard.Keys);
        Assert.False(a.On(Three.B, new Pong(9, 1, 2, default, default), new Effects()));
        // What it said before it was let go is forgotten.
        a.SetPeers([Three.A, Three.B, Three.C]);
        Assert.False(Round(a, silent: Three.B));
        Assert.False(a.View.Hears(Three.B));
    }

    [Fact]
    public void An_answer_that_comes_late_or_twice_changes_nothing()
    {
        a.OnRound(new Effects());
        Assert.True(a.On(Three.B, new Pong(5, 1, 2, default, default), new Effects()));
        foreach (var round in (ulong[])[4, 5])
            Assert.False(a.On(Three.B, new Pong(round, 1, 77, default, default), new Effects()));
        Assert.Equal(2UL, a.View.Heard[Three.B].Boot);
        Assert.True(a.On(Three.B, new Pong(6, 1, 77, default, default), new Effects()));
    }

    [Fact]
    public void What_is_no_question_and_no_answer_is_passed_over()
    {
        var effects = new Effects();
        Assert.False(a.On(Three.B, new Hello(null, false, 0, null), effects));
        Assert.Empty(effects);
        // And a question changes nothing.
        Assert.False(a.On(Three.B, new Ping(1, 2), effects));
        Assert.Single(effects);
    }

    [Fact]
    public void An_answer_says_which_process_of_a_node_was_heard()
    {
        var pong = new Pong(1, 1, 2, default, new([new HeardNode(Three.A, 7, default), new HeardNode(Three.C, 8, default)]));
        Assert.Equal((7UL, 0UL, 8UL), (pong.BootOf(Three.A), pong.BootOf(Three.B), pong.BootOf(Three.C)));
    }

    private static Hearing Ear(NodeId node, ulong boot)
    {
        var ear = new Hearing(node, boot, patience: 2);
        ear.SetPeers([Three.A, Three.B, Three.C]);
        return ear;
    }

    /// <summary>One round of this ear; true where its beginning or an answer changed the view.</summary>
    private bool Round(Hearing ear, NodeId silent = default, NodeId alsoSilent = default)
    {
        var effects = new Effects();
        var changed = ear.OnRound(effects);
        foreach (var ping in effects.OfType<Effect.Send>().ToList())
        {
            if (ping.To == silent || ping.To == alsoSilent)
                continue;
            var answer = new Effects();
            (ping.To == Three.A ? a : ping.To == Three.B ? b : c).On(Self(ear), ping.Message, answer);
            changed |= ear.On(ping.To, ((Effect.Send)answer[0]).Message, effects);
        }
        return changed;
    }

    private NodeId Self(Hearing ear) => ear == a ? Three.A : ear == b ? Three.B : Three.C;
}
