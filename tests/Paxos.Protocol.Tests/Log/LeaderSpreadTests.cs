using System.Collections.Immutable;
using Paxos.Protocol.Log;

namespace Paxos.Protocol.Tests.Log;

public sealed class LeaderSpreadTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private static readonly NodeId C = new("c");
    private static readonly Configuration Three = new(1, ((NodeId[])[A, B, C]).Select(node => new Member(node, new Incarnation(1))), []);

    [Fact]
    public void Who_leads_two_more_than_another_hands_it_one()
    {
        var spread = Listening(A);
        var (groups, to) = spread.OnRound(All, Groups(A, A, B))!.Value;
        Assert.Equal([new GroupId("g0")], groups);
        Assert.Equal(C, to);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(12, 2)]
    [InlineData(60, 10)]
    [InlineData(10_000, LeaderSpread.MaxAtOnce)]
    public void Who_leads_many_more_hands_over_several_at_once(int more, int handed)
    {
        Assert.Equal(handed, Listening(A).OnRound(All, Groups([.. Enumerable.Repeat(A, more)]))!.Value.Groups.Count);
    }

    [Fact]
    public void Who_did_not_take_half_of_many_is_left_alone_and_then_handed_one()
    {
        var view = Heard((B, 1, [A]));
        var groups = Groups([.. Enumerable.Repeat(A, 60)]);
        var spread = new LeaderSpread(A);
        Assert.Null(spread.OnRound(view, groups));
        var many = spread.OnRound(view, groups)!.Value.Groups;
        Assert.Equal(15, many.Count);
        Take(many.Take(7));
        Assert.Null(spread.OnRound(view, groups));
        Assert.Null(spread.OnRound(view, groups));
        var one = spread.OnRound(view, groups)!.Value.Groups;
        Assert.Single(one);
        Take(one);
        Assert.Equal(11, spread.OnRound(view, groups)!.Value.Groups.Count);

        void Take(IEnumerable<GroupId> taken) =>
            groups = groups.ConvertAll(group => taken.Contains(group.Group) ? group with { Leader = B } : group);
    }

    [Fact]
    public void A_difference_of_one_is_left_alone_and_so_is_what_another_leads()
    {
        Assert.Null(Listening(A).OnRound(All, Groups(A, A, B, C)));
        Assert.Null(Listening(A).OnRound(All, Groups(A)));
        Assert.Null(Listening(A).OnRound(All, Groups(B, B, B, A)));
        Assert.Null(Listening(A).OnRound(All, []));
    }

    [Fact]
    public void Who_has_just_come_or_started_anew_gets_nothing_yet()
    {
        var spread = new LeaderSpread(A);
        Assert.Null(spread.OnRound(All, Groups(A, A)));
        Assert.NotNull(spread.OnRound(All, Groups(A, A)));
        var again = Listening(A);
        Assert.Null(again.OnRound(Heard((B, 2, [A, C]), (C, 2, [A, B])), Groups(A, A)));
    }

    [Fact]
    public void Who_hears_no_quorum_gets_nothing()
    {
        var view = Heard((B, 1, []), (C, 1, [B]));
        var spread = new LeaderSpread(A);
        spread.OnRound(view, []);
        Assert.Equal(C, spread.OnRound(view, Groups(A, A))?.To);
        var alone = Heard((B, 1, []));
        spread = new LeaderSpread(A);
        spread.OnRound(alone, []);
        Assert.Null(spread.OnRound(alone, Groups(A, A)));
    }

    [Fact]
    public void Who_is_behind_or_has_no_vote_gets_nothing()
    {
        var groups = Groups(A, A).ConvertAll(group => group with { Lag = node => node == B ? LeaderSpread.MaxLag + 1 : null });
        Assert.Null(Listening(A).OnRound(All, groups));
        groups = groups.ConvertAll(group => group with { Lag = node => node == B ? LeaderSpread.MaxLag : null });
        Assert.Equal(B, Listening(A).OnRound(All, groups)?.To);
        var two = new Configuration(1, ((NodeId[])[A, B]).Select(node => new Member(node, new Incarnation(1))), [new Member(C, new Incarnation(1))]);
        Assert.Equal(B, Listening(A).OnRound(All, Groups(A, A).ConvertAll(group => group with { Configuration = two }))?.To);
    }

    [Fact]
    public void Who_did_not_take_it_is_asked_ever_more_seldom()
    {
        var groups = Groups(A, A, C);
        var spread = Listening(A);
        var asked = new List<int>();
        for (var round = 0; round < 100; round++)
        {
            if (spread.OnRound(All, groups) is not var (_, to))
                continue;
            Assert.Equal(B, to);
            asked.Add(round);
        }
        var waits = asked.Zip(asked.Skip(1), (one, next) => next - one).ToList();
        Assert.True(waits.Count >= 4);
        Assert.Equal(waits.Order(), waits);
        Assert.True(waits[^1] >= 8 * waits[0]);
        // Once it has taken one, it is as good as any.
        spread = Listening(A);
        Assert.NotNull(spread.OnRound(All, groups));
        Assert.Null(spread.OnRound(All, Groups(B, A, C)));
        Assert.NotNull(spread.OnRound(All, Groups(A, A, C)));
        // And it is asked as seldom as the first time when it does not take the next.
        spread = Listening(A);
        for (var time = 0; time < 2; time++)
        {
            Assert.NotNull(spread.OnRound(All, groups));
            Assert.Null(spread.OnRound(All, groups));
            Assert.Null(spread.OnRound(All, groups));
            Assert.NotNull(spread.OnRound(All, groups));
            Assert.Null(spread.OnRound(All, Groups(B, A, C)));
        }
    }

    [Theory]
    [InlineData(3, 50)]
    [InlineData(5, 17)]
    [InlineData(7, 1_000)]
    public void However_it_begins_it_comes_to_rest_with_about_as_many_each(int count, int groupCount)
    {
        var random = new Random(groupCount);
        var nodes = Enumerable.Range(0, count).Select(i => new NodeId($"n{i}")).ToList();
        var configuration = new Configuration(1, nodes.Select(node => new Member(node, new Incarnation(1))), []);
        var view = Heard([.. nodes.Select(node => (node, 1UL, nodes.Where(other => other != node).ToArray()))]);
        var groups = Enumerable.Range(0, groupCount)
            .Select(i => new GroupLead(new GroupId($"g{i}"), nodes[random.Next(2)], configuration, _ => 0)).ToList();
        var spreads = nodes.ConvertAll(node => new LeaderSpread(node));
        for (var quiet = 0; quiet < 3;)
        {
            var most = nodes.Max(node => groups.Count(group => group.Leader == node));
            // All at once, which is worse than it comes: several hand to the same one.
            var handed = spreads.ConvertAll(spread => spread.OnRound(view, groups));
            foreach (var one in handed)
            {
                if (one is var (moved, to))
                    groups = groups.ConvertAll(lead => moved.Contains(lead.Group) ? lead with { Leader = to } : lead);
            }
            Assert.True(nodes.Max(node => groups.Count(group => group.Leader == node)) <= most, "one was given too many");
            quiet = handed.TrueForAll(one => one is null) ? quiet + 1 : 0;
        }
        var leads = nodes.ConvertAll(node => groups.Count(group => group.Leader == node));
        Assert.True(leads.Max() - leads.Min() <= 1, string.Join(", ", leads));
    }

    private static HearingView All => Heard((B, 1, [A, C]), (C, 1, [A, B]));

    // It has heard all of them for a round.
    private static LeaderSpread Listening(NodeId self)
    {
        var spread = new LeaderSpread(self);
        spread.OnRound(All, []);
        return spread;
    }

    private static HearingView Heard(params (NodeId Node, ulong Boot, NodeId[] Hears)[] pongs) =>
        new(pongs.ToImmutableSortedDictionary(pong => pong.Node, pong => new Pong(0, 0, pong.Boot, pong.Hears.ToImmutableArray(), default)));

    private static List<GroupLead> Groups(params NodeId[] leaders) =>
        [.. leaders.Select((leader, i) => new GroupLead(new GroupId($"g{i}"), leader, Three, _ => 0))];
}
