using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests;

/// <summary>A message leaves only after every persist before it is durable.</summary>
public sealed class OutboxTests
{
    private static readonly Ballot One = new(1, Three.A);
    private static readonly Event Write = new Promised(One);
    private static readonly Message Reply = new Promise(One, null);

    private readonly List<string> done = [];
    private readonly Outbox outbox = new();
    private readonly Effects effects = new();
    private readonly IHost host;

    public OutboxTests() => host = new Recorder("", done);

    [Fact]
    public void Nothing_waits_where_nothing_is_written()
    {
        effects.Send(Three.A, Reply);
        effects.Tell(new Effect.Chosen(Three.Blue));
        effects.Tell(new Effect.Undecided());
        outbox.Add(effects, host);
        Assert.Equal(["send Promise(1.a)", "chosen blue", "undecided"], done);
        Assert.False(outbox.IsWaiting);
    }

    [Fact]
    public void What_is_before_a_write_leaves_at_once_and_what_is_behind_it_waits()
    {
        effects.Send(Three.A, new Learn());
        effects.Persist(Write);
        effects.Send(Three.A, Reply);
        effects.Tell(new Effect.Chosen(Three.Blue));
        effects.Tell(new Effect.Undecided());
        outbox.Add(effects, host);
        Assert.Equal(["send Learn", "persist Promised(1.a)"], done);
        Assert.True(outbox.IsWaiting);

        done.Clear();
        outbox.Persisted();
        Assert.Equal(["send Promise(1.a)", "chosen blue", "undecided"], done);
        Assert.False(outbox.IsWaiting);
    }

    [Fact]
    public void A_reply_of_a_later_step_waits_for_the_write_of_an_earlier_one()
    {
        effects.Persist(Write);
        outbox.Add(effects, host);
        effects.Clear();
        effects.Send(Three.A, Reply);
        outbox.Add(effects, host);
        Assert.Equal(["persist Promised(1.a)"], done);

        outbox.Persisted();
        Assert.Equal(["persist Promised(1.a)", "send Promise(1.a)"], done);
    }

    [Fact]
    public void Each_write_lets_go_what_waited_for_it_and_no_more()
    {
        effects.Persist(Write);
        effects.Send(Three.A, Reply);
        effects.Persist(new ValueAccepted(One, Three.Blue));
        effects.Send(Three.A, new Accepted(One));
        outbox.Add(effects, host);
        Assert.Equal(["persist Promised(1.a)", "persist ValueAccepted(1.a, blue)"], done);

        outbox.Persisted();
        Assert.Equal("send Promise(1.a)", done[^1]);
        Assert.True(outbox.IsWaiting);
        outbox.Persisted();
        Assert.Equal("send Accepted(1.a)", done[^1]);
        Assert.False(outbox.IsWaiting);
    }

    [Fact]
    public void Timers_do_not_wait()
    {
        effects.Persist(Write);
        effects.StopTimer(Timer.Retry);
        effects.StartTimer(Timer.Retry, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        outbox.Add(effects, host);
        Assert.Equal(["persist Promised(1.a)", "stop", "start"], done);
    }

    [Fact]
    public void What_may_overtake_does_not_wait()
    {
        effects.Persist(Write);
        effects.SendNow(Three.A, new Learn());
        effects.Send(Three.A, Reply);
        outbox.Add(effects, host);
        Assert.Equal(["persist Promised(1.a)", "send Learn"], done);
        outbox.Persisted();
        Assert.Equal("send Promise(1.a)", done[^1]);
    }

    [Fact]
    public void Hosts_that_share_an_outbox_wait_for_each_other_and_each_carries_out_its_own()
    {
        effects.Persist(Write);
        effects.Send(Three.A, Reply);
        outbox.Add(effects, new Recorder("x: ", done));
        effects.Clear();
        effects.Send(Three.A, new Learn());
        outbox.Add(effects, new Recorder("y: ", done));
        Assert.Equal(["x: persist Promised(1.a)"], done);

        outbox.Persisted();
        Assert.Equal(["x: persist Promised(1.a)", "x: send Promise(1.a)", "y: send Learn"], done);
    }

    // A host whose writes are durable at once, as a journal in memory may be.
    [Fact]
    public void What_is_written_at_once_holds_nothing_back()
    {
        effects.Persist(Write);
        effects.Send(Three.A, Reply);
        outbox.Add(effects, new Recorder("", done, outbox.Persisted));
        Assert.Equal(["persist Promised(1.a)", "send Promise(1.a)"], done);
        Assert.False(outbox.IsWaiting);
    }

    private sealed class Recorder(string name, List<string> done, Action? afterPersist = null) : IHost
    {
        public void Persist(Event @event)
        {
            done.Add($"{name}persist {@event}");
            afterPersist?.Invoke();
        }

        public void Send(NodeId to, Message message) => done.Add($"{name}send {message}");

        public void StartTimer(Timer timer, TimeSpan min, TimeSpan max) => done.Add($"{name}start");

        public void StopTimer(Timer timer) => done.Add($"{name}stop");

        public void Tell(Effect.Told told) => done.Add(told is Effect.Chosen chosen ? $"{name}chosen {chosen.Value}" : $"{name}undecided");
    }
}
