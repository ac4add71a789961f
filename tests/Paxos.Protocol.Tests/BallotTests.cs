namespace Paxos.Protocol.Tests;

public sealed class BallotTests
{
    private static readonly Ballot[] Ascending =
    [
        Ballot.None,
        new(1, new NodeId("B")),
        new(1, new NodeId("a")),
        new(1, new NodeId("aa")),
        new(1, new NodeId("b")),
        new(2, new NodeId("B")),
        new(10, new NodeId("a")),
        new(ulong.MaxValue, new NodeId("a")),
    ];

    [Fact]
    public void Ballots_are_ordered_by_round_then_by_node_and_none_is_lowest()
    {
        for (var i = 0; i < Ascending.Length; i++)
        {
            for (var j = 0; j < Ascending.Length; j++)
            {
                var (left, right) = (Ascending[i], Ascending[j]);
                Assert.Equal(i.CompareTo(j), Math.Sign(left.CompareTo(right)));
                Assert.Equal(i < j, left < right);
                Assert.Equal(i <= j, left <= right);
                Assert.Equal(i > j, left > right);
                Assert.Equal(i >= j, left >= right);
                Assert.Equal(i == j, left == right);
            }
        }
    }

    [Fact]
    public void A_ballot_is_written_as_round_and_node()
    {
        Assert.Equal("2.b", new Ballot(2, new NodeId("b")).ToString());
        Assert.Equal("none", Ballot.None.ToString());
    }
}
