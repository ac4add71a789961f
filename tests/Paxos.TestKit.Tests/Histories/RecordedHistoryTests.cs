using Paxos.Actors;
using Paxos.Actors.Registers;
using Paxos.TestKit.Histories;

namespace Paxos.TestKit.Tests.Histories;

/// <summary>What is recorded, and what its check says of it.</summary>
public sealed class RecordedHistoryTests
{
    private readonly RecordedHistory history = new();
    private readonly ShakyRegisters registers = new();
    private readonly IRegister<string> lamp;

    public RecordedHistoryTests() => lamp = history.Record(registers, "a").Register<string>("lamp");

    [Fact]
    public async Task A_long_history_that_is_right_passes()
    {
        for (var i = 0; i < 100; i++)
        {
            await lamp.WriteAsync($"{i}");
            await lamp.ReadAsync();
        }
        await lamp.DeleteAsync();
        Assert.Null(await lamp.ReadAsync());
        Assert.Equal(202, history.Count);
        history.AssertLinearizable();
    }

    [Fact]
    public async Task The_first_answer_that_fits_no_order_is_named_with_what_came_before_it()
    {
        await lamp.WriteAsync("on");
        var on = await registers.ReadAsync("lamp");
        await lamp.WriteAsync("off");
        registers.Stale = on;
        await lamp.ReadAsync();
        registers.Stale = null;
        await lamp.WriteAsync("dim");
        var failed = Assert.Throws<SpecFailedException>(history.AssertLinearizable);
        Assert.Contains("'lamp': not linearizable", failed.Message, StringComparison.Ordinal);
        Assert.Matches(@"explains\n  3: Get lamp at a \[.*\]: 'on' at 1\nafter\n  1: Put lamp 'on' at a .*\n  2: Put lamp 'off' at a .*: done at 2$", failed.Message);
    }

    [Fact]
    public async Task What_was_never_answered_may_be_seen_and_what_was_refused_may_not()
    {
        await lamp.WriteAsync("on");
        registers.Fails = new OutcomeUnknownException("no answer");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => lamp.WriteAsync("off"));
        Assert.Equal("off", (await lamp.ReadAsync())!.Value);
        history.AssertLinearizable();

        registers.Fails = new NotAppliedException(NotAppliedReason.NoQuorum, "nobody");
        await Assert.ThrowsAsync<NotAppliedException>(() => lamp.WriteAsync("dim"));
        registers.Stale = new RegisterItem("lamp", 9, "dim"u8.ToArray());
        await lamp.ReadAsync();
        Assert.Throws<SpecFailedException>(history.AssertLinearizable);
    }

    [Fact]
    public async Task What_the_check_knows_nothing_of_is_left_out_and_named()
    {
        var door = history.Record(registers, "b");
        await door.WriteAsync("door", "open"u8.ToArray(), ttl: TimeSpan.FromSeconds(1));
        await registers.DeleteAsync("door");
        Assert.Null(await door.ReadAsync("door"));
        history.AssertLinearizable();
        Assert.Equal(["door"], history.NotChecked);
    }

    [Fact]
    public async Task A_history_that_is_full_says_so_and_goes_on_when_it_is_cleared()
    {
        for (var i = 0; i < RecordedHistory.MaxOperationsOfAKey; i++)
            await lamp.ReadAsync();
        Assert.Contains("full", (await Assert.ThrowsAsync<InvalidOperationException>(() => lamp.ReadAsync())).Message, StringComparison.Ordinal);
        history.Clear();
        await lamp.ReadAsync();
        Assert.Equal(1, history.Count);
    }
}
