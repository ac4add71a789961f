using Akka.Actor;
using Akka.TestKit;
using Paxos.Actors.Registers;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;

namespace Paxos.Actors.Tests;

/// <summary>What those who watch are told while the learner behind them starts again, or is gone.</summary>
public sealed class WatchesSpec : Akka.TestKit.Xunit2.TestKit
{
    private readonly TestProbe supervisor;
    private readonly IActorRef watches;

    public WatchesSpec()
    {
        var defaults = PaxosExtension.DefaultConfig();
        supervisor = CreateTestProbe();
        watches = supervisor.ChildActorOf(
            WatchesActor.Props(new LogSection(defaults.GetConfig("paxos.log"), defaults.GetConfig("paxos.election"))));
    }

    [Fact]
    public void Who_begins_while_the_learner_comes_again_to_where_it_was_misses_nothing()
    {
        watches.Tell(new WatchesBegin(0));
        watches.Tell(new Changes([Put(1, "on"), Put(2, "off")]));
        // It starts again, from a snapshot of 1.
        watches.Tell(new WatchesBegin(1));
        var watcher = Begin();
        watches.Tell(new AddWatcher(watcher, 1, [new RegisterRow("lamp", 1, Value.FromUtf8("on"))]));
        watches.Tell(new Changes([Put(2, "off")]));
        // Asked again, it has come to where it was.
        supervisor.ExpectMsg<BeginWatch>();
        watches.Tell(new AddWatcher(watcher, 2, [new RegisterRow("lamp", 2, Value.FromUtf8("off"))]));
        watches.Tell(new Changes([Put(3, "on")]));
        Assert.Equal(["Reset 2 off", "Put 3 on"], Taken(watcher, 2));
    }

    [Fact]
    public void Who_begins_while_the_learner_is_down_is_asked_for_when_it_is_back()
    {
        watches.Tell(new WatchesBegin(0));
        var watcher = Begin();
        watches.Tell(new WatchesBegin(5));
        Assert.Same(watcher, supervisor.ExpectMsg<BeginWatch>().Watcher);
        watches.Tell(new AddWatcher(watcher, 5, []));
        // The answer of the one before, late.
        watches.Tell(new AddWatcher(watcher, 4, []));
        Assert.Equal(["Reset 5 "], Taken(watcher, 1));
    }

    [Fact]
    public void Each_is_told_of_its_key_or_prefix_and_one_that_fell_behind_is_ended_alone()
    {
        var watchers = new RegisterWatchers();
        var lamp = new RegisterWatcher("lamp", isPrefix: false, after: null, buffer: 10);
        var behind = new RegisterWatcher("lamp", isPrefix: false, after: null, buffer: 1);
        var door = new RegisterWatcher("door", isPrefix: false, after: null, buffer: 10);
        var all = new RegisterWatcher("", isPrefix: true, after: null, buffer: 10);
        foreach (var watcher in new[] { lamp, behind, door, all })
            watchers.Add(watcher);
        foreach (var change in new[] { Put(1, "on"), Put(2, "off") })
            watchers.Tell(change.Topic, watcher => watcher.Offer(change));
        Assert.Equal(["Put 1 on", "Put 2 off"], Taken(lamp, 2));
        Assert.Equal(["Put 1 on", "Put 2 off"], Taken(all, 2));
        Assert.Equal(0, door.Events.Count);
        Assert.Equal(["Put 1 on"], Taken(behind, 1));
        Assert.True(behind.Events.Completion.IsCompleted);
        Assert.Equal(3, watchers.Count);
        door.Close();
        watchers.TellAll(watcher => watcher.Progress(3));
        Assert.Equal((1, 1), (lamp.Events.Count, all.Events.Count));
        Assert.Equal(2, watchers.Count);
        watchers.End();
        Assert.Equal(0, watchers.Count);
        Assert.False(lamp.Offer(Put(4, "on")));
    }

    [Fact]
    public async Task Who_waits_for_the_learner_is_ended_with_the_watches()
    {
        var watcher = Begin();
        Sys.Stop(watches);
        await watcher.Events.Completion.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private RegisterWatcher Begin()
    {
        var watcher = new RegisterWatcher("lamp", isPrefix: false, after: null, buffer: 10);
        watches.Tell(new Watch(watcher));
        supervisor.ExpectMsg<BeginWatch>();
        return watcher;
    }

    private List<string> Taken(RegisterWatcher watcher, int count)
    {
        AwaitCondition(() => watcher.Events.Count >= count);
        var taken = new List<string>();
        while (watcher.Events.TryRead(out var next))
        {
            if (next.Kind != RegisterEventKind.Progress)
                taken.Add($"{next.Kind} {next.Revision} {System.Text.Encoding.UTF8.GetString((next.Value ?? default).Span)}");
        }
        return taken;
    }

    private static Notified Put(ulong index, string value) => new(index, "lamp", new RegisterChange(Value.FromUtf8(value), index).Encode());
}
