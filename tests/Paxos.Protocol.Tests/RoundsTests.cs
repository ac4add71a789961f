using CsCheck;

namespace Paxos.Protocol.Tests;

public sealed class RoundsTests
{
    private readonly Effects effects = new();

    [Fact]
    public void One_persist_reserves_a_block_of_rounds()
    {
        var rounds = new Rounds(block: 3);
        Assert.Equal(["persist RoundsReserved(3)"], Three.Effects(yields => rounds.Next(0, yields)));
        Assert.Empty(Three.Effects(yields => Assert.Equal(2UL, rounds.Next(0, yields))));
        Assert.Empty(Three.Effects(yields => Assert.Equal(3UL, rounds.Next(0, yields))));
        Assert.Equal(["persist RoundsReserved(6)"], Three.Effects(yields => Assert.Equal(4UL, rounds.Next(0, yields))));
    }

    [Fact]
    public void The_next_round_is_above_every_one_issued_and_above_the_one_it_lost_to()
    {
        var rounds = new Rounds(block: 10);
        Assert.Equal(1UL, rounds.Next(0, effects));
        Assert.Equal(8UL, rounds.Next(7, effects));
        Assert.Equal(9UL, rounds.Next(3, effects));
        Assert.Single(effects);
        Assert.Equal(
            ["persist RoundsReserved(110)"],
            Three.Effects(yields => Assert.Equal(101UL, rounds.Next(100, yields))));
    }

    [Fact]
    public void A_node_that_comes_back_begins_after_its_last_block()
    {
        var rounds = new Rounds(block: 10);
        rounds.Recover(new RoundsReserved(10));
        rounds.Recover(new RoundsReserved(30));
        rounds.Recover(new RoundsReserved(20));
        Assert.Equal(31UL, rounds.Next(0, effects));
    }

    [Fact]
    public void A_block_of_nothing_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new Rounds(0));

    [Fact]
    public void No_round_is_issued_twice_whatever_crashes() => Gen.Select(
        Gen.Int[1, 5],
        // A number: the next round above it. Null: a crash, and back from the journal.
        Gen.ULong[0, 20].Nullable().Array[1, 30])
        .Sample((block, acts) =>
        {
            var journal = new List<RoundsReserved>();
            var rounds = new Rounds(block);
            var last = 0UL;
            foreach (var act in acts)
            {
                if (act is { } above)
                {
                    var yields = new Effects();
                    var next = rounds.Next(above, yields);
                    Assert.True(next > last && next > above, $"{next} was issued after {last}, above {above}");
                    last = next;
                    journal.AddRange(yields.OfType<Effect.Persist>().Select(persist => (RoundsReserved)persist.Event));
                }
                else
                {
                    rounds = new Rounds(block);
                    journal.ForEach(rounds.Recover);
                }
            }
        });
}
