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
