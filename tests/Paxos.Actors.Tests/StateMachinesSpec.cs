using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Paxos.Actors.Registers;
using Paxos.Actors.StateMachines;
using Paxos.Protocol.Log;

namespace Paxos.Actors.Tests;

/// <summary>A machine of an app's own on three nodes.</summary>
public sealed class StateMachinesSpec
{
    private static readonly string[] Nodes = ["a", "b", "c"];
    private static readonly PaxosSetup Setup = PaxosSetup.Empty
        .WithMachine("stock", () => new Stock())
        .WithMachine("unreadable", () => new Stock(), new WriteOnly())
        .WithMachine("dice", () => new Dice());

    [Fact]
    public async Task What_one_node_applied_every_node_sees()
    {
        await using var cluster = await LedAsync();
        Assert.Equal(5, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5)));
        Assert.Equal(3, await StockOn(cluster, "b").ApplyAsync(new Move("tea", -2)));
        foreach (var node in Nodes)
            Assert.Equal(3, await StockOn(cluster, node).QueryAsync((Stock stock) => stock.Of("tea")));
        Assert.Equal(0, RefusingSerializer.Refused);
    }

    [Fact]
    public async Task What_a_machine_throws_is_the_result_on_every_node_and_the_log_goes_on()
    {
        await using var cluster = await LedAsync();
        await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5));
        var failed = await Assert.ThrowsAsync<CommandFailedException>(() => StockOn(cluster, "b").ApplyAsync(new Move("tea", -6)));
        Assert.Equal("There are 5.0 of tea.", failed.Message);
        Assert.Equal(4, await StockOn(cluster, "c").ApplyAsync(new Move("tea", -1)));
        foreach (var node in Nodes)
            Assert.Equal(4, await StockOn(cluster, node).QueryAsync((Stock stock) => stock.Of("tea")));
    }

    [Fact]
    public async Task A_command_that_makes_no_sense_is_refused_before_anything_is_proposed()
    {
        await using var cluster = await LedAsync();
        await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5));
        var sent = cluster.Network.Watch<Submit>();
        var chosen = cluster["a"].Status.Groups[1].Chosen;
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => StockOn(cluster, "a").ApplyAsync(new Move("", 1)));
        Assert.Contains("no name", refused.Message, StringComparison.Ordinal);
        var unreadable = await Assert.ThrowsAsync<ArgumentException>(
            () => cluster["a"].StateMachine<Move, decimal>("unreadable").ApplyAsync(new Move("tea", 1)));
        Assert.Contains("can't be read back", unreadable.Message, StringComparison.Ordinal);
        var large = await Assert.ThrowsAsync<ArgumentException>(() => StockOn(cluster, "a").ApplyAsync(new Move(new string('x', 1024 * 1024), 1)));
        Assert.Contains("1048576 bytes", large.Message, StringComparison.Ordinal);
        Assert.Equal((0, chosen), (sent.Fired, cluster["a"].Status.Groups[1].Chosen));
    }

    [Fact]
    public async Task A_command_that_comes_twice_happens_once()
    {
        await using var cluster = await LedAsync("paxos.election.spread-leaders = off");
        // From a node that does not lead, so that the command crosses the network; in a session that is open.
        var node = Nodes.First(node => cluster[node].Status.Groups[1].Leader!.Value.ToString() != node);
        Assert.Equal(1, await StockOn(cluster, node).ApplyAsync(new Move("tea", 1)));
        var held = cluster.Network.Hold<Submit>(from: node, times: 1);
        Assert.Equal(2, await StockOn(cluster, node).ApplyAsync(new Move("tea", 1)));
        Assert.Equal(1, held.Fired);
        var chosen = cluster[node].Status.Groups[1].Chosen;
        cluster.Network.Release(held);
        await Eventually.HoldsAsync(() => cluster[node].Status.Groups[1].Chosen > chosen, () => "the late copy was not proposed");
        Assert.Equal(2, await StockOn(cluster, node).QueryAsync((Stock stock) => stock.Of("tea")));
    }

    [Fact]
    public async Task An_idempotency_key_gives_the_first_result_again_from_any_node()
    {
        await using var cluster = await LedAsync();
        Assert.Equal(5, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5), "delivery 17"));
        Assert.Equal(5, await StockOn(cluster, "b").ApplyAsync(new Move("tea", 5), "delivery 17"));
        await Assert.ThrowsAsync<KeyConflictException>(() => StockOn(cluster, "c").ApplyAsync(new Move("tea", 6), "delivery 17"));
        await Assert.ThrowsAsync<ArgumentException>(() => StockOn(cluster, "c").ApplyAsync(new Move("tea", 6), new string('k', 129)));
        Assert.Equal(5, await StockOn(cluster, "c").QueryAsync((Stock stock) => stock.Of("tea")));
    }

    [Fact]
    public async Task A_node_that_is_cut_off_answers_local_queries_alone()
    {
        await using var cluster = await LedAsync("paxos.operation-timeout = 2s");
        await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5));
        await Eventually.HoldsAsync(
            async () => await StockOn(cluster, "c").QueryAsync((Stock stock) => stock.Of("tea"), Consistency.Local) == 5, () => "c has not applied it");
        cluster.Network.Isolate("c");
        await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5));
        Assert.Equal(5, await StockOn(cluster, "c").QueryAsync((Stock stock) => stock.Of("tea"), Consistency.Local));
        await Assert.ThrowsAsync<NotAppliedException>(() => StockOn(cluster, "c").QueryAsync((Stock stock) => stock.Of("tea")));
        await Assert.ThrowsAnyAsync<PaxosException>(() => StockOn(cluster, "c").ApplyAsync(new Move("tea", 5)));
        cluster.Network.Heal();
        await Eventually.HoldsAsync(
            async () => await StockOn(cluster, "c").QueryAsync((Stock stock) => stock.Of("tea"), Consistency.Local) >= 10, () => "c did not catch up");
    }

    [Fact]
    public async Task What_a_question_throws_its_caller_is_told()
    {
        await using var cluster = await LedAsync();
        var thrown = await Assert.ThrowsAsync<KeyNotFoundException>(
            () => StockOn(cluster, "a").QueryAsync<Stock, decimal>(_ => throw new KeyNotFoundException("no coffee")));
        Assert.Equal("no coffee", thrown.Message);
        Assert.Equal(1, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 1)));
    }

    [Fact]
    public async Task A_machine_comes_back_from_its_snapshot_and_the_log_behind_it()
    {
        await using var cluster = await LedAsync("paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2");
        for (var i = 0; i < 20; i++)
            await StockOn(cluster, "a").ApplyAsync(new Move("tea", 1));
        await Eventually.HoldsAsync(() => Nodes.All(node => cluster[node].Status.Groups[1].Trimmed > 10), () => "nothing was trimmed");
        await cluster.RestartAsync();
        foreach (var node in Nodes)
            Assert.Equal(20, await StockOn(cluster, node).QueryAsync((Stock stock) => stock.Of("tea")));
        Assert.Equal(21, await StockOn(cluster, "b").ApplyAsync(new Move("tea", 1)));
    }

    [Fact]
    public async Task A_machine_that_can_not_be_frozen_goes_on_and_its_log_is_kept()
    {
        await using var cluster = await LedAsync("paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2");
        Assert.Equal(1, await StockOn(cluster, "a").ApplyAsync(new Move("lava", 1)));
        var hot = cluster["a"].Status.Groups[1].Applied;
        for (var i = 1; i <= 20; i++)
            Assert.Equal(i, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 1)));
        Assert.All(Nodes, node => Assert.True(cluster[node].Status.Groups[1].Trimmed < hot));
        Assert.Equal(0, await StockOn(cluster, "a").ApplyAsync(new Move("lava", -1)));
        for (var i = 0; i < 10; i++)
            await StockOn(cluster, "a").ApplyAsync(new Move("tea", 1));
        await Eventually.HoldsAsync(() => Nodes.All(node => cluster[node].Status.Groups[1].Trimmed > hot), () => "nothing was trimmed");
    }

    [Fact]
    public async Task A_log_is_not_trimmed_while_its_snapshot_is_being_written()
    {
        using var disk = new Disk();
        var setup = PaxosSetup.Empty.WithMachine("count", () => new Counter(disk));
        await using var cluster = await Cluster.StartedAsync(setup, "paxos.log.snapshot-every-slots = 5\npaxos.log.retain-slots = 2");
        try
        {
            await cluster["a"].ReadyAsync();
            for (var i = 1; i <= 20; i++)
                Assert.Equal(i, await cluster["a"].StateMachine<int, int>("count").ApplyAsync(1));
            await Eventually.HoldsAsync(() => disk.Begun >= 3, () => $"{disk.Begun} snapshots were begun");
            Assert.All(Nodes, node => Assert.Equal(0UL, Count(node).Trimmed));
        }
        finally
        {
            disk.Go();
        }
        await Eventually.HoldsAsync(() => Nodes.All(node => Count(node).Trimmed > 0), () => "nothing was trimmed");

        GroupStatus Count(string node) => cluster[node].Status.Groups.Single(group => group.Group == "count");
    }

    [Fact]
    public async Task For_how_long_a_snapshot_stops_the_log_is_measured()
    {
        const string Name = "slow-to-freeze";
        using var listener = new MeterListener();
        var longest = 0.0;
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "paxos.snapshot.hold.longest")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            if (tags.ToArray().Any(tag => Equals(tag.Value, Name)))
                longest = Math.Max(longest, seconds);
        });
        listener.Start();
        await using var cluster = await Cluster.StartedAsync(
            PaxosSetup.Empty.WithMachine(Name, () => new SlowToFreeze()), "paxos.log.snapshot-every-slots = 5");
        await cluster["a"].ReadyAsync();
        listener.RecordObservableInstruments();
        Assert.Equal(0, longest);
        for (var i = 0; i < 10; i++)
            await cluster["a"].StateMachine<int, int>(Name).ApplyAsync(1);
        await Eventually.HoldsAsync(
            () =>
            {
                listener.RecordObservableInstruments();
                return longest >= SlowToFreeze.Time.TotalSeconds;
            },
            () => $"the longest was {longest} s");
    }

    [Fact]
    public async Task A_node_that_starts_again_is_not_told_what_it_asked_before()
    {
        await using var cluster = await LedAsync();
        for (var i = 1; i <= 3; i++)
            Assert.Equal(i, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 1)));
        await cluster.StopAsync("a");
        cluster.Start("a");
        await cluster["a"].ReadyAsync();
        for (var i = 4; i <= 6; i++)
            Assert.Equal(i, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 1)));
        Assert.Equal(6, await StockOn(cluster, "b").QueryAsync((Stock stock) => stock.Of("tea")));
    }

    [Fact]
    public async Task A_machine_gets_the_log_s_time_and_what_is_due_happens()
    {
        await using var cluster = await LedAsync();
        await StockOn(cluster, "a").ApplyAsync(new Move("milk", 1) { KeepsMs = 200 });
        await Eventually.HoldsAsync(
            async () => await StockOn(cluster, "b").QueryAsync((Stock stock) => stock.Of("milk")) == 0, () => "the milk is still there");
    }

    [Fact]
    public async Task A_machine_that_is_not_deterministic_is_found_out_and_serves_no_more()
    {
        await using var cluster = await LedAsync("paxos.log.digest-interval = 3");
        var dice = cluster["a"].StateMachine<string, int>("dice");
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await dice.ApplyAsync("roll");
                }
                catch (PaxosException)
                {
                    // The node that led has found it out first.
                }
                return Nodes.All(node => cluster[node].Status.Groups.Single(group => group.Group == "dice").Reason is not null);
            },
            () => "they were not found out");
        Assert.Contains("not deterministic", cluster["a"].Status.Groups.Single(group => group.Group == "dice").Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotAppliedException>(() => dice.QueryAsync((Dice dice) => 1, Consistency.Local));
        // The other groups go on.
        Assert.Equal(5, await StockOn(cluster, "a").ApplyAsync(new Move("tea", 5)));
    }

    [Fact]
    public async Task A_leader_whose_machine_is_not_where_the_others_are_makes_way()
    {
        var (made, wrong) = (0, 0);
        var setup = PaxosSetup.Empty.WithMachine("bent", () => new Bent(Interlocked.Increment(ref made), () => Volatile.Read(ref wrong)));
        await using var cluster = await Cluster.StartedAsync(setup, "paxos.log.digest-interval = 10");
        await Eventually.HoldsAsync(() => Nodes.All(node => Group(node).Leader is not null), () => "nobody leads");
        var bent = Group("a").Leader!.Value.ToString();
        Volatile.Write(ref wrong, await cluster[bent].StateMachine<string, int>("bent").QueryAsync((Bent machine) => machine.Number, Consistency.Local));
        var other = Nodes.First(node => node != bent);
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await cluster[other].StateMachine<string, int>("bent").ApplyAsync("go");
                }
                catch (PaxosException)
                {
                    // Asked of the one that was just found out.
                }
                return Group(bent).Reason is not null;
            },
            () => $"{bent} was not found out");
        Assert.Equal(7, await cluster[other].StateMachine<string, int>("bent").ApplyAsync("go"));
        Assert.NotEqual(bent, Group(other).Leader?.ToString());
        Assert.All(Nodes.Where(node => node != bent), node => Assert.Null(Group(node).Reason));
        Assert.False(cluster[bent].Status.IsReady);
        await cluster[other].ReadyAsync();

        GroupStatus Group(string node) => cluster[node].Status.Groups.Single(group => group.Group == "bent");
    }

    [Fact]
    public async Task A_machine_is_asked_for_by_its_name_and_its_types()
    {
        await using var cluster = new Cluster(Setup, "", "a");
        var paxos = cluster.Start("a");
        Assert.Contains("(stock, unreadable, dice)", Assert.Throws<ArgumentException>(() => paxos.StateMachine<Move, decimal>("orders")).Message, StringComparison.Ordinal);
        Assert.Contains("<Move, Decimal>", Assert.Throws<ArgumentException>(() => paxos.StateMachine<string, decimal>("stock")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "OtherStock",
            (await Assert.ThrowsAsync<ArgumentException>(() => StockOn(cluster, "a").QueryAsync((OtherStock stock) => 1))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stock", "two machines")]
    [InlineData("default", "group of registers")]
    [InlineData("registers-3", "group of registers")]
    [InlineData("no spaces", "no name")]
    public void A_name_that_can_not_be_a_machine_s_is_refused(string name, string words)
    {
        var refused = Assert.Throws<ArgumentException>(() => Setup.WithMachine(name, () => new Stock()));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private static IReplicatedMachine<Move, decimal> StockOn(Cluster cluster, string node) => cluster[node].StateMachine<Move, decimal>("stock");

    private static async Task<Cluster> LedAsync(string settings = "")
    {
        var cluster = await Cluster.StartedAsync(Setup, settings);
        await Eventually.HoldsAsync(
            () => Nodes.All(node => cluster[node].Status.Groups.All(group => group.Leader is not null)), () => "nobody leads");
        return cluster;
    }

    /// <param name="Count">So many come in, or go.</param>
    private sealed record Move(string Name, decimal Count)
    {
        public ulong? KeepsMs { get; init; }
    }

    private sealed class WriteOnly : ICodec<Move>
    {
        public ReadOnlyMemory<byte> Encode(Move value) => new byte[] { 1 };

        public Move Decode(ReadOnlyMemory<byte> bytes) => throw new FormatException("it is gone");
    }

    private class Stock : StateMachine<Move, decimal>
    {
        private SortedDictionary<string, decimal> counts = new(StringComparer.Ordinal);
        private SortedDictionary<ulong, string> keeps = [];

        public override ulong DueMs => keeps.Count == 0 ? ulong.MaxValue : keeps.First().Key;

        public decimal Of(string name) => counts.GetValueOrDefault(name);

        public override string? Refuse(Move command) => command.Name.Length == 0 ? "It has no name." : null;

        public override decimal Apply(Move command, in Context context)
        {
            if (Of(command.Name) + command.Count < 0)
                throw new InvalidOperationException($"There are {Of(command.Name):F1} of {command.Name}.");
            if (command.KeepsMs is { } keepsMs)
                keeps[context.TimeMs + keepsMs] = command.Name;
            return counts[command.Name] = Of(command.Name) + command.Count;
        }

        public override void OnTime(in Context context)
        {
            var (dueMs, name) = keeps.First();
            keeps.Remove(dueMs);
            counts.Remove(name);
        }

        public override Action<Stream> Freeze()
        {
            if (Of("lava") > 0)
                throw new InvalidOperationException("Lava can't be frozen.");
            var frozen = new State(new(counts), new(keeps));
            return stream => JsonSerializer.Serialize(stream, frozen);
        }

        public override void Restore(Stream snapshot) => (counts, keeps) = JsonSerializer.Deserialize<State>(snapshot)!;

        private sealed record State(SortedDictionary<string, decimal> Counts, SortedDictionary<ulong, string> Keeps);
    }

    private sealed class OtherStock : Stock;

    // One that has begun to write and does not come to an end before it may.
    private sealed class Disk : IDisposable
    {
        private readonly ManualResetEventSlim free = new();
        private int begun;

        public int Begun => Volatile.Read(ref begun);

        public void Go() => free.Set();

        public void Write()
        {
            Interlocked.Increment(ref begun);
            free.Wait();
        }

        public void Dispose() => free.Dispose();
    }

    private sealed class Counter(Disk disk) : StateMachine<int, int>
    {
        private int count;

        public override int Apply(int command, in Context context) => count += command;

        public override Action<Stream> Freeze()
        {
            var frozen = count;
            return stream =>
            {
                disk.Write();
                JsonSerializer.Serialize(stream, frozen);
            };
        }

        public override void Restore(Stream snapshot) => count = JsonSerializer.Deserialize<int>(snapshot);
    }

    private sealed class SlowToFreeze : StateMachine<int, int>
    {
        public static readonly TimeSpan Time = TimeSpan.FromMilliseconds(20);

        public override int Apply(int command, in Context context) => command;

        public override Action<Stream> Freeze()
        {
            var since = Stopwatch.GetTimestamp();
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(since) >= Time);
            return _ => { };
        }

        public override void Restore(Stream snapshot) { }
    }

    private sealed class Bent(int number, Func<int> wrong) : StateMachine<string, int>
    {
        public int Number => number;

        public override int Apply(string command, in Context context) => number == wrong() ? 8 : 7;

        public override Action<Stream> Freeze() => _ => { };

        public override void Restore(Stream snapshot) { }
    }

    private sealed class Dice : StateMachine<string, int>
    {
        private static int Made;

        // Another one on each node: as a random number would be.
        private readonly int own = Interlocked.Increment(ref Made);

        public override int Apply(string command, in Context context) => own;

        public override Action<Stream> Freeze() => _ => { };

        public override void Restore(Stream snapshot) { }
    }
}
