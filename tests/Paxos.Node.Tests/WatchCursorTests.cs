using Paxos.Node.Client;

namespace Paxos.Node.Tests;

/// <summary>Where a watch goes on when its stream breaks off, at every place where it may.</summary>
public sealed class WatchCursorTests
{
    [Fact]
    public void A_stream_that_breaks_off_within_a_revision_is_asked_for_all_of_it_and_what_was_seen_is_left_out()
    {
        var cursor = new WatchCursor(from: 10, isPrefix: true);
        Assert.True(cursor.Advance(11));
        Assert.True(cursor.Advance(15));
        Assert.True(cursor.Advance(15));

        Assert.Equal(11ul, cursor.After);
        cursor.Begin();
        Assert.False(cursor.Advance(15));
        Assert.False(cursor.Advance(15));
        Assert.True(cursor.Advance(15));
        Assert.True(cursor.Advance(16));
        Assert.Equal(15ul, cursor.After);
    }

    [Fact]
    public void What_is_said_to_be_told_needs_not_be_asked_for_again()
    {
        var cursor = new WatchCursor(from: null, isPrefix: true);
        Assert.Null(cursor.After);
        Assert.True(cursor.Reset(5));
        Assert.Null(cursor.After);

        cursor.Progress(9);

        Assert.Equal(9ul, cursor.After);
        cursor.Begin();
        Assert.False(cursor.Advance(9));
        Assert.True(cursor.Advance(10));
    }

    [Fact]
    public void A_reset_of_a_prefix_that_broke_off_is_asked_for_once_more_and_one_from_before_it_is_not_taken()
    {
        var cursor = new WatchCursor(from: 3, isPrefix: true);
        Assert.True(cursor.Reset(20));
        Assert.True(cursor.Reset(20));

        Assert.Null(cursor.After);
        cursor.Begin();
        Assert.False(cursor.Reset(19));
        Assert.True(cursor.Reset(21));
        Assert.True(cursor.Advance(22));
        Assert.Equal(21ul, cursor.After);
    }

    [Fact]
    public void A_reset_of_one_key_is_whole_at_once()
    {
        var cursor = new WatchCursor(from: null, isPrefix: false);
        Assert.True(cursor.Reset(20));

        Assert.Equal(20ul, cursor.After);
    }

    [Fact]
    public void A_node_that_is_behind_moves_nothing()
    {
        var cursor = new WatchCursor(from: 10, isPrefix: false);
        Assert.True(cursor.Advance(12));

        cursor.Begin();
        cursor.Progress(8);
        Assert.False(cursor.Advance(9));
        Assert.False(cursor.Advance(10));
        Assert.False(cursor.Advance(12));
        Assert.True(cursor.Advance(13));
    }
}
