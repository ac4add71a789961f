using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Paxos.Actors.Clients;
using Paxos.Actors.Registers;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Clients;

/// <summary>A watch of an app elsewhere, at the member.</summary>
public sealed class OpenWatchTests : IDisposable
{
    private readonly Channel<RegisterEvent> events = Channel.CreateUnbounded<RegisterEvent>();
    private readonly TaskCompletionSource ended = new();
    private readonly OpenWatch watch;

    public OpenWatchTests() => watch = new OpenWatch(AllAsync());

    public void Dispose() => watch.Dispose();

    [Fact]
    public async Task Pages_have_all_events_in_order_whatever_they_share()
    {
        for (var i = 0; i < 10; i++)
            Put((ulong)i / 3, i);
        var first = await watch.NextAsync(0);
        for (var i = 10; i < 20; i++)
            Put((ulong)i / 3, i);
        var second = await watch.NextAsync(1);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i / 3} {i}"), first.Items.Concat(second.Items).Select(Text));
        Assert.Empty((await watch.NextAsync(2)).Items);
    }

    [Fact]
    public async Task A_page_ends_before_a_value_that_makes_it_larger_than_a_frame()
    {
        Put(1, 1);
        Put(2, 2, IRegisterStore.MaxValueBytes);
        Put(3, 3);
        var pages = new List<Proto.WatchPage>();
        while (pages.Sum(page => page.Items.Count) < 3)
            pages.Add(await watch.NextAsync((ulong)pages.Count));
        Assert.All(pages, page => Assert.True(page.CalculateSize() < IRegisterStore.MaxValueBytes + 4096));
        Assert.Equal(["1 1", "2 2", "3 3"], pages.SelectMany(page => page.Items).Select(Text));
    }

    [Fact]
    public async Task Another_page_than_the_next_one_is_lost()
    {
        Put(1, 1);
        await Assert.ThrowsAsync<WatchLostException>(() => watch.NextAsync(1));
        Assert.Single((await watch.NextAsync(0)).Items);
        await Assert.ThrowsAsync<WatchLostException>(() => watch.NextAsync(0));
        await Assert.ThrowsAsync<WatchLostException>(() => watch.NextAsync(2));
        var waits = watch.NextAsync(1);
        await Assert.ThrowsAsync<WatchLostException>(() => watch.NextAsync(2));
        Put(2, 2);
        Assert.Equal(["2 2"], (await waits).Items.Select(Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_source_ends_with_the_watch_also_where_an_event_was_not_taken(bool hasEvent)
    {
        Put(1, 1);
        await watch.NextAsync(0);
        if (hasEvent)
            Put(2, 2);
        Assert.False(watch.TryEnd(TimeSpan.FromHours(1)));
        Assert.True(watch.TryEnd(TimeSpan.Zero));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<WatchLostException>(() => watch.NextAsync(1));
    }

    [Fact]
    public async Task One_that_ends_while_a_page_is_waited_for_lets_its_source_go()
    {
        var waits = watch.NextAsync(0);
        Assert.False(watch.TryEnd(TimeSpan.Zero));
        watch.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Where_the_source_ends_the_caller_is_told_to_watch_elsewhere()
    {
        events.Writer.Complete();
        await Assert.ThrowsAsync<NotAppliedException>(() => watch.NextAsync(0));
    }

    private void Put(ulong revision, int version, int bytes = 1) =>
        Assert.True(events.Writer.TryWrite(new RegisterEvent(RegisterEventKind.Put, revision, "lamp", new byte[bytes], (ulong)version)));

    private static string Text(Proto.WatchEvent item) => $"{item.Revision} {item.Version}";

    private async IAsyncEnumerable<RegisterEvent> AllAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        try
        {
            await foreach (var @event in events.Reader.ReadAllAsync(ct))
                yield return @event;
        }
        finally
        {
            ended.SetResult();
        }
    }
}
