using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.Simulation;

/// <summary>Histories of one register that have a linearization, and such that have none.</summary>
public sealed class LinearizationTests
{
    private readonly List<RegisterOperation> history = [];

    [Fact]
    public void One_after_the_other()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Get("x", at: (2, 3), version: 1);
        Delete(at: (4, 5), version: 2);
        Get(null, at: (6, 7), version: 0);
        Put("y", at: (8, 9), version: 3, created: true, condition: 0);
        Put("z", at: (10, 11), version: 4, condition: 3);
        Lose("w", at: (12, 13), version: 4, condition: 3);
        AssertGood();
    }

    [Fact]
    public void What_overlaps_may_be_seen_in_either_order()
    {
        Put("x", at: (0, 10), version: 1, created: true);
        Put("y", at: (0, 10), version: 2);
        Get("x", at: (1, 3), version: 1);
        Get("y", at: (4, 6), version: 2);
        AssertGood();
    }

    [Fact]
    public void What_was_never_answered_may_be_seen_later_or_never()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Unknown("y", at: 2);
        Unknown("z", at: 2);
        Get("x", at: (3, 4), version: 1);
        Get("z", at: (5, 6), version: 2);
        Put("v", at: (7, 8), version: 3, condition: 2);
        AssertGood();
    }

    [Fact]
    public void A_read_of_what_was_replaced_before_it_began_is_stale()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Put("y", at: (2, 3), version: 2);
        Get("x", at: (4, 5), version: 1);
        AssertBad();
    }

    [Fact]
    public void Two_reads_do_not_go_back()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Put("y", at: (2, 20), version: 2);
        Get("y", at: (3, 4), version: 2);
        Get("x", at: (5, 6), version: 1);
        AssertBad();
    }

    [Fact]
    public void Nobody_reads_what_nobody_wrote()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Get("y", at: (2, 3), version: 1);
        AssertBad();
    }

    [Fact]
    public void A_write_does_not_get_lost()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Get(null, at: (2, 3), version: 0);
        AssertBad();
    }

    [Fact]
    public void Two_do_not_win_with_the_same_version()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Put("y", at: (2, 10), version: 2, condition: 1);
        Put("z", at: (2, 10), version: 3, condition: 1);
        AssertBad();
    }

    [Fact]
    public void Who_is_told_that_it_lost_did_not_win()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Lose("y", at: (2, 3), version: 1, condition: 1);
        AssertBad();
    }

    [Fact]
    public void What_was_not_done_is_not_seen()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Lose("y", at: (2, 3), version: 1, condition: 9);
        Get("y", at: (4, 5), version: 2);
        AssertBad();
    }

    [Fact]
    public void Versions_do_not_fall()
    {
        Put("x", at: (0, 1), version: 5, created: true);
        Delete(at: (2, 3), version: 6);
        Put("y", at: (4, 5), version: 3, created: true);
        AssertBad();
    }

    [Fact]
    public void What_was_never_answered_is_not_seen_before_it_was_asked()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Get("y", at: (2, 3), version: 2);
        Unknown("y", at: 4);
        AssertBad();
    }

    [Fact]
    public void A_creation_says_that_nothing_was_there()
    {
        Put("x", at: (0, 1), version: 1, created: true);
        Put("y", at: (2, 3), version: 2, created: true);
        AssertBad();
    }

    private void Put(string value, (long Began, long Ended) at, ulong version, bool created = false, ulong? condition = null) =>
        Add(RegisterAction.Put, at, operation => (operation.Happened, operation.Created, operation.Version) = (true, created, version), value, condition);

    private void Lose(string value, (long Began, long Ended) at, ulong version, ulong condition) =>
        Add(RegisterAction.Put, at, operation => operation.Version = version, value, condition);

    private void Delete((long Began, long Ended) at, ulong version) =>
        Add(RegisterAction.Delete, at, operation => (operation.Happened, operation.Version) = (true, version));

    private void Get(string? value, (long Began, long Ended) at, ulong version) =>
        Add(RegisterAction.Get, at, operation => (operation.Read, operation.Version) = (value, version));

    private void Unknown(string value, long at) =>
        history.Add(new RegisterOperation(history.Count + 1, "key", RegisterAction.Put) { Value = value, InvokedUs = at });

    private void Add(
        RegisterAction action, (long Began, long Ended) at, Action<RegisterOperation> told, string? value = null, ulong? condition = null)
    {
        var operation = new RegisterOperation(history.Count + 1, "key", action)
        {
            Value = value,
            Condition = condition,
            InvokedUs = at.Began,
            ReturnedUs = at.Ended,
        };
        told(operation);
        history.Add(operation);
    }

    private void AssertGood() => Assert.Null(Linearization.Problem(history));

    private void AssertBad() => Assert.NotNull(Linearization.Problem(history));
}
