using Paxos.Actors.Clients;
using Paxos.Actors.Registers;

namespace Paxos.Actors.Tests.Clients;

/// <summary>A watch that begins again at another member: without a gap, and nothing twice.</summary>
public sealed class WatchPositionTests
{
    [Fact]
    public void Several_events_of_one_revision_are_told_once_over_many_beginnings()
    {
        // Each revision with its events, as every member has them in the same order.
        RegisterEvent[] all = [Put(5, "a"), Put(6, "a"), Put(6, "b"), Put(6, "c"), Put(7, "a"), Put(9, "a"), Put(9, "b"), Put(10, "z")];
        foreach (var pieces in Enumerable.Range(0, 1 << all.Length))
        {
            var position = new WatchPosition(4, isPrefix: true);
            var told = new List<RegisterEvent>();
            while (told.Count < all.Length)
            {
                var from = position.Reopen();
                foreach (var @event in all.Where(@event => @event.Revision > from))
                {
                    if (!position.Take(@event))
                        continue;
                    told.Add(@event);
                    // Here the stream breaks off.
                    if ((pieces >> (told.Count - 1) & 1) == 1)
                        break;
                }
            }
            Assert.Equal(all, told);
        }
    }

    [Fact]
    public void A_stream_that_breaks_off_again_before_anything_new_changes_nothing()
    {
        var position = new WatchPosition(4, isPrefix: true);
        Assert.Equal(4UL, position.Reopen());
        Assert.True(position.Take(Put(6, "a")));
        Assert.True(position.Take(Put(6, "b")));
        Assert.Equal(5UL, position.Reopen());
        Assert.False(position.Take(Put(6, "a")));
        Assert.Equal(5UL, position.Reopen());
        Assert.False(position.Take(Put(6, "a")));
        Assert.False(position.Take(Put(6, "b")));
        Assert.True(position.Take(Put(6, "c")));
        Assert.True(position.Take(Put(7, "a")));
        Assert.Equal(6UL, position.Reopen());
    }

    [Fact]
    public void The_progress_of_a_member_that_is_behind_does_not_lead_back()
    {
        var position = new WatchPosition(99, isPrefix: false);
        Assert.False(position.Take(Event(RegisterEventKind.Progress, 50)));
        Assert.Equal(99UL, position.Reopen());
        Assert.True(position.Take(Put(100, "a")));
        Assert.False(position.Take(Event(RegisterEventKind.Progress, 60)));
        Assert.Equal(99UL, position.Reopen());
        Assert.False(position.Take(Put(100, "a")));
        Assert.True(position.Take(Event(RegisterEventKind.Progress, 100)));
        Assert.Equal(100UL, position.Reopen());
    }

    [Fact]
    public void The_reset_of_a_key_is_whole_and_that_of_a_prefix_comes_again()
    {
        var ofKey = new WatchPosition(null, isPrefix: false);
        Assert.Null(ofKey.Reopen());
        Assert.True(ofKey.Take(Event(RegisterEventKind.Reset, 8)));
        Assert.Equal(8UL, ofKey.Reopen());

        var ofPrefix = new WatchPosition(3, isPrefix: true);
        Assert.True(ofPrefix.Take(Put(4, "a")));
        Assert.True(ofPrefix.Take(Event(RegisterEventKind.Reset, 8)));
        Assert.Null(ofPrefix.Reopen());
        Assert.True(ofPrefix.Take(Event(RegisterEventKind.Reset, 9)));
        Assert.True(ofPrefix.Take(Event(RegisterEventKind.Reset, 9)));
        Assert.True(ofPrefix.Take(Put(12, "a")));
        Assert.Equal(11UL, ofPrefix.Reopen());
    }

    [Fact]
    public void A_reset_of_before_what_was_told_is_of_a_member_that_is_behind()
    {
        var position = new WatchPosition(null, isPrefix: true);
        Assert.False(position.IsBehind(Event(RegisterEventKind.Reset, 8)));
        Assert.True(position.Take(Event(RegisterEventKind.Reset, 8)));
        Assert.True(position.IsBehind(Event(RegisterEventKind.Reset, 7)));
        Assert.False(position.IsBehind(Event(RegisterEventKind.Reset, 8)));
        Assert.False(position.IsBehind(Put(7, "a")));
    }

    private static RegisterEvent Put(ulong revision, string key) => new(RegisterEventKind.Put, revision, key, new byte[] { 1 }, revision);

    private static RegisterEvent Event(RegisterEventKind kind, ulong revision) => new(kind, revision, "a", null, 0);
}
